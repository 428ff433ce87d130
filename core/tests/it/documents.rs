//! Records without a closed schema, in every format, live and in bulk: ragged ones lose nothing.

#[path = "documents/pages.rs"]
mod pages;

use std::sync::Arc;

use elementkit::element::Element;
use elementkit::engine::EngineOptions;
use elementkit::model::NewInstance;
use elementkit::record::Kind;
use elementkit::{EmbeddedOptions, Platform};
use futures::TryStreamExt;
use http_body_util::BodyExt;
use serde_json::{Value, json};

use crate::support;
use crate::support::process::{ran_alone, resident_mb};
use crate::support::raw::World;
use crate::support::{ORGANIZATION, USER};
use pages::Pages;

const FIELDS: &[(&str, Kind)] =
    &[("id", Kind::Int), ("user.city", Kind::Text), ("items[*].sku", Kind::Text), ("score", Kind::Float)];

/// Records of which hardly two have the same shape.
fn ragged() -> Vec<String> {
    let deep = format!("{{\"deep\":{}1{}}}", "{\"d\":".repeat(198), "}".repeat(198));
    let large = format!("{{\"id\":8,\"text\":\"{}\"}}", "lorem, \\\"ipsum\\\"\\n".repeat(60_000));
    let fixed = [
        r#"{"id":1,"user":{"city":"Bonn","zip":null},"items":[{"sku":"a"},{"sku":"b","n":2}],"score":1.5}"#,
        r#"{"id":2,"user":{"city":"Köln"},"items":[],"score":7,"flag":true}"#,
        r#"{"id":"three","user":"nobody","score":null,"flag":"yes"}"#,
        r#"{"id":4,"user":{"city":{"name":"Bonn"}},"big":123456789012345678901234567890,"small":1e-400,"exact":0.1234567890123456789}"#,
        r#"{"id":5,"empty":{},"none":[],"nulls":{"a":null,"b":[null]},"scalars":[1,"x",true,null,2.50]}"#,
        r#"{"id":6,"a.b":1,"a":{"b":2},"":"nameless","quo\"te":3,"ü€😀":4,"new\nline":5,"`tick`":6,"x[0]":7}"#,
        r#"{"id":7,"id":70,"user":{"city":"Ulm","city":"Trier"}}"#,
        "17",
        r#""a text""#,
        r#"[1,{"in":"array"}]"#,
        "true",
        "{}",
        r#"{"id":9,"user":{"city":"Bonn"},"score":-3}"#,
    ];
    fixed.iter().map(ToString::to_string).chain([deep, large]).collect()
}

async fn world(element: Pages) -> (World, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let world = World::of(options(&folder, element), Pages::KEY, json!({})).await;
    (world, folder)
}

fn options(folder: &tempfile::TempDir, element: Pages) -> EngineOptions {
    let element: Arc<dyn Element> = Arc::new(element);
    EngineOptions {
        bootstrap: support::bootstrap(),
        elements: vec![element],
        ..EngineOptions::new(folder.path().join("test.db"))
    }
}

async fn ragged_world() -> (World, tempfile::TempDir) {
    let records = ragged();
    world(Pages::of(FIELDS, &records.iter().map(String::as_str).collect::<Vec<_>>())).await
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

async fn list(world: &World, query: &str, accept: &str) -> String {
    let answer = world.get(&format!("/hubs/shapes/things?{query}"), &[("accept", accept)]).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    answer.text()
}

/// Returns one of the records without its null members and elements.
fn without_nulls(record: &str) -> String {
    let parts =
        [(r#","zip":null"#, ""), (r#","score":null"#, ""), (r#""a":null,"b":[null]"#, r#""b":[]"#), (",null,", ",")];
    parts.into_iter().fold(record.to_owned(), |record, (part, rest)| record.replace(part, rest))
}

async fn result(world: &World, statement: &str, accept: &str) -> support::raw::Answer {
    let job = world.query(statement).await;
    let ended = world.ended(&job).await;
    assert_eq!(ended["status"], "COMPLETED", "{ended}");
    let answer = world.result(&job, "things", accept).await;
    assert_eq!(answer.status, 200, "{statement}: {}", answer.text());
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn json_has_records_as_they_came() {
    let (world, _folder) = ragged_world().await;
    let expected: Vec<String> = ragged().iter().map(|record| without_nulls(record)).collect();
    // Not with assert_eq, which would print a large text.
    assert!(list(&world, "", "application/json").await == format!("[{}]", expected.join(",")));
    let lines: String = expected.iter().map(|record| format!("{record}\n")).collect();
    assert!(list(&world, "", "application/jsonl").await == lines);
    for accept in ["application/json", "application/jsonl", "application/x-ndjson"] {
        assert!(result(&world, "select * from things", accept).await.text() == lines, "{accept}");
    }
    world.engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn conditions_orders_and_fields_are_paths() {
    let (world, _folder) = ragged_world().await;
    for (condition, ids) in [
        ("user.city = 'Bonn'", &["1", "9"][..]),
        ("user.city.name = 'Bonn'", &["4"]),
        ("items.sku = 'b'", &["1"]),
        ("items[0].sku = 'b'", &[]),
        ("score >= 1.5 and id is not null", &["1", "2"]),
        ("flag = true", &["2"]),
        ("scalars = 'x'", &["5"]),
        ("big > 1000", &["4"]),
        ("id = 70", &["70"]),
        ("id = 7", &[]),
        ("`a.b` = 1", &["6"]),
        ("a.b = 2", &["6"]),
        ("user.city = 'Trier'", &["70"]),
        ("deep.d.d.d is not null", &["-"]),
    ] {
        let by_live = list(&world, &format!("where={}", encoded(condition)), "application/json").await;
        let by_live: Vec<Value> = serde_json::from_str(&by_live).unwrap_or_default();
        let by_bulk =
            result(&world, &format!("select * from things where {condition}"), "application/jsonl").await.text();
        let id = |record: &Value| record.get("id").map_or("-".to_owned(), ToString::to_string);
        if condition.starts_with("deep") {
            assert_eq!(by_bulk.lines().count(), 1);
            continue;
        }
        assert_eq!(by_live.iter().map(id).collect::<Vec<_>>(), ids, "{condition}");
        let by_bulk: Vec<Value> = by_bulk.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(by_bulk.iter().map(id).collect::<Vec<_>>(), ids, "{condition} in bulk");
    }
    let cities = list(&world, "fields=user.city,id&where=user.city+like+%27%25%27", "application/json").await;
    let lines: Vec<&str> = [
        r#"{"id":1,"user":{"city":"Bonn"}}"#,
        r#"{"id":2,"user":{"city":"Köln"}}"#,
        r#"{"id":7,"id":70,"user":{"city":"Ulm","city":"Trier"}}"#,
        r#"{"id":9,"user":{"city":"Bonn"}}"#,
    ]
    .to_vec();
    assert_eq!(cities, format!("[{}]", lines.join(",")));
    let statement = "select user.city, id from things where user.city like '%' order by user.city desc, id";
    let sorted = result(&world, statement, "application/jsonl").await.text();
    assert_eq!(sorted.lines().collect::<Vec<_>>(), [lines[2], lines[1], lines[0], lines[3]]);
    let limited = result(&world, &format!("{statement} limit 2"), "text/csv").await.text();
    assert_eq!(limited, "user.city,id\nTrier,70\nKöln,2\n");
    let warned = async |query: &str| {
        let answer = world.get(&format!("/hubs/shapes/things?{query}"), &[]).await;
        answer.header("elements-error").map(str::to_owned)
    };
    assert_eq!(warned("where=user.city%3D%27Ulm%27+or+flag%3D1&orderBy=score").await, None);
    let unknown = warned("where=user.town%3D%27Ulm%27").await.unwrap();
    assert!(unknown.contains("user.town"), "{unknown}");
    assert!(warned("orderBy=points").await.unwrap().contains("points"));
    let ordered = list(&world, "orderBy=score&fields=score&pageSize=4", "application/json").await;
    assert_eq!(ordered, r#"[{"score":-3},{"score":1.5},{"score":7},{}]"#);
    world.engine.close().await;
}

/// Splits lines of CSV into cells.
fn cells(text: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    reader.records().map(|line| line.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn files_have_every_column_that_occurs() {
    let (world, _folder) = ragged_world().await;
    let table = cells(&result(&world, "select * from things", "text/csv").await.text());
    let head = &table[0];
    assert_eq!(head[..4], ["id", "user.city", "items", "score"]);
    assert!(head[4..].is_sorted(), "{head:?}");
    let value = |row: usize, name: &str| {
        let column = head.iter().position(|known| known == name).unwrap_or_else(|| panic!("{name} of {head:?}"));
        table[row + 1][column].clone()
    };
    for (row, name, wanted) in [
        (0, "items", r#"[{"sku":"a"},{"sku":"b","n":2}]"#),
        (2, "user", "nobody"),
        (2, "id", "three"),
        (3, "user.city", r#"{"name":"Bonn"}"#),
        (3, "big", "123456789012345678901234567890"),
        (3, "small", "1e-400"),
        (3, "exact", "0.1234567890123456789"),
        (4, "empty", "{}"),
        (4, "none", "[]"),
        (4, "scalars", r#"[1,"x",true,2.50]"#),
        (5, "a.b", "2"),
        (5, "a.b_", "1"),
        (5, "", "nameless"),
        (5, "quo\"te", "3"),
        (5, "ü€😀", "4"),
        (5, "new\nline", "5"),
        (6, "id", "70"),
        (6, "user.city", "Trier"),
        (7, "value", "17"),
        (8, "value", "a text"),
        (9, "value", r#"[1,{"in":"array"}]"#),
        (10, "value", "true"),
        (14, "id", "8"),
    ] {
        assert_eq!(value(row, name), wanted, "{row} {name}");
    }
    assert!(table[12].iter().all(String::is_empty), "{:?}", table[12]);
    assert_eq!(value(14, "text").len(), 60_000 * "lorem, \"ipsum\"\n".len());
    assert_eq!(table.len(), ragged().len() + 1);
    // The columns are found once; the second file is the same.
    let again = cells(&result(&world, "select * from things", "text/csv").await.text());
    assert_eq!(again, table);
    world.engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_of_lines_has_a_column_for_everything_else() {
    let (world, _folder) = ragged_world().await;
    let table = cells(&list(&world, "pageSize=5", "text/csv").await);
    assert_eq!(table[0], ["id", "user.city", "items", "score", "additional"]);
    assert_eq!(table[1], ["1", "Bonn", r#"[{"sku":"a"},{"sku":"b","n":2}]"#, "1.5", ""]);
    assert_eq!(table[3], ["three", "", "", "", r#"{"user":"nobody","flag":"yes"}"#]);
    assert_eq!(table[6 - 1][4], r#"{"empty":{},"none":[],"nulls":{"b":[]},"scalars":[1,"x",true,2.50]}"#);
    world.engine.close().await;
}

#[cfg(feature = "parquet")]
mod typed {
    use arrow_array::cast::AsArray;
    use arrow_array::types::{Float64Type, Int64Type};
    use arrow_array::{Array, RecordBatch};

    use super::*;

    fn streamed(bytes: Vec<u8>) -> RecordBatch {
        let reader = arrow_ipc::reader::StreamReader::try_new(std::io::Cursor::new(bytes), None).unwrap();
        let batches: Vec<RecordBatch> = reader.map(Result::unwrap).collect();
        assert_eq!(batches.len(), 1);
        batches[0].clone()
    }

    fn parquet(bytes: Vec<u8>) -> RecordBatch {
        let bytes = bytes::Bytes::from(bytes);
        let builder = ::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap();
        builder.build().unwrap().next().unwrap().unwrap()
    }

    fn texts(batch: &RecordBatch, name: &str) -> Vec<Option<String>> {
        let column = batch.column_by_name(name).unwrap_or_else(|| panic!("{name}"));
        column.as_string::<i32>().iter().map(|text| text.map(str::to_owned)).collect()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn typed_files_have_the_narrowest_type_that_holds_all() {
        let (world, _folder) = ragged_world().await;
        let stream = streamed(result(&world, "select * from things", "application/vnd.apache.arrow.stream").await.body);
        let file = parquet(result(&world, "select * from things", "application/vnd.apache.parquet").await.body);
        for read in [stream, file] {
            assert_eq!(read.num_rows(), ragged().len());
            let score = read.column_by_name("score").unwrap().as_primitive::<Float64Type>();
            assert_eq!((score.value(0), score.value(1), score.value(12), score.null_count()), (1.5, 7.0, -3.0, 12));
            let other = read.column_by_name("ü€😀").unwrap().as_primitive::<Int64Type>();
            assert_eq!((other.value(5), other.null_count()), (4, ragged().len() - 1));
            assert_eq!(texts(&read, "id")[2..4], [Some("three".to_owned()), Some("4".to_owned())]);
            assert_eq!(texts(&read, "big")[3].as_deref(), Some("123456789012345678901234567890"));
            assert_eq!(texts(&read, "exact")[3].as_deref(), Some("0.1234567890123456789"));
            assert_eq!(texts(&read, "items")[0].as_deref(), Some(r#"[{"sku":"a"},{"sku":"b","n":2}]"#));
            assert_eq!(texts(&read, "value")[8].as_deref(), Some("a text"));
            assert_eq!(texts(&read, "text")[14].as_ref().map(String::len), Some(60_000 * 15));
        }
        world.engine.close().await;
    }

    /// Returns the values of a nested column as JSON.
    fn shown(array: &dyn Array, row: usize) -> Value {
        if array.is_null(row) {
            return Value::Null;
        }
        if let Some(list) = array.as_list_opt::<i32>() {
            let items = list.value(row);
            return (0..items.len()).map(|item| shown(&*items, item)).collect();
        }
        if let Some(members) = array.as_struct_opt() {
            let member =
                |(at, field): (usize, &arrow_schema::FieldRef)| (field.name().clone(), shown(members.column(at), row));
            return members.fields().iter().enumerate().map(member).collect::<serde_json::Map<_, _>>().into();
        }
        if let Some(text) = array.as_string_opt::<i32>() {
            return text.value(row).into();
        }
        if let Some(number) = array.as_primitive_opt::<Int64Type>() {
            return number.value(row).into();
        }
        array
            .as_primitive_opt::<Float64Type>()
            .map_or_else(|| array.as_boolean().value(row).into(), |number| number.value(row).into())
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn nested_values_are_structs_and_lists_if_asked_for() {
        let records = [
            r#"{"id":1,"user":{"city":"Bonn","n":{"x":1}},"tags":["a",null],"items":[{"sku":"a","n":1},{"n":2.5}]}"#,
            r#"{"id":2,"user":null,"tags":[],"items":[null],"mixed":{"a":1},"grid":[[1],[2,3]]}"#,
            r#"{"user":{"n":null},"mixed":[1],"none":[],"nothing":{},"z":null}"#,
            "5",
        ];
        let (world, _folder) = world(Pages::of(&[("user.city", Kind::Text), ("id", Kind::Int)], &records)).await;
        let job = world.query("select * from things").await;
        world.ended(&job).await;
        let get = async |query: &str, accept: &str| {
            world.get(&format!("/bulk/{job}/things?{query}"), &[("accept", accept)]).await
        };
        let stream = streamed(get("nested=structs", "application/vnd.apache.arrow.stream").await.body);
        let file = parquet(get("nested=structs", "application/vnd.apache.parquet").await.body);
        for read in [stream, file] {
            let names: Vec<_> = read.schema().fields().iter().map(|field| field.name().clone()).collect();
            assert_eq!(names, ["user", "id", "grid", "items", "mixed", "none", "nothing", "tags", "value"]);
            let row = |row: usize| -> Value {
                let cells = names.iter().map(|name| (name.clone(), shown(read.column_by_name(name).unwrap(), row)));
                cells.filter(|(_, value)| !value.is_null()).collect::<serde_json::Map<_, _>>().into()
            };
            assert_eq!(
                row(0),
                json!({
                    "id": 1, "user": {"city": "Bonn", "n": {"x": 1}}, "tags": ["a", null],
                    "items": [{"sku": "a", "n": 1.0}, {"sku": null, "n": 2.5}],
                })
            );
            assert_eq!(
                row(1),
                json!({"id": 2, "tags": [], "items": [null], "mixed": "{\"a\":1}", "grid": [[1], [2, 3]]})
            );
            let third = json!({"user": {"city": null, "n": null}, "mixed": "[1]", "none": "[]", "nothing": "{}"});
            assert_eq!((row(2), row(3)), (third, json!({"value": 5})));
        }
        for (query, accept) in [("nested=structs", "text/csv"), ("nested=deep", "application/vnd.apache.parquet")] {
            assert_eq!(get(query, accept).await.status, 400, "{query} {accept}");
        }
        world.engine.close().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_typed_stream_keeps_what_does_not_fit() {
        let (world, _folder) = ragged_world().await;
        let path = "/hubs/shapes/things?pageSize=4";
        let answer = world.get(path, &[("accept", "application/vnd.apache.arrow.stream")]).await;
        let read = streamed(answer.body);
        let id = read.column_by_name("id").unwrap().as_primitive::<Int64Type>();
        assert_eq!((id.value(0), id.is_null(2), id.value(3)), (1, true, 4));
        assert_eq!(texts(&read, "additional")[2].as_deref(), Some(r#"{"id":"three","user":"nobody","flag":"yes"}"#));
        world.engine.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_keys_are_kept_and_results_outlive_their_element() {
    let records = [r#"{"id":1,"v":"a"}"#, r#"{"id":1,"v":"b"}"#, r#"{"v":"no id"}"#, r#"{"id":1,"v":"a"}"#];
    let (world, folder) = world(Pages::of(FIELDS, &records)).await;
    let job = world.query("select * from things order by v desc").await;
    let ended = world.ended(&job).await;
    assert_eq!((&ended["status"], &ended["recordsCount"]), (&json!("COMPLETED"), &json!(4)), "{ended}");
    let csv = world.result(&job, "things", "text/csv").await.text();
    assert_eq!(csv, "id,user.city,items,score,v\n,,,,no id\n1,,,,b\n1,,,,a\n1,,,,a\n");
    world.engine.close().await;
    // The element has changed: it declares other fields.
    let world = world.again(options(&folder, Pages::of(&[("other", Kind::Bool)], &[]))).await;
    assert_eq!(world.result(&job, "things", "text/csv").await.text(), csv);
    assert_eq!(world.result(&job, "things", "application/jsonl").await.text().lines().count(), 4);
    world.engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn common_resources_map_paths_of_documents() {
    let records = [
        r#"{"id":1,"user":{"city":"Bonn","name":"A\tb"},"n":12345678901234567890,"extra":[1]}"#,
        r#"{"id":2,"user":{"city":null},"extra":{"x":1}}"#,
        r#"{"id":3,"user":7}"#,
    ];
    let (world, _folder) = world(Pages::of(FIELDS, &records)).await;
    let authorization = format!("User {USER}, Organization {ORGANIZATION}");
    let put = |name: &str, fields: Value, passes: bool| {
        let body = json!({
            "level": "organization", "elementKey": Pages::KEY, "objectName": name, "vendorName": "things",
            "fields": fields, "configuration": [{"type": "passThrough", "properties": {"fromVendor": passes}}],
        });
        let (engine, authorization) = (world.engine.clone(), authorization.clone());
        async move {
            let answer =
                support::raw::call(&engine, "PUT /transformations", &authorization, &[], body.to_string()).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
    };
    let fields = json!([
        {"path": "key", "vendorPath": "id", "type": "string"},
        {"path": "place.town", "vendorPath": "user.city"},
        {"path": "name", "vendorPath": "user.name"},
        {"path": "count", "vendorPath": "n"},
    ]);
    put("places", fields.clone(), false).await;
    put("everything", fields, true).await;
    let live = world.get("/places", &[]).await;
    let expected = [
        r#"{"key":"1","place":{"town":"Bonn"},"name":"A\tb","count":12345678901234567890}"#,
        r#"{"key":"2","place":{}}"#,
        r#"{"key":"3"}"#,
    ];
    assert_eq!(live.text(), format!("[{}]", expected.join(",")));
    let job = world.query("select * from places where place.town = 'Bonn'").await;
    world.ended(&job).await;
    assert_eq!(world.result(&job, "places", "application/jsonl").await.text(), format!("{}\n", expected[0]));
    assert_eq!(
        world.result(&job, "places", "text/csv").await.text(),
        "key,place.town,name,count\n1,Bonn,A\tb,12345678901234567890\n"
    );
    let everything = world.get("/everything", &[]).await.json();
    assert_eq!(everything[1], json!({"extra": {"x": 1}, "key": "2", "place": {}}));
    assert_eq!(everything[2], json!({"user": 7, "key": "3"}));
    world.engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_writes_tables_of_all_pages() {
    let records = ragged();
    let element = Pages::of(FIELDS, &records[..13].iter().map(String::as_str).collect::<Vec<_>>());
    let folder = tempfile::tempdir().unwrap();
    let options = options(&folder, element);
    let mut embedded = EmbeddedOptions::new(&options.database);
    *embedded.engine_mut() = options;
    let platform = Platform::embedded(embedded).await.unwrap();
    let instance = platform.instances().create(&NewInstance::of(Pages::KEY)).await.unwrap();
    for size in [2, 200] {
        let pages: Vec<_> =
            instance.records("things").page_size(size).csv_table().await.unwrap().try_collect().await.unwrap();
        let table = cells(&String::from_utf8(pages.concat()).unwrap());
        assert_eq!(
            (table.len(), &table[0][..]),
            (14, &["id", "user.city", "items", "score", "additional"].map(str::to_owned)[..])
        );
        assert_eq!(table[8][4], "17");
        assert_eq!(table[13][..4], ["9", "Bonn", "", "-3"]);
    }
    let some = instance.records("things").filter("id is not null").fields("id,score").csv_table().await.unwrap();
    let some: Vec<_> = some.try_collect().await.unwrap();
    let some = String::from_utf8(some.concat()).unwrap();
    assert!(some.starts_with("id,score\n1,1.5\n2,7\nthree,\n"), "{some}");
    platform.close().await;
}

/// Reads a result without keeping it. Returns its size.
async fn drained(world: &World, job: &str, (accept, query): (&str, &str)) -> u64 {
    let request = http::Request::builder().header("authorization", world.authorization()).header("accept", accept);
    let uri = format!("/elements/api-v2/bulk/{job}/things?{query}");
    let request = request.uri(uri).body(elementkit::body::full(Vec::new())).unwrap();
    let response = world.engine.answer(request).await;
    assert_eq!(response.status(), 200, "{accept}");
    let mut body = response.into_body();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        length += frame.unwrap().data_ref().map_or(0, |bytes| bytes.len() as u64);
    }
    length
}

#[test]
fn memory_does_not_grow_with_the_number_of_documents() {
    if ran_alone("documents::memory_does_not_grow_with_the_number_of_documents") {
        return;
    }
    let record = |number: usize| {
        format!(
            r#"{{"id":{number},"user":{{"city":"Bonn","age":{}}},"tags":["a","b"],"text":"{}","flag":{},"price":{}.5}}"#,
            number % 90,
            "x".repeat(600),
            number.is_multiple_of(2),
            number % 1000
        )
    };
    let formats = [
        "text/csv",
        "application/jsonl",
        "application/vnd.apache.arrow.stream",
        "application/vnd.apache.parquet",
        "application/vnd.apache.parquet?nested=structs",
    ];
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let peak = |records: usize| {
        let source = move |page: usize| {
            (page * 200 < records).then(|| (page * 200..(page + 1) * 200).map(record).collect::<Vec<_>>())
        };
        runtime.block_on(async {
            let (world, _folder) = world(Pages::new(FIELDS, Arc::new(source))).await;
            let job = world.query("select * from things where user.age >= 0").await;
            let ended = world.ended(&job).await;
            assert_eq!((&ended["status"], &ended["recordsCount"]), (&json!("COMPLETED"), &json!(records)), "{ended}");
            let mut highest = resident_mb();
            for format in formats {
                let length = drained(&world, &job, format.split_once('?').unwrap_or((format, ""))).await;
                highest = highest.max(resident_mb());
                eprintln!("{records} records, {format}: {length} bytes, {highest} MB");
            }
            world.engine.close().await;
            highest
        })
    };
    let (few, many) = (peak(1_000), peak(200_000));
    eprintln!("peak with 1,000 documents {few} MB, with 200,000 {many} MB");
    assert!(many < few + 40, "{few} MB, then {many} MB");
}
