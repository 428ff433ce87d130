//! Reading: the catalogue, records, numbers, jobs.

use elementkit::privacy::MASKED;
use futures::TryStreamExt;
use serde_json::{Value, json};

use crate::support::World;

#[tokio::test(flavor = "multi_thread")]
async fn tools_are_made_from_what_is_connected() {
    let world = World::new().await;
    let client = world.client(world.options()).await;
    let tools = client.tools().await;
    let search = tools.iter().find(|tool| tool.name == "search_records").unwrap();
    let schema = Value::Object(search.input_schema.as_ref().clone());
    let ids = [world.brighttalk_id(), world.crm_id()];
    assert_eq!(schema["properties"]["instance"]["enum"], json!(ids));
    assert!(schema["required"].as_array().unwrap().contains(&json!("instance")));
    let objects = schema["properties"]["object"]["enum"].as_array().unwrap();
    assert!(objects.contains(&json!("accounts")) && objects.contains(&json!("channelsContacts")), "{objects:?}");
    for tool in &tools {
        assert!(jsonschema::meta::is_valid(&Value::Object(tool.input_schema.as_ref().clone())), "{}", tool.name);
        assert!(tool.annotations.as_ref().unwrap().read_only_hint.unwrap(), "{}", tool.name);
    }
    let only = world.client(elementkit_mcp::Options { instances: vec![world.crm_id()], ..world.options() }).await;
    let listed = only.call("list_objects", json!({})).await;
    assert_eq!(listed["instances"].as_array().unwrap().len(), 1);
    assert_eq!(only.call("search_records", json!({"object": "accounts", "limit": 1})).await["returned"], 1);
    let error =
        only.refused("search_records", json!({"object": "channelsContacts", "instance": world.brighttalk_id()})).await;
    assert_eq!(error["kind"], "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_are_described_with_what_is_masked() {
    let world = World::new().await;
    let client = world.client(world.options()).await;
    let contacts = json!({"instance": world.brighttalk_id(), "object": "channelsContacts"});
    let described = client.call("describe_object", contacts).await;
    let field =
        |name: &str| described["fields"].as_array().unwrap().iter().find(|field| field["name"] == name).unwrap();
    assert_eq!((&field("email")["masked"], &field("email")["filterable"]), (&json!(true), &json!(false)));
    assert_eq!((&field("industry")["masked"], &field("id")["key"]), (&json!(false), &json!(true)));
    assert_eq!(described["primaryKey"], json!(["id"]));
    let error =
        client.refused("describe_object", json!({"instance": world.crm_id(), "object": "channelsContacts"})).await;
    assert!(error["hint"].as_str().unwrap().contains("accounts"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn records_are_paged_to_the_end_without_personal_data() {
    let world = World::new().await;
    let client = world.client(world.options()).await;
    let all: Vec<_> = world.brighttalk.records("contacts").stream().try_collect().await.unwrap();
    let mut arguments = json!({"instance": world.brighttalk_id(), "object": "channelsContacts", "limit": 17});
    let (mut ids, mut pages) = (Vec::new(), 0);
    loop {
        let page = client.call("search_records", arguments.clone()).await;
        pages += 1;
        for record in page["records"].as_array().unwrap() {
            ids.push(record["id"].clone());
            for personal in ["email", "firstName", "lastName", "phone"] {
                assert!(record[personal].is_null() || record[personal] == MASKED, "{record}");
            }
        }
        match page.get("cursor") {
            Some(cursor) => arguments["cursor"] = cursor.clone(),
            None => break,
        }
    }
    assert_eq!(ids, all.iter().map(|record| record["id"].clone()).collect::<Vec<_>>());
    assert!(pages >= all.len() / 17, "{pages}");
    let one = json!({"instance": world.brighttalk_id(), "object": "channelsContacts", "id": ids[3], "fields": ["id", "email"]});
    let one = client.call("get_record", one).await;
    assert_eq!(one["records"], json!([{"id": ids[3], "email": MASKED}]));
    assert_eq!(one["masked"], json!(["email"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_option_reveals_a_field() {
    let world = World::new().await;
    let mut options = world.options();
    options.privacy.revealed = vec!["channelsContacts.email".to_owned()];
    let client = world.client(options).await;
    let found = json!({"instance": world.brighttalk_id(), "object": "channelsContacts", "where": "email like '%@%'", "limit": 1});
    let found = client.call("search_records", found).await;
    assert!(found["records"][0]["email"].as_str().unwrap().contains('@'), "{found}");
    assert_eq!(found["records"][0]["lastName"], MASKED);
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_have_all_their_names_in_calls_and_rules() {
    let world = World::new().await;
    let mut options = world.options();
    options.privacy.masked = vec!["contacts.industry".to_owned()];
    options.privacy.revealed = vec!["contacts.email".to_owned()];
    let client = world.client(options).await;
    for object in ["contacts", "channelsContacts", "channelSubscribers"] {
        let asked =
            json!({"instance": world.brighttalk_id(), "object": object, "fields": ["email", "industry"], "limit": 50});
        // Schemas name the listed ones only.
        let found = client.raw("search_records", asked).await.structured_content.unwrap();
        assert_eq!(found["object"], "channelsContacts");
        let records = found["records"].as_array().unwrap();
        assert!(records.iter().all(|record| record["industry"].is_null() || record["industry"] == MASKED), "{found}");
        assert!(records.iter().any(|record| record["email"].as_str().unwrap_or_default().contains('@')), "{found}");
    }
    let unknown = json!({"instance": world.brighttalk_id(), "object": "contact"});
    assert_eq!(client.refused("count_records", unknown).await["kind"], "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_that_do_not_exist_are_told() {
    let world = World::new().await;
    let client =
        world.client(elementkit_mcp::Options { folders: vec![world.folder.path().into()], ..world.options() }).await;
    let instance = world.brighttalk_id();
    for (tool, more) in [
        ("search_records", json!({"where": "contry = 'Germany'"})),
        ("count_records", json!({"where": "contry = 'Germany'"})),
        ("count_records", json!({"group_by": ["contry"]})),
        ("count_records", json!({"measure": "contry"})),
        ("start_job", json!({"fields": ["id", "contry"]})),
        ("save_table", json!({"fields": ["id", "contry"], "file": "a.csv"})),
        ("sync_table", json!({"fields": ["id", "contry"], "file": "b.csv"})),
    ] {
        let mut arguments = json!({"instance": instance, "object": "channelsContacts"});
        more.as_object().unwrap().iter().for_each(|(name, value)| arguments[name] = value.clone());
        let answer = client.call(tool, arguments).await;
        assert!(answer["warnings"].to_string().contains("contry"), "{tool} {more}: {answer}");
    }
    let many = json!({"instance": instance, "object": "channelsContacts", "group_by": ["id", "id", "id", "id", "id"]});
    assert!(client.refused("count_records", many).await["message"].as_str().unwrap().contains("group_by"));
    // Webcasts have no field of their own that identifies them.
    let webcast = json!({"instance": instance, "object": "channelsWebcasts", "id": 10001});
    let error = client.refused("get_record", webcast).await;
    assert!(error["message"].as_str().unwrap().contains("channelId and id together"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_are_those_of_all_records() {
    let world = World::new().await;
    let client = world.client(world.options()).await;
    let all: Vec<_> = world.brighttalk.records("activities").stream().try_collect().await.unwrap();
    let of = |condition: fn(&elementkit::Record) -> bool| all.iter().filter(|record| condition(record)).count() as u64;
    let instance = world.brighttalk_id();
    assert_eq!(client.count(instance, "channelsActivities", "").await, all.len() as u64);
    let live = of(|record| record["liveViewings"].as_u64() > Some(0));
    assert_eq!(client.count(instance, "channelsActivities", "liveViewings > 0").await, live);
    let arguments = json!({"instance": instance, "object": "channelsActivities", "group_by": ["webcastId"], "distinct": "userId",
        "measure": "totalViewingDuration", "limit": 3});
    let counted = client.call("count_records", arguments).await;
    let mut webcasts: Vec<_> = all.iter().map(|record| record["webcastId"].to_string()).collect();
    let sum: u64 = all.iter().filter_map(|record| record["totalViewingDuration"].as_u64()).sum();
    webcasts.sort();
    webcasts.dedup();
    assert_eq!(counted["groups"], webcasts.len());
    assert_eq!(counted["measure"]["sum"].as_f64(), Some(sum as f64));
    let largest = counted["largest"].as_array().unwrap();
    assert!(largest.len() == 3 && largest[0]["count"].as_u64() >= largest[1]["count"].as_u64(), "{largest:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_are_started_watched_read_and_cancelled() {
    let world = World::new().await;
    let client = world.client(world.options()).await;
    let instance = world.brighttalk_id();
    let started = client.call("start_job", json!({"instance": instance, "object": "channelsContacts"})).await;
    let job = json!({"instance": instance, "job": started["job"], "wait_seconds": 60});
    let ended = client.call("job_status", job).await;
    assert_eq!((&ended["ended"], &ended["status"]), (&json!(true), &json!("COMPLETED")));
    let mut arguments = json!({"instance": instance, "job": started["job"], "limit": 50});
    let mut rows = 0;
    loop {
        let page = client.call("job_rows", arguments.clone()).await;
        rows += page["returned"].as_u64().unwrap();
        assert!(page["records"].as_array().unwrap().iter().all(|row| row["email"] == MASKED), "{page}");
        match page.get("cursor") {
            Some(cursor) => arguments["cursor"] = cursor.clone(),
            None => break,
        }
    }
    assert_eq!(ended["records"], rows);
    let jobs = client.call("list_jobs", json!({"instance": instance})).await;
    assert_eq!(jobs["jobs"][0]["job"], started["job"]);
    let cancelled = client.call("cancel_job", json!({"instance": instance, "job": started["job"]})).await;
    assert_eq!(cancelled["status"], "COMPLETED", "it had ended");
    // A condition may have been true of a masked value, so its number of records is left to count_records.
    let some = json!({"instance": instance, "object": "channelsContacts", "where": "country like 'G%'"});
    assert!(client.call("start_job", some).await.get("records").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_given_up_ends_at_the_vendor() {
    let world = World::new().await;
    let client = world.client(world.options()).await;
    let slow =
        json!({"match": {"path": "*/subscribers"}, "fault": {"type": "slow_body", "stall_after": 50, "ms": 120_000}});
    world.vendor.add_faults(&slow).unwrap();
    let arguments = json!({"instance": world.brighttalk_id(), "object": "channelsContacts"});
    let call = client.begin("search_records", arguments).await;
    let slow_calls = || {
        let calls = world.vendor.requests().into_iter().filter(|entry| entry.fault.is_some());
        calls.collect::<Vec<_>>()
    };
    eventually(|| !slow_calls().is_empty()).await;
    call.cancel(None).await.unwrap();
    eventually(|| slow_calls().iter().all(|entry| entry.abandoned)).await;
    eventually(|| world.audit().contains("cancelled")).await;
}

/// Waits until something is so.
async fn eventually(is_so: impl Fn() -> bool) {
    let begun = std::time::Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < std::time::Duration::from_mins(1), "it does not happen");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}
