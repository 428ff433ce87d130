//! Objects whose fields no model declares, and records that few vendors send.

use serde_json::json;

use super::world::{Answer, Asked, Reply, Vendor, World};

/// Records of a list in pages of two. The second page has values of another type, and a new member.
const RECORDS: [&str; 4] = [
    r#"{"id":1,"name":"a","owner":{"city":"Bonn"},"tags":["x"]}"#,
    r#"{"id":2,"name":"b, c","rate":1.5}"#,
    r#"{"id":"three","name":"c","owner":"nobody"}"#,
    r#"{"id":4,"late":{"a":1}}"#,
];

async fn world(records: &'static [&'static str]) -> World {
    let vendor = Vendor::start(move |asked: &Asked| {
        let (page, size) = (asked.number("page").unwrap_or(1), asked.number("limit").unwrap_or(2));
        let page = records.iter().skip((page - 1) * size).take(size).copied().collect::<Vec<_>>();
        Reply::of("application/json", format!("[{}]", page.join(",")))
    })
    .await;
    let document = json!({"authentication": {"type": "none"}, "bulkDownloadEnabled": true, "resources": [
        {"method": "GET", "path": "/hubs/general/things", "vendorPath": "/things", "parameters": [
            {"name": "page", "type": "query"}, {"name": "pageSize", "type": "query", "vendorName": "limit"}]}]});
    World::new(vendor, document, json!({})).await
}

async fn list(world: &World, query: &str, accept: &str) -> Answer {
    let headers = [("authorization", &*world.token), ("accept", accept)];
    let answer = world.send("GET", &format!("/things?{query}"), &headers, None).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer
}

#[tokio::test]
async fn lines_have_the_columns_of_the_first_page_and_lose_nothing() {
    let world = world(&RECORDS).await;
    let first = list(&world, "pageSize=2", "text/csv;header=present").await;
    assert_eq!(first.text, "id,name,owner.city,rate,tags,additional\n1,a,Bonn,,\"[\"\"x\"\"]\",\n2,\"b, c\",,1.5,,\n");
    let token = first.next().unwrap();
    let second = list(&world, &format!("pageSize=2&nextPage={token}"), "text/csv;header=absent").await;
    assert_eq!(second.text, "three,c,,,,\"{\"\"owner\"\":\"\"nobody\"\"}\"\n4,,,,,\"{\"\"late\"\":{\"\"a\"\":1}}\"\n");
    let end = list(&world, &format!("nextPage={}", second.next().unwrap()), "text/csv;header=present").await;
    assert_eq!(end.text, "id,name,owner.city,rate,tags,additional\n", "an empty page has the columns too");
    // The token is that of the list, whatever the format of the page.
    let records = list(&world, &format!("pageSize=2&nextPage={token}"), "application/json").await;
    assert_eq!(records.each("id"), ["three".into(), json!(4)]);
    let token = list(&world, "pageSize=2", "application/json").await.next().unwrap().to_owned();
    let lines = list(&world, &format!("pageSize=2&nextPage={token}"), "text/csv").await;
    assert!(lines.text.starts_with("additional\n\"{\"\"id\"\":\"\"three\"\""), "{}", lines.text);
    let chosen = list(&world, "pageSize=2&fields=id,late", "text/csv").await;
    assert_eq!(chosen.text, "id,late\n1,\n2,\n");
}

#[tokio::test]
async fn a_changed_token_of_a_list_with_columns_is_refused() {
    let world = world(&RECORDS).await;
    let token = list(&world, "pageSize=2", "text/csv").await.next().unwrap().to_owned();
    for wrong in [format!("{token}A"), token.replace('.', ".A"), token.replace('.', "")] {
        let headers = [("authorization", &*world.token), ("accept", "text/csv")];
        let answer = world.send("GET", &format!("/things?nextPage={wrong}"), &headers, None).await;
        assert_eq!(answer.status, 400, "{}", answer.text);
    }
}

#[cfg(feature = "arrow")]
#[tokio::test]
async fn pages_of_a_table_have_the_columns_of_the_first() {
    use arrow_array::RecordBatch;
    use arrow_array::cast::AsArray;
    use elementkit::body;
    use http_body_util::BodyExt;

    async fn page(world: &World, token: &str) -> (RecordBatch, Option<String>) {
        let request = http::Request::get(format!("/elements/api-v2/things?pageSize=2{token}"))
            .header("authorization", &world.token)
            .header("accept", "application/vnd.apache.arrow.stream");
        let answer = world.engine.answer(request.body(body::empty()).unwrap()).await;
        let next = answer.headers().get("elements-next-page-token").map(|token| token.to_str().unwrap().to_owned());
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        let mut batches = arrow_ipc::reader::StreamReader::try_new(std::io::Cursor::new(bytes), None).unwrap();
        (batches.next().unwrap().unwrap(), next)
    }
    let world = world(&RECORDS).await;
    let (first, next) = page(&world, "").await;
    let (second, _) = page(&world, &format!("&nextPage={}", next.unwrap())).await;
    let schema: Vec<String> =
        first.schema().fields().iter().map(|field| format!("{} {}", field.name(), field.data_type())).collect();
    let expected = ["id Int64", "name Utf8", "owner.city Utf8", "rate Float64", "tags Utf8", "additional Utf8"];
    assert_eq!(schema, expected);
    assert_eq!(second.schema(), first.schema());
    let rest = second.column_by_name("additional").unwrap().as_string::<i32>();
    assert_eq!(rest.value(0), r#"{"id":"three","owner":"nobody"}"#);
    assert_eq!(rest.value(1), r#"{"late":{"a":1}}"#);
}

#[tokio::test]
async fn odd_records_arrive_whole_in_every_form() {
    let world = world(&[
        r#"{"id":1,"text":"x\ud800y","\udc00":"\ud83d\ude00"}"#,
        r#"{"id":123456789012345678901234567890,"far":1e400,"twice":1,"twice":2}"#,
        "7",
        r#"["a"]"#,
    ])
    .await;
    let wanted = [
        "{\"id\":1,\"text\":\"x\u{fffd}y\",\"\u{fffd}\":\"\\ud83d\\ude00\"}",
        r#"{"id":123456789012345678901234567890,"far":1e400,"twice":1,"twice":2}"#,
        "7",
        r#"["a"]"#,
    ];
    assert_eq!(list(&world, "", "application/json").await.text, format!("[{}]", wanted.join(",")));
    let (status, file) = world.bulk("select * from things", "", "application/jsonl").await;
    assert_eq!((&status["status"], file.text), (&json!("COMPLETED"), format!("{}\n", wanted.join("\n"))));
    let lines = list(&world, "", "text/csv").await.text;
    assert_eq!(
        lines,
        "far,id,text,twice,value,\u{fffd},additional\n,1,x\u{fffd}y,,,😀,\n\
         1e400,123456789012345678901234567890,,2,,,\n,,,,7,,\n,,,,\"[\"\"a\"\"]\",,\n"
    );
}

#[tokio::test]
async fn a_web_page_is_no_record() {
    for (media_type, page) in [
        ("application/json", "<html><body><p>Sign in</p></body></html>"),
        ("application/json", "<!DOCTYPE HTML>\n<html><p>Sign in</html>"),
        ("", "\n<HTML lang='en'><body>Sign in</body></HTML>"),
        ("text/html", "<html><body>Sign in</body></html>"),
    ] {
        let world = world(&[]).await;
        world.vendor.play(move |_| Reply::of(media_type, page));
        let (status, _) = world.bulk("select * from things", "", "application/jsonl").await;
        assert_eq!(status["status"], "ABORTED", "{media_type} {page}: {status}");
        let live = world.get("/things").await;
        let is_text = media_type != "application/json";
        assert_eq!((live.status, live.body == json!(page)), if is_text { (200, true) } else { (502, false) }, "{page}");
    }
}

#[tokio::test]
async fn values_that_are_stored_are_limited() {
    let vendor = Vendor::start(|asked| {
        let length = asked.number("length").unwrap();
        Reply::json(json!({"token": "t".repeat(length)}))
    })
    .await;
    let document = json!({"authentication": {"type": "none"}, "resources": [
        {"method": "GET", "path": "/tokens", "vendorPath": "/tokens", "parameters": [
            {"name": "length", "type": "query"},
            {"name": "kept.token", "type": "configuration", "vendorName": "token", "vendorType": "bodyField",
                "source": "response"}]}]});
    let world = World::new(vendor, document, json!({})).await;
    assert_eq!(world.get("/tokens?length=65536").await.status, 200);
    let refused = world.get("/tokens?length=65537").await;
    let message = "The vendor's value for the configuration kept.token is longer than 64 KiB";
    assert_eq!((refused.status, &refused.body["message"]), (502, &json!(message)), "{}", refused.text);
}
