//! AWS Signature 4 (spec E 4.56): the example `examples/elements/s3.json` against a real server, which checks every
//! signature.

use serde_json::{Value, json};

use super::folders::example;
use super::played::{imported, instance, owner};
use crate::support::raw;
use crate::support::s3::{BUCKET, KEY, S3, SECRET};

fn new_instance(server: &S3, secret: &str) -> Value {
    let configuration = json!({
        "base.url": server.url, "bucket": BUCKET, "aws.api.key": KEY, "aws.api.secret": secret, "aws.region": "eu-central-1",
        // A job over the files reads several pages.
        "pagination.max": "4",
    });
    json!({"element": {"key": "s3"}, "name": "x", "configuration": configuration})
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_written_listed_read_and_deleted() {
    let Some(server) = S3::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let engine = imported(folder.path(), &example("s3")).await.unwrap();
    let world = instance(engine, &new_instance(&server, SECRET)).await.unwrap();
    // Names whose form in an address is not the one that is signed.
    let names =
        ["a b.txt", "ä(1)*'!.txt", "plus+and=&.txt", "folder/in%20it.txt", "~tilde-._.txt", "k5", "k6", "k7", "k8"];
    for name in names {
        let path: String = percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC).collect();
        let headers = [("content-type", "text/plain; charset=utf-8")];
        let put = world.call(&format!("PUT /files/{path}"), &headers, format!("content of {name}")).await;
        assert_eq!(put.status, 200, "{name}: {}", put.text());
        assert_eq!(std::fs::read_to_string(server.path(name)).unwrap(), format!("content of {name}"));
        let got = world.get(&format!("/files/{path}"), &[]).await;
        assert_eq!(got.status, 200, "{name}: {}", got.text());
        assert!(got.text().contains(&format!("content of {name}")), "{name}: {}", got.text());
    }
    // A body that is passed on as it arrives is signed without its hash.
    let long = "long".repeat((5 << 20) / 4);
    let put = world.call("PUT /files/long", &[("content-type", "application/octet-stream")], long.clone()).await;
    assert_eq!(put.status, 200, "{}", put.text());
    assert!(std::fs::read_to_string(server.path("long")).unwrap() == long);
    assert_eq!(world.call("DELETE /files/long", &[], "").await.status, 200);
    let found = world.get("/files?prefix=folder%2F&pageSize=4", &[]).await.json();
    assert_eq!(found.as_array().map(Vec::len), Some(1), "{found}");
    assert_eq!(found[0]["Key"], "folder/in%20it.txt");
    let job = world.query("select Key, Size from files").await;
    let ended = world.ended(&job).await;
    assert_eq!(ended["status"], "COMPLETED", "{ended}");
    let text = world.result(&job, "files", "application/jsonl").await.text();
    let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut expected: Vec<Value> =
        names.iter().map(|name| json!({"Key": name, "Size": format!("content of {name}").len()})).collect();
    expected.sort_by_key(|row| row["Key"].as_str().unwrap().to_owned());
    assert_eq!(rows, expected);
    assert_eq!(world.call("DELETE /files/k5", &[], "").await.status, 200);
    assert!(!server.path("k5").exists());
    let missing = world.get("/files/k5", &[]).await;
    assert_eq!(missing.status, 404, "{}", missing.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_secret_makes_no_instance() {
    let Some(server) = S3::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let engine = imported(folder.path(), &example("s3")).await.unwrap();
    let new = new_instance(&server, "wrong-secret-91").to_string();
    let refused = raw::call(&engine, "POST /instances", &owner(), &[], new).await;
    assert_eq!(refused.status, 403, "{}", refused.text());
    assert!(refused.text().contains("Failed to authenticate with the provider"), "{}", refused.text());
    assert!(!refused.text().contains("wrong-secret-91"), "{}", refused.text());
}
