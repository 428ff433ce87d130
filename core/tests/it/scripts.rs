//! Scripts that would exhaust resources (spec P 9.12): each is stopped within its limits, live and in bulk, while other
//! requests continue and later scripts still work.

use std::time::{Duration, Instant};

use brighttalk_sim::{Config, Simulator};
use elementkit::engine::{EngineOptions, ScriptLimits};
use serde_json::{Value, json};

use crate::support;
use crate::support::raw::{Answer, World, call};

/// A script and its error message.
const BOMBS: [(&str, &str); 6] = [
    ("while (true) {}", "line 1, column 1: stopped after 1 seconds"),
    ("const a = []; while (true) a.push(new Array(1000).fill({}));", "more than 16 MiB of memory would be needed"),
    ("const f = () => f() + 1; f();", "RangeError: Maximum call stack size exceeded"),
    ("/^(a|aa)+$/.test('a'.repeat(60) + 'b'); done();", "stopped after 1 seconds"),
    ("done('x'.repeat(1 << 28));", "more than 16 MiB of memory would be needed"),
    ("throw new Error('on purpose');", "line 1, column 11: Error: on purpose"),
];

async fn world(folder: &std::path::Path, simulator: &Simulator) -> World {
    let limits = ScriptLimits { time: Duration::from_secs(1), memory_bytes: 16 << 20, ..ScriptLimits::default() };
    World::new(EngineOptions { script_limits: limits, ..support::engine_options(folder, simulator) }).await
}

async fn authored(world: &World, line: &str, body: &Value) -> Answer {
    let authorization = format!("User {}, Organization {}", support::USER, support::ORGANIZATION);
    call(&world.engine, line, &authorization, &[], body.to_string()).await
}

/// Maps `people` to contacts with this script.
async fn map(world: &World, body: &str) {
    let transformation = json!({
        "objectName": "people", "level": "organization", "vendorName": "channelsContacts", "elementKey": "brighttalk",
        "fields": [{"path": "id", "vendorPath": "id"}], "script": {"body": body},
    });
    let answer = authored(world, "PUT /transformations", &transformation).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_call_ends_and_others_go_on() {
    let simulator = Simulator::start(Config { subscribers: 20, channels: 1, ..Config::default() }).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path(), &simulator).await;
    for (body, wanted) in BOMBS {
        map(&world, body).await;
        let people = async { (world.get("/hubs/marketing/people?pageSize=5", &[]).await, Instant::now()) };
        let others = async {
            for _ in 0..5 {
                assert_eq!(world.get("/hubs/marketing/channels", &[]).await.status, 200);
            }
            Instant::now()
        };
        let ((answer, stopped), others_done) = tokio::join!(people, others);
        assert_eq!(answer.status, 500, "{body}: {}", answer.text());
        let message = answer.json()["message"].as_str().unwrap().to_owned();
        assert!(message.contains("people/organization") && message.contains(wanted), "{body}: {message}");
        // Only a script that runs until its limit is certain to have been running then.
        assert!(!wanted.contains("1 seconds") || others_done < stopped, "{body}: other calls had to wait");
    }
    map(&world, "done({id: originalObject.id, ok: true})").await;
    let people = world.get("/hubs/marketing/people?pageSize=2", &[]).await.json();
    assert_eq!(people.as_array().unwrap().len(), 2);
    assert_eq!(people[0]["ok"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bulk_job_goes_on_after_each() {
    let simulator = Simulator::start(Config { subscribers: 20, channels: 1, ..Config::default() }).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path(), &simulator).await;
    let cases = BOMBS.iter().enumerate();
    let cases: String =
        cases.map(|(id, (body, _))| format!("if (originalObject.id % 7 === {id}) {{ {body} }}\n")).collect();
    map(&world, &format!("{cases} done({{id: originalObject.id}});")).await;
    let job = world.query("select * from people").await;
    let status = world.ended(&job).await;
    assert_eq!(status["status"], "COMPLETED", "{status}");
    let contacts = world.get("/hubs/marketing/contacts?fields=id&pageSize=100", &[]).await.json();
    let (mut kept, mut lost) = (0, 0);
    for contact in contacts.as_array().unwrap() {
        if contact["id"].as_i64().unwrap() % 7 == 6 { kept += 1 } else { lost += 1 }
    }
    assert!(kept > 0 && lost > 6, "{kept} {lost}");
    assert_eq!(world.result(&job, "people", "application/jsonl").await.text().lines().count(), kept);
    let errors = world.get(&format!("/bulk/{job}/errors"), &[]).await.json();
    assert_eq!(errors.as_array().unwrap().len(), lost, "{errors}");
    for (_, wanted) in BOMBS {
        let reason = wanted.rsplit(": ").next().unwrap();
        assert!(errors.to_string().contains(reason), "{reason} is not in {errors}");
    }
}

/// Executes the transformation of `people` on a payload.
async fn execute(world: &World, payload: &Value) -> Answer {
    authored(world, "POST /transformations/people/execute", &json!({"payload": payload, "elementId": 184})).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_that_is_no_object_is_a_failed_row() {
    let simulator = Simulator::start(Config { subscribers: 20, channels: 1, ..Config::default() }).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path(), &simulator).await;
    map(&world, "done(originalObject.id % 2 ? [originalObject.id, 2] : {id: originalObject.id})").await;
    let message = "done() takes one object, not an array";
    for path in ["/hubs/marketing/people", "/hubs/marketing/people?pageSize=100"] {
        for accept in ["application/json", "text/csv", "application/jsonl"] {
            let live = world.get(path, &[("accept", accept)]).await;
            assert_eq!(live.status, 500, "{accept}: {}", live.text());
            assert!(live.json()["message"].as_str().unwrap().contains(message), "{accept}: {}", live.text());
        }
    }
    let dry = execute(&world, &json!([{"id": 2}, {"id": 3}])).await;
    assert!(dry.status == 500 && dry.text().contains(message), "{}", dry.text());
    let job = world.query("select * from people").await;
    let status = world.ended(&job).await;
    assert_eq!(status["status"], "COMPLETED", "{status}");
    let failed = status["recordsFailedCount"].as_u64().unwrap();
    let errors = world.get(&format!("/bulk/{job}/errors?pageSize=1000"), &[]).await.json();
    let errors = errors.as_array().unwrap();
    assert!(failed > 0 && errors.len() as u64 == failed, "{status}");
    for error in errors {
        assert!(
            error["status"].as_str().unwrap().contains(message) && error["id"].as_i64().unwrap() % 2 == 1,
            "{error}"
        );
    }
    let csv = world.result(&job, "people", "text/csv").await.text();
    assert_eq!(csv.lines().count() as u64 - 1, status["recordsCount"].as_u64().unwrap());
    let id = |line: &str| line.split(',').next().unwrap().parse::<i64>().unwrap();
    assert!(csv.lines().skip(1).all(|line| id(line) % 2 == 0), "{csv}");
}

#[tokio::test(flavor = "multi_thread")]
async fn large_integers_are_exact_in_every_format() {
    let simulator = Simulator::start(Config { subscribers: 5, channels: 1, ..Config::default() }).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path(), &simulator).await;
    let numbers = [9_007_199_254_740_993_i64, 999_999_999_999_999_999, i64::MIN];
    let fields = json!({"fields": [
        {"path": "a", "type": "int"}, {"path": "b", "type": "int"}, {"path": "c", "type": "int"}, {"path": "u"}]});
    let defined = authored(&world, "POST /organizations/objects/people/definitions", &fields).await;
    assert_eq!(defined.status, 200, "{}", defined.text());
    // Created by one script and passed through the next.
    let made = json!({
        "vendorName": "channelsContacts", "configuration": [{"type": "passThrough", "properties": {"fromVendor": false}}],
        "fields": [{"path": "a", "vendorPath": "id"}, {"path": "b", "vendorPath": "id"}, {"path": "c", "vendorPath": "id"}],
        "script": {"body": "done({a: 9007199254740993n, b: 10n ** 18n - 1n, c: -(2n ** 63n), u: 2n ** 64n - 1n})"},
    });
    for (level, script) in [
        ("organizations", &made),
        (
            "accounts",
            &json!({
                "vendorName": "channelsContacts", "configuration": [{"type": "inherit"}], "fields": [],
                "script": {"body": "transformedObject.same = originalObject.id; done(transformedObject)"},
            }),
        ),
    ] {
        let account = authored(&world, "GET /accounts", &Value::Null).await.json()[0]["id"].clone();
        let path = match level {
            "accounts" => format!("POST /accounts/{account}/elements/brighttalk/transformations/people"),
            _ => "POST /organizations/elements/brighttalk/transformations/people".to_owned(),
        };
        let answer = authored(&world, &path, script).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    }
    let wanted = format!("\"a\":{},\"b\":{},\"c\":{},\"u\":{}", numbers[0], numbers[1], numbers[2], u64::MAX);
    let live = world.get("/hubs/marketing/people", &[]).await.text();
    assert!(live.contains(&wanted), "{live}");
    let dry =
        execute(&world, &json!({"id": 18_446_744_073_709_551_615_u64, "x": 9_007_199_254_740_993_i64})).await.text();
    assert!(dry.contains(&wanted) && dry.contains("\"same\":18446744073709551615"), "{dry}");
    let job = world.query("select a, b, c, u from people").await;
    assert_eq!(world.ended(&job).await["status"], "COMPLETED");
    let csv = world.result(&job, "people", "text/csv").await.text();
    let row = format!("{},{},{},{}", numbers[0], numbers[1], numbers[2], u64::MAX);
    assert!(csv.lines().count() > 1 && csv.lines().skip(1).all(|line| line == row), "{csv}");
    let jsonl = world.result(&job, "people", "application/jsonl").await.text();
    assert!(jsonl.lines().all(|line| line == format!("{{{wanted}}}")), "{jsonl}");
    let parquet = world.result(&job, "people", "application/vnd.apache.parquet").await;
    let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReader::try_new(bytes::Bytes::from(parquet.body), 100);
    let batch = reader.unwrap().next().unwrap().unwrap();
    for (column, number) in numbers.iter().enumerate() {
        let column = batch.column(column).as_any().downcast_ref::<arrow_array::Int64Array>().expect("integers");
        assert!(column.iter().all(|value| value == Some(*number)), "{column:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_integer_beyond_a_typed_column_is_null_there_and_counted() {
    let simulator = Simulator::start(Config { subscribers: 5, channels: 1, ..Config::default() }).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path(), &simulator).await;
    let fields = json!({"fields": [
        {"path": "i", "type": "int"}, {"path": "n", "type": "number"}, {"path": "s", "type": "string"}, {"path": "u"}]});
    let defined = authored(&world, "POST /organizations/objects/people/definitions", &fields).await;
    assert_eq!(defined.status, 200, "{}", defined.text());
    let made = json!({
        "vendorName": "channelsContacts", "configuration": [{"type": "passThrough", "properties": {"fromVendor": false}}],
        "fields": [{"path": "i", "vendorPath": "id"}, {"path": "n", "vendorPath": "id"}, {"path": "s", "vendorPath": "id"}],
        "script": {"body": "const u = 2n ** 64n - 1n; done({i: u, n: u, s: String(u), u})"},
    });
    let path = "POST /organizations/elements/brighttalk/transformations/people";
    assert_eq!(authored(&world, path, &made).await.status, 200);
    let job = world.query("select i, n, s, u from people").await;
    let rows = world.ended(&job).await["recordsCount"].as_u64().unwrap();
    assert!(rows > 0);
    let whole = u64::MAX.to_string();
    let csv = world.result(&job, "people", "text/csv").await.text();
    assert!(csv.lines().skip(1).all(|line| line == [&*whole; 4].join(",")), "{csv}");
    let parquet = bytes::Bytes::from(world.result(&job, "people", "application/vnd.apache.parquet").await.body);
    let mut parquet = parquet::arrow::arrow_reader::ParquetRecordBatchReader::try_new(parquet, 100).unwrap();
    let arrow = world.result(&job, "people", "application/vnd.apache.arrow.stream").await.body;
    let mut arrow = arrow_ipc::reader::StreamReader::try_new(arrow.as_slice(), None).unwrap();
    for batch in [parquet.next().unwrap().unwrap(), arrow.next().unwrap().unwrap()] {
        let types = batch.schema().fields().iter().map(|field| field.data_type().to_string()).collect::<Vec<_>>();
        assert_eq!(types, ["Int64", "Float64", "Utf8", "Utf8"]);
        assert_eq!(batch.column(0).null_count() as u64, rows, "never another number");
        let number = batch.column(1).as_any().downcast_ref::<arrow_array::Float64Array>().expect("numbers");
        assert!(number.iter().all(|value| value == Some(18_446_744_073_709_551_616.0)), "the nearest: {number:?}");
        for column in [2, 3] {
            let text = batch.column(column).as_any().downcast_ref::<arrow_array::StringArray>().expect("texts");
            assert!(text.iter().all(|value| value == Some(&whole)), "{text:?}");
        }
    }
    let report = world.get(&format!("/bulk/{job}/report"), &[]).await.json();
    assert_eq!(report["warnings"]["unfit-value"], rows, "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn large_records_cost_their_rows_or_the_call() {
    let simulator = Simulator::start(Config { subscribers: 12, channels: 1, ..Config::default() }).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let world = World::on(folder.path(), &simulator).await;
    map(&world, "done({id: originalObject.id, text: 'x'.repeat(originalObject.id % 4 === 1 ? 17e6 : 12e6)})").await;
    let live = world.get("/hubs/marketing/people?pageSize=20", &[]).await;
    assert!(live.status == 500 && live.text().contains("takes more than 16 MiB"), "{:.200}", live.text());
    map(&world, "done({id: originalObject.id, text: 'x'.repeat(12e6)})").await;
    let live = world.get("/hubs/marketing/people?pageSize=20", &[]).await;
    assert!(live.status == 500 && live.text().contains("more than 64 MiB together"), "{:.200}", live.text());
    assert_eq!(world.get("/hubs/marketing/people?pageSize=2", &[]).await.status, 200);
    let job = world.query("select * from people").await;
    let status = world.ended(&job).await;
    assert_eq!((&status["status"], &status["recordsCount"]), (&json!("COMPLETED"), &json!(5)), "{status}");
    let errors = world.get(&format!("/bulk/{job}/errors"), &[]).await.text();
    assert!(errors.contains("more than 64 MiB together"), "{errors:.400}");
    // The same for mappings without a script: many fields of one large value.
    let fields: Vec<Value> = (0..40).map(|at| json!({"path": format!("copy{at}"), "vendorPath": "text"})).collect();
    let mapping = json!({"objectName": "people", "level": "organization", "vendorName": "channelsContacts",
        "elementKey": "brighttalk", "fields": fields});
    let answer = authored(&world, "PUT /transformations", &mapping).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let dry = execute(&world, &json!({"text": "x".repeat(1 << 20)})).await;
    assert!(dry.status == 500 && dry.text().contains("takes more than 16 MiB"), "{:.200}", dry.text());
    assert_eq!(execute(&world, &json!({"text": "x".repeat(1 << 10)})).await.status, 200);
}
