//! Behaviour of the hosted client: changed tokens, missing extensions, proxies, certificates.

use elementkit::{BulkDownload, Error, ErrorKind, Extension, Format, HostedOptions, Level, Platform};
use futures::TryStreamExt;
use http::Method;
use serde_json::Value;

use crate::support::faulty::{Act, Faulty, answer, json};

fn options(origin: &str) -> HostedOptions {
    HostedOptions::new().base_url(origin).user("u").organization("o")
}

fn platform(server: &Faulty) -> Platform {
    Platform::hosted(options(&server.origin)).unwrap()
}

fn instance(token: &str) -> Act {
    let body = format!(
        r#"{{"id":7,"name":"x","token":"{token}","valid":true,"tags":["x"],"element":{{"id":184,"key":"brighttalk"}}}}"#
    );
    json(200, "", &body)
}

fn metadata(extensions: &str) -> Act {
    json(200, "", &format!(r#"{{"id":184,"key":"brighttalk","name":"BrightTALK"{extensions}}}"#))
}

fn refused() -> Act {
    let message = "Invalid Organization or User secret, or invalid Element token provided.";
    json(401, "", &format!("{{\"message\":\"{message}\"}}"))
}

#[tokio::test]
async fn a_token_that_really_changed_is_taken_and_the_call_repeated_once() {
    let objects = json(200, "", r#"["channels"]"#);
    let server = Faulty::start([instance("old"), refused(), instance("new"), objects]).await;
    let found = platform(&server).instances().get(7).await.unwrap();
    assert_eq!(found.clone().objects().await.unwrap(), ["channels"]);
    assert_eq!(found.token().expose(), "new");
    assert_eq!(server.lines(), ["GET /instances/7", "GET /objects", "GET /instances/7", "GET /objects"]);
    let sent: Vec<_> =
        server.requests().iter().map(|asked| asked.header("authorization").unwrap().to_owned()).collect();
    assert_eq!(
        sent,
        ["User u, Organization o", "User u, Element old", "User u, Organization o", "User u, Element new"]
    );
}

#[tokio::test]
async fn a_token_that_did_not_change_is_not_tried_again() {
    let server = Faulty::start([instance("same"), refused(), instance("same")]).await;
    let found = platform(&server).instances().get(7).await.unwrap();
    let error = found.objects().await.unwrap_err();
    assert_eq!((error.kind(), server.connections()), (ErrorKind::Authentication, 3));
}

#[tokio::test]
async fn a_refusal_by_the_vendor_is_not_about_the_token() {
    let vendor = json(401, "", r#"{"message":"Unauthorized","providerMessage":"HTTP 401"}"#);
    let server = Faulty::start([instance("t"), vendor]).await;
    let found = platform(&server).instances().get(7).await.unwrap();
    let error = found.ping().await.unwrap_err();
    assert_eq!((error.kind(), server.connections()), (ErrorKind::Authentication, 2));
    assert!(error.info().hint.as_deref().unwrap().contains("vendor"));
}

#[tokio::test]
async fn missing_extensions_are_reported_before_any_call() {
    let status = json(200, "", r#"{"id":"42","status":"COMPLETED","objectName":"channels"}"#);
    let server = Faulty::start([instance("t"), status, metadata("")]).await;
    let found = platform(&server).instances().get(7).await.unwrap();
    let job = found.bulk().job(42).await.unwrap();
    let kinds = [
        job.report().await.map(drop),
        job.resume().await.map(drop),
        job.stream(Format::Parquet).await.map(drop),
        job.download(std::env::temp_dir().join("never-written.arrows"), Format::Arrow).await.map(drop),
        found.rotate_token().await.map(drop),
    ]
    .map(|outcome| outcome.unwrap_err().kind());
    assert_eq!(kinds, [ErrorKind::Unsupported; 5]);
    // The capabilities were requested once.
    assert_eq!(server.lines(), ["GET /instances/7", "GET /bulk/42/status", "GET /elements/brighttalk/metadata"]);
}

#[tokio::test]
async fn extensions_are_found_whatever_else_there_is() {
    let server = Faulty::start([metadata(r#","extensions":["bulk-report","time-travel"]"#)]).await;
    let found = platform(&server).capabilities("brighttalk").await.unwrap();
    assert!(found.has(Extension::BulkReport) && !found.has(Extension::BulkResume));
    assert_eq!(found.names().collect::<Vec<_>>(), ["bulk-report", "time-travel"]);
}

#[tokio::test]
async fn an_instance_of_which_only_the_token_is_known_finds_out_the_rest() {
    let own = json(200, "Elements-Element-Instance-Id: 7\r\n", "[]");
    let server = Faulty::start([own, instance("t"), metadata("")]).await;
    let found = platform(&server).instances().with_token("t");
    assert_eq!((found.id(), found.details().is_some()), (None, false));
    found.capabilities().await.unwrap();
    assert_eq!((found.id(), found.details().unwrap().name.as_str()), (Some(7), "x"));
    assert_eq!(
        server.lines(),
        ["GET /instances/configuration", "GET /instances/7", "GET /elements/brighttalk/metadata"]
    );
}

#[tokio::test]
async fn unknown_properties_and_words_are_kept() {
    let body =
        r#"{"id":42,"job_status":"x","status":"DREAMING","jobDirection":"DOWNLOAD","recordCount":3,"colour":"red"}"#;
    let server = Faulty::start([json(200, "", body)]).await;
    let job = platform(&server).instances().with_token("t").bulk().job(42).await.unwrap();
    let status = job.status().await.unwrap();
    assert_eq!((status.id.as_str(), status.status.as_str(), status.records_count), ("42", "DREAMING", Some(3)));
    assert!(!status.status.is_terminal());
    assert_eq!(serde_json::to_value(&status).unwrap()["colour"], "red");

    let body = r#"{"myContacts":{"fields":[{"path":"id","type":"colour","x":1}],"y":2},"level":"organization"}"#;
    let server = Faulty::start([json(200, "", body)]).await;
    let found = platform(&server).definitions(Level::Organization).list().await.unwrap();
    let mine = &found["myContacts"];
    assert_eq!((found.len(), mine.level.as_deref()), (1, Some("organization")));
    assert_eq!((mine.fields[0].kind.as_deref(), &mine.fields[0].other["x"]), (Some("colour"), &Value::from(1)));
    assert_eq!(mine.other["y"], 2);
}

#[tokio::test]
async fn both_layouts_of_a_result_are_read() {
    let status = || json(200, "", r#"{"id":"42","status":"COMPLETED","objectName":"channels"}"#);
    let layouts = ["{\"id\":1}\n{\"id\":2}\n", "[ {\"id\": 1},\n {\"id\":\t2} ]"];
    for layout in layouts {
        let server = Faulty::start([instance("t"), status(), metadata(""), json(200, "", layout)]).await;
        let job = platform(&server).instances().get(7).await.unwrap().bulk().job(42).await.unwrap();
        let text = async |format| {
            let chunks: Vec<_> = job.stream(format).await.unwrap().try_collect().await.unwrap();
            String::from_utf8(chunks.concat()).unwrap()
        };
        let array: Vec<Value> = serde_json::from_str(&text(Format::Json).await).unwrap();
        assert_eq!(array.len(), 2);
        let lines = text(Format::JsonLines).await;
        assert_eq!(lines.replace(' ', ""), "{\"id\":1}\n{\"id\":2}\n");
        let pages: Vec<_> = job.pages(1).await.unwrap().try_collect().await.unwrap();
        assert_eq!(pages.len(), 2);
        assert_eq!(pages[1].records::<Value>().unwrap()[0]["id"], 2);
    }
}

/// Returns the result of a job whose platform sends this status and this body.
async fn result(status: &str, media_type: &str, body: &str, format: Format) -> Result<usize, Error> {
    let rows = Act::Answer(answer(200, &format!("Content-Type: {media_type}\r\n"), body));
    let server = Faulty::start([instance("t"), json(200, "", status), metadata(""), rows]).await;
    let job = platform(&server).instances().get(7).await?.bulk().job(42).await?;
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("result");
    let outcome = job.download(&place, format).await;
    assert_eq!(place.exists(), outcome.is_ok(), "a file only when the result is whole");
    let chunks: Vec<_> = job.stream(format).await?.try_collect().await?;
    outcome.map(|_| chunks.concat().len())
}

#[tokio::test]
async fn a_result_that_is_something_else_is_refused() {
    let two = r#"{"id":"42","status":"COMPLETED","objectName":"channels","recordsCount":2,"recordsFailedCount":0}"#;
    let page = "<html>Please sign in</html>";
    for (media_type, body, format, says) in [
        ("text/html", page, Format::Csv, "an HTML page instead of CSV"),
        ("text/html", page, Format::Json, "an HTML page instead of JSON"),
        ("application/octet-stream", page, Format::JsonLines, "an HTML page instead of JSON"),
        ("text/csv", "id\n1\n2\n", Format::Json, "CSV instead of JSON"),
        ("text/plain", "id\n1\n2\n", Format::JsonLines, "CSV instead of JSON"),
        ("application/json", r#"[{"id":1},{"id":2}]"#, Format::Csv, "JSON instead of CSV"),
        ("text/csv", "id\n1\n", Format::Csv, "has 1 records, but the job has written 2"),
        ("application/json", r#"[{"id":1}]"#, Format::Json, "has 1 records, but the job has written 2"),
        ("application/jsonl", "{\"id\":1}\n", Format::Json, "has 1 records, but the job has written 2"),
    ] {
        let error = result(two, media_type, body, format).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{media_type} {format:?}: {error}");
        assert!(error.message().contains(says), "{media_type} {format:?}: {error}");
    }
    for (media_type, body, format) in [
        ("text/csv; charset=utf-8", "id\n1\n2\n", Format::Csv),
        ("text/plain", "id\r\n1\r\n2", Format::Csv),
        ("application/octet-stream", "{\"id\":1}\n{\"id\":2}\n", Format::Json),
    ] {
        assert!(result(two, media_type, body, format).await.is_ok(), "{media_type} {format:?}");
    }
}

#[tokio::test]
async fn numbers_are_read_in_the_forms_that_platforms_send() {
    let doubles = r#"{"id":42.0,"jobStatus":"COMPLETED","objectName":"channels","recordCount":2.0,"errorCount":0.0,"createdDate":1.7e12}"#;
    assert!(result(doubles, "text/csv", "id\n1\n2\n", Format::Csv).await.is_ok());
    let server = Faulty::start([instance("t"), json(200, "", doubles)]).await;
    let job = platform(&server).instances().get(7).await.unwrap().bulk().job(42).await.unwrap();
    let status = job.status().await.unwrap();
    assert_eq!((status.id.as_str(), status.records_count), ("42", Some(2)));
    assert_eq!((status.records_failed_count, status.created_date), (Some(0), Some(1_700_000_000_000)));
}

#[tokio::test]
async fn a_platform_that_tells_no_watermark_is_pulled_with_more_overlap() {
    let created = json(200, "Date: Tue, 15 Nov 2033 08:12:31 GMT\r\n", r#"{"id":"42","status":"CREATED"}"#);
    let ended = json(200, "", r#"{"id":"42","status":"COMPLETED","recordsCount":1}"#);
    let rows = json(200, "", "{\"id\":1}\n");
    let server = Faulty::start([instance("t"), created, ended, metadata(""), rows]).await;
    let found = platform(&server).instances().get(7).await.unwrap();
    let earlier = "v1::contacts:2033-11-14T00:00:00Z".parse().unwrap();
    let sync = found.sync("contacts", Some(&earlier)).await.unwrap();
    let pages: Vec<_> = sync.pages(10).await.unwrap().try_collect().await.unwrap();
    assert_eq!(pages[0].records::<Value>().unwrap(), [serde_json::json!({"id": 1})]);
    assert_eq!(sync.state().await.unwrap().to_string(), "v2:7:contacts:2033-11-15T08:02:31Z");
    assert_eq!(server.lines()[1], "POST /bulk/query?q=SELECT+*+FROM+contacts&from=2033-11-14T00%3A00%3A00Z");
    assert!(server.lines().iter().all(|line| !line.contains("/report")));
}

#[tokio::test]
async fn without_a_report_failed_rows_keep_the_watermark() {
    let created = json(200, "Date: Tue, 15 Nov 2033 08:12:31 GMT\r\n", r#"{"id":"42","status":"CREATED"}"#);
    let ended = json(200, "", r#"{"id":"42","status":"COMPLETED","recordsCount":1,"recordsFailedCount":2}"#);
    let rows = json(200, "", "{\"id\":1}\n");
    let server = Faulty::start([instance("t"), created, ended, metadata(""), rows]).await;
    let found = platform(&server).instances().get(7).await.unwrap();
    let earlier = "v1:7:contacts:2033-11-14T00:00:00Z".parse().unwrap();
    let sync = found.sync("contacts", Some(&earlier)).await.unwrap();
    // Rows that are read through the job count as read, too.
    sync.wait().await.unwrap();
    let _: Vec<_> = sync.job().records().await.unwrap().try_collect().await.unwrap();
    let next = sync.state().await.unwrap();
    assert_eq!((next.watermark(), next.pending()[0].failed_rows), (Some("2033-11-14T00:00:00Z"), 2));
}

#[tokio::test]
async fn the_download_form_is_sent_as_specified() {
    let created = json(200, "", r#"{"id":"42","instanceId":7,"status":"CREATED"}"#);
    let server = Faulty::start([created]).await;
    let bulk = platform(&server).instances().with_token("t").bulk();
    let wanted = BulkDownload::new("contacts").format(Format::Csv).filter("a = 1").select("id,email").limit(5);
    let job = bulk.start_download(wanted.filter_nulls(false).api_limit(3).param("expand", "x")).await.unwrap();
    assert_eq!((job.id(), server.lines()), ("42", vec!["POST /bulk/download".to_owned()]));
    assert_eq!(server.requests()[0].header("content-type"), Some("application/json"));
    let body = r#"{"format":"txt/csv","objectName":"contacts","where":"a = 1","selectFields":"id,email","limit":5,"filterNulls":false,"apiLimit":3,"query":{"expand":"x"}}"#;
    assert_eq!(server.requests()[0].body, body);
}

#[tokio::test]
async fn a_proxy_is_used_with_its_credentials() {
    let proxy = Faulty::start([json(200, "", "[]")]).await;
    let url = proxy.origin.replace("http://", "http://user:pass@");
    let options = options("http://platform.example/elements/api-v2").allow_insecure_http(true).proxy(url);
    Platform::hosted(options).unwrap().request(Method::GET, "elements").send().await.unwrap();
    let asked = proxy.requests().remove(0);
    assert_eq!(asked.line, "GET http://platform.example/elements/api-v2/elements");
    assert_eq!(asked.header("proxy-authorization"), Some("Basic dXNlcjpwYXNz"));
}

#[tokio::test]
async fn a_platform_that_takes_no_long_queries_gets_them_in_the_url() {
    let server = Faulty::start([instance("t"), metadata(""), json(200, "", "[]")]).await;
    let list = platform(&server).instances().get(7).await.unwrap().records("contacts");
    list.clone().filter(format!("id in ({})", "1,".repeat(4000))).page(None).await.unwrap();
    assert!(server.lines()[2].starts_with("GET /hubs/marketing/contacts?where=id+in+"), "{}", &server.lines()[2][..60]);
    let error = list.filter("1,".repeat(60_000)).page(None).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert!(error.message().contains("at most 65534 can be sent"), "{error}");
}
