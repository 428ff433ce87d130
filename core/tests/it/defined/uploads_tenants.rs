//! Uploads beside the jobs of other organizations: none of them waits for the uploads of another.

use std::time::{Duration, Instant};

use axum::routing::get;
use elementkit::engine::{Bootstrap, Engine};
use serde_json::{Value, json};

use super::uploads::many;
use super::world::{Vendor, World, json_answer};
use crate::support::raw::call;

/// An instance of an organization of its own.
struct Tenant {
    engine: Engine,
    authorization: String,
}

fn document() -> Value {
    let body = json!({"name": "body", "type": "body", "vendorName": "body", "vendorType": "body"});
    json!({"authentication": {"type": "none"}, "bulkUploadEnabled": true, "bulkDownloadEnabled": true, "resources": [
        {"method": "POST", "path": "/contacts", "vendorPath": "/contacts", "parameters": [body]},
        {"method": "GET", "path": "/contacts", "vendorPath": "/contacts"}]})
}

impl Tenant {
    async fn new(world: &World, name: &str) -> Self {
        let first = Bootstrap { email: Some(format!("{name}@example.test")), ..Bootstrap::default() };
        let made = world.engine.create_organization(name, &first).await.unwrap();
        let user = format!("User {}", made.user_secret.expose());
        let owner = format!("{user}, Organization {}", made.organization_secret.expose());
        let new = json!({"element": {"key": "acme"}, "name": "x"}).to_string();
        let answer = call(&world.engine, "POST /instances", &owner, &[], new).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let authorization = format!("{user}, Element {}", answer.json()["token"].as_str().unwrap());
        Self { engine: world.engine.clone(), authorization }
    }

    async fn upload(&self, file: &[u8]) -> String {
        let file = String::from_utf8(file.to_vec()).unwrap();
        let body = format!(
            "--limit\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\n{file}\r\n--limit--\r\n"
        );
        self.started("POST /bulk/contacts", &[("content-type", "multipart/form-data; boundary=limit")], body).await
    }

    async fn query(&self) -> String {
        self.started("POST /bulk/query?q=select%20*%20from%20contacts", &[], String::new()).await
    }

    async fn started(&self, line: &str, headers: &[(&str, &str)], body: String) -> String {
        let answer = call(&self.engine, line, &self.authorization, headers, body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    async fn status(&self, job: &str) -> Value {
        call(&self.engine, &format!("GET /bulk/{job}/status"), &self.authorization, &[], String::new()).await.json()
    }

    async fn completed(&self, job: &str) -> Value {
        let started = Instant::now();
        loop {
            let status = self.status(job).await;
            if status["status"] == "COMPLETED" {
                return status;
            }
            assert!(started.elapsed() < Duration::from_secs(60), "{status}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_uploads_of_one_organization_leave_a_slot_to_another() {
    // Slow, but not so slow that it counts as waiting.
    let accept = async |body: String| {
        tokio::time::sleep(Duration::from_millis(200)).await;
        body
    };
    let contacts = async || json_answer(&json!([{"email": "a@x.example"}]));
    let router = axum::Router::new().route("/contacts", get(contacts).post(accept));
    let world = World::bare(Vendor::over(router).await, document()).await;
    let (busy, other) = (Tenant::new(&world, "busy").await, Tenant::new(&world, "other").await);
    let mut uploads = Vec::new();
    for _ in 0..12 {
        uploads.push(busy.upload(&many(2000)).await);
    }
    // Another organization downloads and uploads meanwhile.
    for _ in 0..3 {
        let (download, upload) = (other.query().await, other.upload(&many(8)).await);
        assert_eq!(other.completed(&download).await["recordsCount"], 1);
        assert_eq!(other.completed(&upload).await["recordsCount"], 8);
    }
    let last = busy.status(uploads.last().unwrap()).await;
    assert_eq!(last["progress"]["phase"], "queued", "it waits for the others of its organization: {last}");
    let first = busy.status(&uploads[0]).await;
    assert_eq!(first["progress"]["phase"], "sending", "{first}");
    world.engine.close().await;
}
