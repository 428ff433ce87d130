//! Ways to start bulk jobs: every form of P 10.2 to 10.4, limits, and jobs that continue others.

use brighttalk_sim::Simulator;
use elementkit::engine::EngineOptions;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support;
use crate::support::raw::World;

async fn world(options: Value) -> (World, Simulator, TempDir) {
    let simulator = support::simulator(&json!({"simulator": options})).await;
    let folder = tempfile::tempdir().unwrap();
    (World::on(folder.path(), &simulator).await, simulator, folder)
}

fn job_of(answer: &support::raw::Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["id"].as_str().unwrap().to_owned()
}

async fn ids(world: &World, job: &str, object: &str) -> Vec<i64> {
    world.ended(job).await;
    let text = world.result(job, object, "application/jsonl").await.text();
    text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].as_i64().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_is_taken_from_a_form_or_its_parts() {
    let (world, _simulator, _folder) = world(json!({"subscribers": 30, "channels": 1})).await;
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let body = "q=select+id+from+contacts+limit+2&metaData=%7B%22fileName%22%3A%22mine%22%7D";
    let job = job_of(&world.call("POST /bulk/query", &form, body).await);
    assert_eq!(ids(&world, &job, "contacts").await.len(), 2);
    let file = world.result(&job, "contacts", "text/csv").await;
    assert_eq!(file.header("content-disposition"), Some("attachment; filename=\"mine.csv\""));

    let parts = [("content-type", "multipart/form-data; boundary=xyz")];
    let body = "--xyz\r\ncontent-disposition: form-data; name=\"metaData\"\r\ncontent-type: application/json\r\n\r\n\
        {\"fileName\":\"{yyyy-MM-dd HH:mm:ss}_all\"}\r\n--xyz--\r\n";
    let job =
        job_of(&world.call("POST /hubs/marketing/bulk/query?q=select%20id%20from%20contacts", &parts, body).await);
    assert_eq!(ids(&world, &job, "contacts").await.len(), 30);
    let file = world.result(&job, "contacts", "application/json").await;
    let name = file.header("content-disposition").unwrap();
    assert!(name.starts_with("attachment; filename=\"20") && name.ends_with("_all.json\""), "{name}");

    let query = "POST /bulk/query?q=select%20id%20from%20contacts";
    for wrong in ["{\"fileName\":\"{yyyy}\"}", "[1]", "{", "{\"fileName\":7}"] {
        let body = format!("--xyz\r\ncontent-disposition: form-data; name=\"metaData\"\r\n\r\n{wrong}\r\n--xyz--\r\n");
        assert_eq!(world.call(query, &parts, body).await.status, 400, "{wrong}");
    }
    assert_eq!(world.call(query, &parts, "no parts").await.status, 400);
    assert_eq!(world.call(query, &parts, "").await.status, 200, "the body may be missing altogether");
    assert_eq!(world.call(query, &[("content-type", "text/plain")], "x").await.status, 415);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_job_has_every_property() {
    let (world, simulator, _folder) = world(json!({"subscribers": 900, "channels": 3})).await;
    let start = async |body: Value| world.call("POST /bulk/download", &[], body.to_string()).await;
    let job = job_of(
        &start(json!({"objectName": "contacts", "format": "txt/csv", "where": "subscribed = true", "selectFields": "id, email",
            "limit": 5, "pageSize": 3, "filterNulls": false, "notificationUrl": "/bulk/query", "metaData": {"fileName": "five"}}))
        .await,
    );
    let status = world.ended(&job).await;
    assert_eq!((&status["recordsCount"], &status["fileFormat"]), (&json!(5), &json!("csv")));
    assert_eq!(status["notificationUrl"], "/bulk/query");
    let file = world.result(&job, "contacts", "text/csv").await;
    assert!(file.text().starts_with("id,email\n"));
    assert_eq!(file.header("content-disposition"), Some("attachment; filename=\"five.csv\""));
    let sent = simulator.requests();
    assert!(sent.iter().any(|request| request.query.contains("pageSize=3")), "{:?}", sent.last());

    // A chosen date field instead of the last-modified one.
    let by_field = |from: &str| json!({"objectName": "contacts", "format": "application/json", "filterDateField": "lastSubscribed", "from": from});
    let job = job_of(&start(by_field("2030-06-01T00:00:00Z")).await);
    let some = ids(&world, &job, "contacts").await.len();
    assert!(some > 0 && some < 900, "{some}");
    let job = job_of(&start(by_field("2000-01-01")).await);
    assert_eq!(ids(&world, &job, "contacts").await.len(), 900);

    // Exactly this many calls to the vendor; the job ends normally and another one continues it.
    let limited = |more: Value| {
        let mut body = json!({"objectName": "contacts", "format": "application/jsonl", "pageSize": 100, "apiLimit": 4});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let mut all = Vec::new();
    let mut behind: Option<String> = None;
    for _ in 0..10 {
        let more = behind.as_ref().map_or(json!({}), |job| json!({"continueFromJobId": job}));
        let job = job_of(&start(limited(more)).await);
        let found = ids(&world, &job, "contacts").await;
        assert!(world.status(&job).await["progress"]["vendorCalls"].as_i64().unwrap() <= 4);
        if found.is_empty() && behind.is_some() {
            break;
        }
        all.extend(found);
        behind = Some(job);
    }
    let mut distinct = all.clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!((all.len(), distinct.len()), (900, 900));

    for (wrong, status) in [
        (json!({"format": "application/json"}), 400),
        (json!({"objectName": "contacts"}), 400),
        (json!({"objectName": "contacts", "format": "xml"}), 400),
        (json!({"objectName": "leads", "format": "text/csv"}), 404),
        (
            json!({"objectName": "contacts", "format": "text/csv", "docsHubDetails": {"instanceId": 1, "path": "/x"}}),
            400,
        ),
        (json!({"objectName": "contacts", "format": "text/csv", "where": "a = 1 limit 3"}), 400),
        (json!({"objectName": "contacts", "format": "text/csv", "limit": "many"}), 400),
        (json!({"objectName": "contacts", "format": "text/csv", "apiLimit": 0}), 400),
        (json!({"objectName": "contacts", "format": "text/csv", "from": "soon"}), 400),
        (
            json!({"objectName": "contacts", "format": "text/csv", "filterDateField": "email", "from": "2030-01-01"}),
            400,
        ),
        (json!({"objectName": "contacts", "format": "text/csv", "filterNulls": "perhaps"}), 400),
        (json!({"objectName": "contacts", "format": "text/csv", "notificationUrl": "ftp://x"}), 400),
        (json!({"objectName": "contacts", "format": "text/csv", "continueFromJobId": "1"}), 404),
        (json!({"objectName": "channels", "format": "text/csv", "continueFromJobId": behind}), 400),
    ] {
        let answer = start(wrong.clone()).await;
        assert_eq!(answer.status, status, "{wrong}: {}", answer.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_continues_where_a_limit_stopped_another() {
    let (world, _simulator, _folder) = world(json!({"subscribers": 1000, "channels": 2})).await;
    for (object, total) in [("contacts", 1000), ("surveys", 2)] {
        let whole = ids(&world, &world.query(&format!("select id from {object}")).await, object).await;
        assert_eq!(whole.len(), total);
        let (mut together, mut behind) = (Vec::new(), String::new());
        // Ends in the middle of a page, at the end of a list, and after everything.
        for limit in [total * 3 / 10, total / 5, total, 1] {
            let statement = format!("select id from {object} limit {limit}");
            let path: String = url::form_urlencoded::byte_serialize(statement.as_bytes()).collect();
            let from = if behind.is_empty() { String::new() } else { format!("&continueFromJobId={behind}") };
            behind = job_of(&world.call(&format!("POST /bulk/query?q={path}{from}"), &[], "").await);
            together.extend(ids(&world, &behind, object).await);
        }
        assert_eq!(together, whole, "{object}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn from_and_to_are_inclusive_limits_of_the_last_change() {
    let (world, _simulator, _folder) = world(json!({"subscribers": 400, "channels": 2})).await;
    let all = world.query("select id,lastUpdated from contacts").await;
    world.ended(&all).await;
    let lines = world.result(&all, "contacts", "application/jsonl").await.text();
    let mut dates: Vec<String> = lines
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).unwrap()["lastUpdated"].as_str().map(str::to_owned))
        .collect();
    dates.sort();
    let (from, to) = (&dates[100], &dates[300]);
    let expected = dates.iter().filter(|date| *date >= from && *date <= to).count();
    let query = "POST /bulk/query?q=select%20id%20from%20contacts";
    for limits in [format!("from={from}&to={to}"), format!("lastRunDate={from}&to={to}&from=")] {
        let job = job_of(&world.call(&format!("{query}&{limits}"), &[], "").await);
        assert_eq!(ids(&world, &job, "contacts").await.len(), expected, "{limits}");
    }
    let job = job_of(&world.call(&format!("{query}&lastRunDate="), &[], "").await);
    assert_eq!(ids(&world, &job, "contacts").await.len(), 400);
    for wrong in ["from=soon", "to=2030-13-01", "lastRunDate=x"] {
        assert_eq!(world.call(&format!("{query}&{wrong}"), &[], "").await.status, 400, "{wrong}");
    }
    // An object without a date is always read completely.
    let query = format!("POST /bulk/query?q=select%20id%20from%20surveys&from={to}");
    let job = job_of(&world.call(&query, &[], "").await);
    assert_eq!(ids(&world, &job, "surveys").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_are_listed_filtered_and_paged() {
    let (world, _simulator, _folder) = world(json!({"subscribers": 20, "channels": 1})).await;
    let mut jobs = Vec::new();
    for object in ["channels", "contacts", "channels", "webcasts", "channels"] {
        jobs.push(world.query(&format!("select id from {object}")).await);
    }
    for job in &jobs {
        world.ended(job).await;
    }
    let listed = async |query: &str| world.get(&format!("/bulk/jobs{query}"), &[]).await;
    let ids = |answer: &support::raw::Answer| -> Vec<String> {
        answer.json().as_array().unwrap().iter().map(|item| item["id"].to_string()).collect()
    };
    let newest_first: Vec<String> = jobs.iter().rev().cloned().collect();
    assert_eq!(ids(&listed("").await), newest_first);
    let channels: Vec<String> = newest_first.iter().step_by(2).cloned().collect();
    let first = listed("?where=object_name%3D'channels'&pageSize=2").await;
    assert_eq!((ids(&first), first.header("elements-returned-count")), (channels[..2].to_vec(), Some("2")));
    let token = first.header("elements-next-page-token").unwrap();
    let second = listed(&format!("?where=object_name%3D'channels'&pageSize=2&nextPage={token}")).await;
    assert_eq!((ids(&second), second.header("elements-next-page-token")), (channels[2..].to_vec(), None));
    assert_eq!(ids(&listed("?where=job_direction%3D'UPLOAD'").await).len(), 0);
    assert_eq!(ids(&listed("?where=record_count%20%3E%3D%2020%20AND%20job_status%3D'COMPLETED'").await).len(), 2);
    assert_eq!(
        listed("?fields=id,job_status&pageSize=1").await.json(),
        json!([{"id": jobs[4].parse::<i64>().unwrap(), "job_status": "COMPLETED"}])
    );
    assert_eq!(listed("?where=oops").await.status, 400);
    assert_eq!(listed("?pageSize=0").await.status, 400);
}

/// `ELEMENTKIT_PULL_SUBSCRIBERS` makes it larger.
#[tokio::test(flavor = "multi_thread")]
async fn a_job_of_every_object_has_what_the_vendor_has() {
    let asked = std::env::var("ELEMENTKIT_PULL_SUBSCRIBERS").ok();
    let subscribers: u64 = asked.map_or(600, |number| number.parse().unwrap());
    let options = json!({"subscribers": subscribers, "channels": 3, "webcasts_per_channel": 5});
    let (world, simulator, _folder) = world(options).await;
    let stats = simulator.stats();
    for (object, list) in support::OBJECTS {
        let call = format!("POST /bulk/query?q=select%20id,channelId%20from%20{object}");
        let job = job_of(&world.call(&call, &[], "").await);
        assert_eq!(world.ended(&job).await["status"], "COMPLETED", "{object}");
        let text = world.result(&job, object, "application/jsonl").await.text();
        let rows: std::collections::HashSet<&str> = text.lines().collect();
        assert_eq!(rows.len() as u64, stats.total(list), "{object}");
        assert_eq!(text.lines().count(), rows.len(), "{object} has duplicates");
        assert!(rows.iter().all(|row| row.contains("\"id\":")), "{object} has a row without id");
    }
}

/// Returns the ids in the order of a live read.
async fn live_ids(world: &World, object: &str, order: &str) -> Vec<i64> {
    let order: String = url::form_urlencoded::byte_serialize(order.as_bytes()).collect();
    let answer = world.get(&format!("/{object}?orderBy={order}&pageSize=5000"), &[]).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json().as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn order_by_sorts_as_a_live_read_does() {
    let size = json!({"simulator": {"subscribers": 1500, "channels": 3, "webcasts_per_channel": 4}});
    let simulator = support::simulator(&size).await;
    let folder = tempfile::tempdir().unwrap();
    // A few rows at a time, so that runs are merged more than once.
    let options = EngineOptions { sort_memory: 2 << 10, ..support::engine_options(folder.path(), &simulator) };
    let world = World::new(options).await;
    let definition = json!({"fields": [{"path": "id", "type": "number"}, {"path": "mail.address", "type": "string"}]});
    let path = "POST /instances/objects/people/definitions";
    let made = world.call(path, &[], definition.to_string()).await;
    assert_eq!(made.status, 200, "{}", made.text());
    let mapping = json!({"vendorName": "contacts", "script": {"body": "transformedObject.s = 1; done(transformedObject);"},
        "fields": [{"path": "id", "vendorPath": "id"}, {"path": "mail.address", "vendorPath": "email"}]});
    let made = world.call("POST /instances/transformations/people", &[], mapping.to_string()).await;
    assert_eq!(made.status, 200, "{}", made.text());
    for (object, order) in [
        ("contacts", "email desc, id"),
        ("contacts", "lastName, firstName desc"),
        ("contacts", "lastUpdated desc, absent"),
        ("channels", "name desc"),
        ("activities", "user.email, totalViewings desc"),
        ("people", "mail.address desc"),
    ] {
        let job = world.query(&format!("select * from {object} order by {order}")).await;
        let sorted = ids(&world, &job, object).await;
        assert_eq!(sorted, live_ids(&world, object, order).await, "{object} by {order}");
        // The columns of the order need not be in the result; the limit applies after the sort.
        let job = world.query(&format!("select id from {object} limit 7 order by {order}")).await;
        assert_eq!(ids(&world, &job, object).await, sorted[..sorted.len().min(7)], "{object} by {order}");
        let status = world.status(&job).await;
        assert_eq!(status["recordsCount"], json!(sorted.len().min(7)));
        let other = format!("POST /bulk/query?q=select%20id%20from%20{object}&continueFromJobId={job}");
        assert_eq!(world.call(&other, &[], "").await.status, 400);
    }
    let job = world.query("select * from contacts order by email limit 0").await;
    assert_eq!(ids(&world, &job, "contacts").await, [0; 0]);

    // A range from the middle of the file, byte by byte.
    let job = world.query("select * from contacts order by email").await;
    world.ended(&job).await;
    let whole = world.result(&job, "contacts", "text/csv").await.body;
    let headers = [("accept", "text/csv"), ("range", "bytes=150000-150999")];
    let part = world.get(&format!("/bulk/{job}/contacts"), &headers).await;
    assert!(part.status == 206 && part.body == whole[150_000..151_000], "{}", part.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_ends_before_its_sort_keeps_its_limit() {
    let (world, simulator, _folder) = world(json!({"subscribers": 3000, "channels": 3})).await;
    simulator.add_faults(&json!({"fault": {"type": "slow_body", "stall_after": 50, "ms": 200}})).unwrap();
    let job = world.query("select id from contacts order by email limit 150").await;
    world.until(&job, |status| status["recordsCount"] == 150).await;
    world.call(&format!("PUT /bulk/{job}/cancel"), &[], "").await;
    let status = world.ended(&job).await;
    assert_eq!((&status["status"], &status["recordsCount"]), (&json!("CANCELLED"), &json!(150)));
    assert_eq!(ids(&world, &job, "contacts").await.len(), 150);
    // When resumed, it continues reading and is sorted.
    simulator.clear_faults();
    assert_eq!(world.call(&format!("PUT /bulk/{job}/resume"), &[], "").await.status, 200);
    world.until(&job, |status| status["status"] == "COMPLETED").await;
    assert_eq!(ids(&world, &job, "contacts").await, live_ids(&world, "contacts", "email").await[..150]);
}
