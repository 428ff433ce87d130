//! Two organizations in one database: whatever route one calls with whatever of the other's secrets, ids and tokens, it
//! neither sees nor changes anything of the other's (spec P 2.4, 6.6, 10.1).

use std::collections::BTreeSet;

use elementkit::engine::{Bootstrap, Engine};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};

use crate::support;

const PREFIX: &str = "/elements/api-v2";
const VENDOR_SECRET: &str = "0123456789ABCDEF0123456789ABCDEF";
/// Part of every name that the first organization uses, except its common resource.
const MARK: &str = "alphaOnly";
/// Name of a common resource of both organizations, with different content.
const COMMON: &str = "webinars";

/// One organization with something of every kind.
struct Party {
    user: String,
    organization: String,
    name: String,
    vendor_key: &'static str,
    channel: u64,
}

/// Objects of one organization, as they are named in paths and queries.
struct Things {
    instance: Value,
    token: String,
    job: String,
    configuration: String,
    account: String,
    user: String,
    email: String,
    trace: String,
    request: String,
    page: String,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    fn header(&self, name: &str) -> String {
        self.headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
    }
}

async fn send(engine: &Engine, method: &str, path: &str, authorization: &str, body: Option<&Value>) -> Answer {
    let mut request = Request::builder().method(method).uri(format!("{PREFIX}{path}"));
    request = request.header("authorization", authorization);
    if body.is_some() {
        request = request.header("content-type", "application/json");
    }
    let body = body.map_or_else(elementkit::body::empty, |body| elementkit::body::full(body.to_string()));
    let (parts, body) = engine.answer(request.body(body).unwrap()).await.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Answer { status: parts.status, headers: parts.headers, text }
}

impl Party {
    fn by_id(&self) -> String {
        format!("User {}, Organization {}", self.user, self.organization)
    }

    fn by_token(&self, token: &str) -> String {
        format!("User {}, Element {token}", self.user)
    }

    async fn create_instance(&self, engine: &Engine) -> Value {
        let body = json!({"element": {"key": "brighttalk"}, "name": self.name, "tags": [self.name], "configuration": {
            "brighttalk.api.key": self.vendor_key, "brighttalk.api.secret": VENDOR_SECRET, "mine": self.name}});
        let answer = send(engine, "POST", "/instances", &self.by_id(), Some(&body)).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        answer.json()
    }

    /// Creates something of every kind.
    async fn settle(&self, engine: &Engine) -> Things {
        let instance = self.create_instance(engine).await;
        let token = instance["token"].as_str().unwrap().to_owned();
        let (by_id, by_token, id) = (self.by_id(), self.by_token(&token), instance["id"].to_string());
        let ok = async |method: &str, path: &str, auth: &str, body: Option<&Value>| {
            let answer = send(engine, method, path, auth, body).await;
            assert_eq!(answer.status, StatusCode::OK, "{method} {path}: {}", answer.text);
            answer
        };
        let definition = json!({"fields": [{"path": self.name, "type": "number"}]});
        let mapping = json!({"vendorName": "channels", "fields": [{"path": self.name, "vendorPath": "id"}]});
        for level in ["/organizations", "/accounts", &format!("/instances/{id}")] {
            let path = format!("{level}/objects/{COMMON}/definitions");
            ok("POST", &path, &by_id, Some(&definition)).await;
        }
        for level in ["/organizations/elements/brighttalk", &format!("/instances/{id}")] {
            ok("POST", &format!("{level}/transformations/{COMMON}"), &by_id, Some(&mapping)).await;
        }
        ok("PUT", "/instances/trace-logging", &by_token, None).await;
        let list = format!("/channels/{}/contacts?pageSize=2", self.channel);
        let page = ok("GET", &list, &by_token, None).await;
        ok("DELETE", "/instances/trace-logging", &by_token, None).await;
        let job = ok("POST", "/bulk/query?q=select%20*%20from%20channels", &by_token, None).await.json();
        let items = ok("GET", &format!("/instances/{id}/configuration"), &by_id, None).await.json();
        let account = ok("GET", "/accounts", &by_id, None).await.json();
        let user = ok("GET", "/users", &by_id, None).await.json();
        Things {
            job: job["id"].as_str().unwrap().to_owned(),
            configuration: items[4]["id"].to_string(),
            account: account[0]["id"].to_string(),
            user: user[0]["id"].to_string(),
            email: user[0]["email"].as_str().unwrap().to_owned(),
            trace: page.header("elements-trace-id"),
            request: page.header("elements-request-id"),
            page: page.header("elements-next-page-token"),
            instance,
            token,
        }
    }

    /// Returns everything of it that calls could change.
    async fn state(&self, engine: &Engine, things: &Things) -> Vec<(String, StatusCode, String)> {
        let id = &things.instance["id"];
        let (by_id, by_token) = (self.by_id(), self.by_token(&things.token));
        let paths = [
            (format!("/instances/{id}"), &by_id),
            (format!("/instances/{id}/configuration"), &by_id),
            ("/instances".to_owned(), &by_id),
            ("/organizations/me".to_owned(), &by_id),
            ("/organizations/objects/definitions".to_owned(), &by_id),
            ("/accounts/objects/definitions".to_owned(), &by_id),
            (format!("/instances/{id}/objects/definitions"), &by_id),
            ("/organizations/elements/brighttalk/transformations".to_owned(), &by_id),
            (format!("/instances/{id}/transformations"), &by_id),
            ("/common-resources".to_owned(), &by_id),
            ("/accounts".to_owned(), &by_id),
            ("/users".to_owned(), &by_id),
            ("/bulk/jobs".to_owned(), &by_token),
            (format!("/bulk/{}/channels", things.job), &by_token),
            ("/objects".to_owned(), &by_token),
        ];
        let mut state = Vec::new();
        for (path, auth) in paths {
            let answer = send(engine, "GET", &path, auth, None).await;
            assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
            state.push((path, answer.status, answer.text));
        }
        state
    }
}

impl Things {
    /// Fills every variable of a path with a value of this organization.
    fn fill(&self, template: &str, channel: u64) -> String {
        let segments: Vec<&str> = template.split('/').collect();
        let filled = segments.iter().enumerate().map(|(at, segment)| {
            let family = if at > 0 { segments[at - 1] } else { "" };
            match (*segment, family) {
                ("{id}", "bulk") => self.job.clone(),
                ("{id}", "accounts") | ("{accountId}", _) => self.account.clone(),
                ("{id}" | "{userId}", "users") => self.user.clone(),
                ("{emailOrId}", _) => self.email.clone(),
                ("{id}", "usage") => self.request.clone(),
                ("{id}", _) => self.instance["id"].to_string(),
                ("{configId}", _) => self.configuration.clone(),
                ("{traceId}", _) => self.trace.clone(),
                ("{keyOrId}", _) => "brighttalk".to_owned(),
                ("{hub}" | "{key}", _) => "marketing".to_owned(),
                ("{objectName}", _) => "channels".to_owned(),
                ("{name}" | "{commonResource}", _) => COMMON.to_owned(),
                ("{channelId}", _) => channel.to_string(),
                (segment, _) if segment.starts_with('{') => "1".to_owned(),
                (segment, _) => segment.to_owned(),
            }
        });
        filled.collect::<Vec<_>>().join("/")
    }

    /// Returns strings that must not be visible to others.
    fn secrets(&self, party: &Party) -> Vec<String> {
        let own = [&self.token, &self.job, &self.configuration, &self.trace, &self.page, &self.email];
        let mut texts: Vec<String> = own.into_iter().cloned().collect();
        texts.extend([party.user.clone(), party.organization.clone(), self.instance["id"].to_string()]);
        texts.push(MARK.to_owned());
        texts
    }
}

/// Returns method and template of every operation of the engine, below the prefix.
fn operations() -> Vec<(String, String)> {
    let document = Engine::openapi();
    let mut found = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let Some(path) = path.strip_prefix(PREFIX) else { continue };
        for method in item.as_object().unwrap().keys() {
            if ["get", "put", "post", "patch", "delete"].contains(&method.as_str()) {
                found.insert((path.to_owned(), method.to_uppercase()));
            }
        }
    }
    // Destructive calls come last, so that everything before them has targets.
    let mut found: Vec<(String, String)> = found.into_iter().map(|(path, method)| (method, path)).collect();
    found.sort_by_key(|(method, _)| method == "DELETE");
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_another_organization_is_seen_or_changed() {
    let simulator = support::simulator(&json!({"simulator": {"subscribers": 20, "channels": 2}})).await;
    let folder = tempfile::tempdir().unwrap();
    let mut options = support::engine_options(folder.path(), &simulator);
    options.record_usage = true;
    options.bootstrap.email = Some(format!("{MARK}@example.test"));
    let engine = Engine::open(options).await.unwrap();
    let other = Bootstrap { email: Some("beta@example.test".into()), ..Bootstrap::default() };
    let other = engine.create_organization("Beta", &other).await.unwrap();
    let alpha = Party {
        user: support::USER.into(),
        organization: support::ORGANIZATION.into(),
        name: MARK.into(),
        vendor_key: "1",
        channel: 1001,
    };
    let mut beta = Party {
        user: other.user_secret.expose().into(),
        organization: other.organization_secret.expose().into(),
        name: "beta".into(),
        vendor_key: "2",
        channel: 1003,
    };
    let things = alpha.settle(&engine).await;
    wait_for_job(&engine, &alpha, &things).await;
    let mut own = beta.settle(&engine).await;
    let before = alpha.state(&engine, &things).await;
    let hidden = things.secrets(&alpha);
    let body = json!({"name": "stolen", "tags": ["stolen"], "configuration": {"mine": "stolen"}, "propertyValue": "stolen",
        "element": {"key": "brighttalk"}, "fields": [{"path": "id", "type": "number", "vendorPath": "id"}],
        "vendorName": "channels", "objectName": "channels", "format": "application/json", "q": "select * from channels"});

    let mut calls = 0;
    for (method, template) in operations() {
        let path = things.fill(&template, alpha.channel);
        // Deleting its own objects is allowed; they are then created again.
        if send(&engine, "GET", "/objects", &beta.by_token(&own.token), None).await.status != StatusCode::OK {
            own = beta.settle(&engine).await;
        }
        let credentials = [
            beta.by_id(),
            beta.by_token(&own.token),
            beta.by_token(&things.token),
            format!("User {}, Organization {}", beta.user, alpha.organization),
            format!("User {}, Organization {}", alpha.user, beta.organization),
            format!("User {}, Organization {}, Element {}", beta.user, beta.organization, things.token),
            format!("User {}, Element {}", alpha.user, own.token),
            format!("Bearer {}", alpha.user),
        ];
        let more = [
            String::new(),
            format!("?nextPage={}&pageSize=2", things.page),
            format!("?continueFromJobId={}&q=select%20*%20from%20channels", things.job),
        ];
        for (query, authorization) in more.iter().flat_map(|query| credentials.iter().map(move |each| (query, each))) {
            let sent = (method != "GET" && method != "DELETE").then_some(&body);
            let answer = send(&engine, &method, &format!("{path}{query}"), authorization, sent).await;
            calls += 1;
            // Its own secrets it may replace.
            if template.ends_with("/me/secret") && answer.status == StatusCode::OK {
                beta.organization = answer.json()["secret"].as_str().unwrap().to_owned();
            }
            let told = format!("{method} {path}{query} with {authorization}: {} {}", answer.status, answer.text);
            assert!(!answer.status.is_server_error(), "{told}");
            // The id of the call is random: it may contain any short number.
            let request = answer.header("elements-request-id");
            let text = if request.is_empty() { answer.text.clone() } else { answer.text.replace(&request, "") };
            for secret in &hidden {
                let shown = text.contains(secret) || answer.headers.values().any(|value| value == secret);
                // A rejection may repeat the path.
                let refused = answer.status != StatusCode::OK && path.contains(secret.as_str());
                // Records of its own calls contain the paths that it has tried.
                let echo = refused || (template.starts_with("/usage") && all_of(&answer.json(), "Beta"));
                assert!(!shown || echo, "{secret} is seen in {told}");
            }
        }
    }
    assert!(calls > 3000, "only {calls} calls were tried");
    assert_eq!(alpha.state(&engine, &things).await, before, "something of the other organization has changed");
    let again = format!("/channels/1001/contacts?pageSize=2&nextPage={}", things.page);
    assert_eq!(send(&engine, "GET", &again, &alpha.by_token(&things.token), None).await.status, StatusCode::OK);
    let trace = format!("/elements/brighttalk/trace/{}", things.trace);
    assert_eq!(send(&engine, "GET", &trace, &alpha.by_id(), None).await.status, StatusCode::OK);
    engine.close().await;
}

/// Returns whether every usage record is of this organization.
fn all_of(records: &Value, organization: &str) -> bool {
    let own = |record: &Value| record["company_external_name"] == organization;
    records.as_array().is_some_and(|records| records.iter().all(own)) || own(records)
}

async fn wait_for_job(engine: &Engine, party: &Party, things: &Things) {
    let path = format!("/bulk/{}/status", things.job);
    for _ in 0..600 {
        let status = send(engine, "GET", &path, &party.by_token(&things.token), None).await.json();
        if status["status"] == "COMPLETED" {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the job does not end");
}
