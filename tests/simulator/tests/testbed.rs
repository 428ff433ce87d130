//! The simulator of the small JSON vendor, as a plain HTTP client sees it.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)]

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use brighttalk_sim::testbed_sim::{Config, Simulator};
use http::{HeaderMap, Method};
use serde_json::{Value, json};

struct Client {
    http: reqwest::Client,
    origin: String,
    token: String,
}

#[derive(Debug)]
struct Answer {
    status: u16,
    headers: HeaderMap,
    bytes: Vec<u8>,
}

impl Answer {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    fn code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }

    fn ids(&self) -> Vec<String> {
        self.json()["items"].as_array().unwrap().iter().map(id_of).collect()
    }

    fn next(&self) -> Option<String> {
        self.json()["nextCursor"].as_str().map(str::to_owned)
    }
}

fn id_of(record: &Value) -> String {
    record["id"].as_str().unwrap().to_owned()
}

fn escaped(id: &str) -> String {
    percent_encoding::utf8_percent_encode(id, percent_encoding::NON_ALPHANUMERIC).to_string()
}

impl Client {
    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}{path}", self.origin)).bearer_auth(&self.token)
    }

    async fn send(request: reqwest::RequestBuilder) -> Answer {
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Answer { status, headers, bytes: answer.bytes().await.unwrap().to_vec() }
    }

    async fn get(&self, path: &str) -> Answer {
        Self::send(self.request(Method::GET, path)).await
    }

    async fn write(&self, method: Method, path: &str, body: Value) -> Answer {
        Self::send(self.request(method, path).header("content-type", "application/json").body(body.to_string())).await
    }

    async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let pairs = fields.iter().map(|(name, value)| format!("{name}={}", escaped(value)));
        let body = pairs.collect::<Vec<_>>().join("&");
        let request = self.http.post(format!("{}{path}", self.origin));
        Self::send(request.header("content-type", "application/x-www-form-urlencoded").body(body)).await
    }

    /// Returns the records of all pages.
    async fn list(&self, path: &str, parameters: &str) -> Vec<Value> {
        let (mut found, mut cursor) = (Vec::new(), String::new());
        loop {
            let answer = self.get(&format!("{path}?limit=7{parameters}{cursor}")).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
            found.extend(answer.json()["items"].as_array().unwrap().clone());
            assert_eq!(answer.json()["hasMore"], json!(answer.next().is_some()));
            match answer.next() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return found,
            }
        }
    }
}

async fn start(config: Config) -> (Simulator, Client) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let token = config.tokens[0].clone();
    let simulator = Simulator::start(config).await.unwrap();
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_gzip();
    let http = http.timeout(Duration::from_secs(60)).build().unwrap();
    let origin = simulator.url();
    (simulator, Client { http, origin, token })
}

#[tokio::test]
async fn lists_have_every_record_once() {
    let (simulator, client) = start(Config::default()).await;
    let accounts = client.list("/v2/accounts", "").await;
    assert_eq!((accounts.len(), &accounts), (100, &simulator.records("accounts")));
    let notes = client.list("/v2/notes", "").await;
    assert_eq!((notes.len(), &notes), (150, &simulator.records("notes")));
    let mut below = Vec::new();
    for account in &accounts {
        let id = id_of(account);
        let own = client.list(&format!("/v2/accounts/{}/notes", escaped(&id)), "").await;
        assert!(own.iter().all(|note| note["accountId"] == id.as_str()), "{id}");
        below.extend(own);
        let single = client.get(&format!("/v2/accounts/{}", escaped(&id))).await;
        assert_eq!(&single.json(), account, "{id}");
    }
    assert_eq!(below, notes, "notes are in the order of their accounts");
    assert_eq!(client.get("/v2/notes/note-3").await.json(), notes[2]);

    let ids: Vec<String> = accounts.iter().map(id_of).collect();
    for suffix in ["/ä", " b", "%2F", "?q#f", "+c&d=e", "\"'\\"] {
        assert!(ids.iter().any(|id| id.ends_with(suffix)), "{suffix}");
    }
}

#[tokio::test]
async fn records_vary() {
    let (simulator, client) = start(Config::default()).await;
    let accounts = simulator.records("accounts");
    let count = |is: &dyn Fn(&Value) -> bool| accounts.iter().filter(|account| is(account)).count();
    for name in ["employees", "customerSince", "address", "x_region", "x_score"] {
        let missing = count(&|account| account.get(name).is_none());
        assert!((1..100).contains(&missing), "{name}: {missing}");
    }
    for name in ["employees", "rating", "website", "address"] {
        assert!(count(&|account| account.get(name).is_some_and(Value::is_null)) > 0, "{name}");
    }
    assert!(count(&|account| account["rating"].is_f64() && account["balance"].is_f64()) > 20);
    assert!(count(&|account| account["address"]["geo"].is_object()) > 20);
    assert!(count(&|account| account["active"] == false) > 5);
    let text = client.get("/v2/accounts?limit=100").await.text();
    assert!(text.contains("\n  \"name\": ") && text.contains("{\"id\":\"") && text.contains("\\u"), "{text}");
    assert!(text.contains('ä') && text.contains("u00e4"));
}

#[tokio::test]
async fn requests_are_checked() {
    let (_simulator, client) = start(Config::default()).await;
    let cursor = client.get("/v2/accounts?limit=7").await.next().unwrap();
    for (path, status, code) in [
        ("/v2/accounts?limit=0".to_owned(), 400, "invalid_limit"),
        ("/v2/accounts?limit=201".to_owned(), 400, "invalid_limit"),
        ("/v2/accounts?limit=x".to_owned(), 400, "invalid_limit"),
        ("/v2/accounts?cursor=x".to_owned(), 400, "invalid_cursor"),
        (format!("/v2/notes?cursor={cursor}"), 400, "invalid_cursor"),
        (format!("/v2/accounts?updated_since=2030-01-01&cursor={cursor}"), 400, "invalid_cursor"),
        ("/v2/accounts?updated_since=yesterday".to_owned(), 400, "invalid_parameter"),
        ("/v2/accounts?order=newest".to_owned(), 400, "unknown_parameter"),
        ("/v2/accounts/acc_0001?limit=1".to_owned(), 404, "not_found"),
        ("/v2/accounts/acc_0008?limit=1".to_owned(), 400, "unknown_parameter"),
        ("/v2/accounts/acc_0008/x".to_owned(), 404, "unknown_path"),
        ("/v2/accounts/two_0008".to_owned(), 404, "not_found"),
        ("/v2/notes/note-0".to_owned(), 404, "not_found"),
        ("/v2/notes/note-007".to_owned(), 404, "not_found"),
        ("/v2/nothing".to_owned(), 404, "unknown_path"),
        ("/v1/accounts".to_owned(), 404, "unknown_path"),
    ] {
        let answer = client.get(&path).await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{path}");
    }
    assert_eq!(client.write(Method::POST, "/v2/notes", json!({})).await.status, 405);
    let bare = Client::send(client.http.get(format!("{}/v2/me", client.origin))).await;
    assert_eq!((bare.status, bare.code().as_str()), (401, "unauthorized"));
    let wrong = Client { token: "x".to_owned(), http: client.http.clone(), origin: client.origin.clone() };
    let wrong = wrong.get("/v2/me").await;
    assert_eq!((wrong.status, wrong.code().as_str()), (401, "invalid_token"));
    assert_eq!(wrong.headers["www-authenticate"], "Bearer error=\"invalid_token\"");
    let token = Config::default().tokens[1].clone();
    let second = Client { token, http: client.http.clone(), origin: client.origin.clone() };
    assert_eq!(second.list("/v2/accounts", "").await.len(), 10);
    assert_eq!(second.get("/v2/accounts/acc_0008").await.status, 404);
    assert_eq!(second.get("/v2/accounts/two_0008").await.status, 200);
    assert_eq!(second.get("/v2/me").await.json()["tenant"], 2);
}

#[tokio::test]
async fn times_filter_and_the_clock_moves() {
    let (simulator, client) = start(Config::default()).await;
    let all = simulator.records("accounts");
    let since = all[60]["updatedAt"].as_str().unwrap();
    assert_eq!(client.list("/v2/accounts", &format!("&updated_since={since}")).await, all[60..]);
    simulator.advance(&json!({"seconds": 60, "updates": 3, "creates": 2, "deletes": 1})).unwrap();
    let changed = client.list("/v2/accounts", "&updated_since=2031-01-01T00:00:01Z").await;
    let ids: Vec<String> = changed.iter().map(id_of).collect();
    assert_eq!(ids, ["acc_0002 b", "acc_0003", "acc_0004%2F", "acc_0101?q#f", "acc_0102+c&d=e"]);
    assert_eq!(client.list("/v2/accounts", "").await.len(), 101);
    let notes = client.list("/v2/notes", "").await;
    assert!(notes.len() == 150 && notes.iter().all(|note| note["accountId"] != "acc_0001/ä"));

    simulator.reset();
    assert_eq!(simulator.records("accounts"), all);
    let during = json!({"path": "/v2/accounts", "page": 2});
    simulator.advance(&json!({"seconds": 1, "deletes": 10, "during": during})).unwrap();
    assert_eq!(client.list("/v2/accounts", "").await.len(), 100, "they were deleted after they were read");
    assert_eq!(client.list("/v2/accounts", "").await.len(), 90);
    assert!(simulator.advance(&json!({"unknown": 1})).is_err());
}

#[tokio::test]
async fn accounts_are_written() {
    let (simulator, client) = start(Config::default()).await;
    let new = json!({"name": "Neu", "tags": ["a"], "x_own": {"b": 1}, "address": {"city": "Ulm", "street": "x"}});
    let created = client.write(Method::POST, "/v2/accounts", new.clone()).await;
    assert_eq!(created.status, 201, "{}", created.text());
    let path = created.headers["location"].to_str().unwrap().to_owned();
    let record = client.get(&path).await.json();
    assert_eq!(record, created.json());
    assert_eq!(
        (&record["name"], &record["x_own"], &record["createdAt"]),
        (&json!("Neu"), &json!({"b": 1}), &record["updatedAt"])
    );

    let patch = json!({"address": {"street": null, "zip": "1"}, "tags": null});
    let patched = client.write(Method::PATCH, &path, patch).await;
    assert_eq!((patched.status, &patched.json()["address"]), (200, &json!({"city": "Ulm", "zip": "1"})));
    assert!(patched.json().get("tags").is_none() && patched.json()["updatedAt"] != record["updatedAt"]);
    let replaced = client.write(Method::PUT, &path, json!({"name": "b"})).await.json();
    assert!(
        replaced["name"] == "b" && replaced.get("address").is_none() && replaced["createdAt"] == record["createdAt"]
    );

    for (body, field) in [
        (json!({}), "name"),
        (json!({"name": ""}), "name"),
        (json!({"name": "a", "employees": -1}), "employees"),
        (json!({"name": "a", "customerSince": "2030-02-30"}), "customerSince"),
        (json!({"name": "a", "id": "b"}), "id"),
        (json!({"name": "a", "nonsense": 1}), "nonsense"),
        (json!({"name": "a", "tags": [1]}), "tags"),
    ] {
        let answer = client.write(Method::POST, "/v2/accounts", body.clone()).await;
        assert_eq!((answer.status, answer.code().as_str()), (422, "validation_failed"), "{body}");
        assert_eq!(answer.json()["error"]["details"][0]["field"], field, "{body}");
    }
    assert_eq!(client.write(Method::POST, "/v2/accounts", json!([])).await.code(), "invalid_json");
    let plain = client.request(Method::POST, "/v2/accounts").body("{}");
    assert_eq!(Client::send(plain).await.status, 415);

    let (into, from) = ("acc_0003", "acc_0007\"'\\");
    let merge = format!("/v2/accounts/{into}/merge");
    assert_eq!(client.write(Method::POST, &merge, json!({"from": into})).await.code(), "same_account");
    assert_eq!(client.write(Method::POST, &merge, json!({"from": "x"})).await.code(), "validation_failed");
    let merged = client.write(Method::POST, &merge, json!({"from": from})).await;
    assert_eq!((merged.status, &merged.json()["movedNotes"]), (200, &json!(3)));
    assert_eq!(client.list(&format!("/v2/accounts/{into}/notes"), "").await.len(), 6);
    assert_eq!(client.list("/v2/notes", "").await.len(), 150);
    let gone = format!("/v2/accounts/{}", escaped(from));
    assert_eq!(client.get(&gone).await.status, 404);

    let deleted = Client::send(client.request(Method::DELETE, &path)).await;
    assert_eq!((deleted.status, deleted.bytes.len()), (204, 0));
    assert_eq!(client.get(&path).await.status, 404);
    let sent = simulator.requests();
    assert_eq!(sent[0].body.as_deref(), Some(new.to_string().as_str()));
    assert_eq!((sent[0].method.as_str(), sent[0].status, sent[1].body.as_deref()), ("POST", 201, None));
}

#[tokio::test]
async fn tokens_are_granted_rotated_and_revoked() {
    let config = Config { token_ttl: Duration::from_millis(300), ..Config::default() };
    let (simulator, client) = start(config).await;
    let (id, secret) = ("testbed-client-1", "testbed-client-secret-5e21");
    let with = |token: &Value| Client {
        token: token.as_str().unwrap().to_owned(),
        http: client.http.clone(),
        origin: client.origin.clone(),
    };
    let verifier = "a-verifier-of-at-least-forty-three-characters-0";
    let challenge = URL_SAFE_NO_PAD.encode(ring::digest::digest(&ring::digest::SHA256, verifier.as_bytes()));
    let redirect = "http://127.0.0.1:9/back?x=1";
    let authorize = |scope: &str| {
        let redirect = escaped(redirect);
        format!(
            "/oauth/authorize?response_type=code&client_id={id}&redirect_uri={redirect}&state=a%26b&scope={scope}&code_challenge={challenge}&code_challenge_method=S256"
        )
    };
    let location = |answer: Answer| {
        assert_eq!(answer.status, 302, "{}", answer.text());
        answer.headers["location"].to_str().unwrap().to_owned()
    };
    let denied = location(client.get(&authorize("admin")).await);
    assert_eq!(denied, format!("{redirect}&error=invalid%5Fscope&state=a%26b"));
    let back = location(client.get(&authorize("crm.read+offline_access")).await);
    let code =
        back.strip_prefix(&format!("{redirect}&code=")).and_then(|rest| rest.strip_suffix("&state=a%26b")).unwrap();
    let code = percent_encoding::percent_decode_str(code).decode_utf8().unwrap().into_owned();

    let exchange = |verifier: &'static str, secret: &'static str| {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", redirect),
            ("code_verifier", verifier),
            ("client_id", id),
            ("client_secret", secret),
        ];
        let client = &client;
        async move { client.form("/oauth/token", &fields).await }
    };
    let wrong = exchange(verifier, "x").await;
    assert_eq!((wrong.status, &wrong.json()["error"]), (401, &json!("invalid_client")));
    let tokens = exchange(verifier, secret).await;
    assert_eq!((tokens.status, tokens.headers["cache-control"].to_str().unwrap()), (200, "no-store"));
    assert_eq!(exchange(verifier, secret).await.json()["error"], "invalid_grant", "a code is used once");

    let first = tokens.json();
    assert_eq!(with(&first["access_token"]).get("/v2/accounts/acc_0008").await.status, 200);
    let patch = with(&first["access_token"]).write(Method::PATCH, "/v2/accounts/acc_0008", json!({})).await;
    assert_eq!((patch.status, patch.code().as_str()), (403, "insufficient_scope"));
    tokio::time::sleep(Duration::from_millis(350)).await;
    assert_eq!(with(&first["access_token"]).get("/v2/me").await.status, 401, "it has expired");

    let refresh = |token: Value| {
        let client = &client;
        async move {
            let token = token.as_str().unwrap();
            let fields = [
                ("grant_type", "refresh_token"),
                ("refresh_token", token),
                ("client_id", id),
                ("client_secret", secret),
            ];
            client.form("/oauth/token", &fields).await
        }
    };
    let second = refresh(first["refresh_token"].clone()).await.json();
    assert_ne!(second["refresh_token"], first["refresh_token"]);
    assert_eq!(
        with(&second["access_token"]).get("/v2/me").await.json()["scopes"],
        json!(["crm.read", "offline_access"])
    );
    assert_eq!(refresh(first["refresh_token"].clone()).await.json()["error"], "invalid_grant");
    assert_eq!(with(&second["access_token"]).get("/v2/me").await.status, 401, "a stolen token ends the login");
    assert_eq!(refresh(second["refresh_token"].clone()).await.json()["error"], "invalid_grant");

    let basic = client.http.post(format!("{}/oauth/token", client.origin)).basic_auth(id, Some(secret));
    let own = Client::send(basic.body("grant_type=client_credentials&scope=crm.write")).await.json();
    assert!(own.get("refresh_token").is_none() && own["scope"] == "crm.write" && own["token_type"] == "Bearer");
    let token = own["access_token"].as_str().unwrap();
    assert_eq!(with(&own["access_token"]).write(Method::PATCH, "/v2/accounts/acc_0008", json!({})).await.status, 200);
    let fields = [("token", token), ("client_id", id), ("client_secret", secret)];
    assert_eq!(client.form("/oauth/revoke", &fields).await.status, 200);
    assert_eq!(with(&own["access_token"]).get("/v2/me").await.status, 401);
    let issued = simulator.issued_tokens();
    assert!(issued.len() == 6 && issued.contains(&token.to_owned()), "{issued:?}");
}

#[tokio::test]
async fn tokens_live_for_some_calls() {
    let (simulator, client) = start(Config { token_calls: Some(2), ..Config::default() }).await;
    let (id, secret) = ("testbed-client-2", "testbed-client-secret-5e21");
    let fields = [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret)];
    let token = client.form("/oauth/token", &fields).await.json()["access_token"].as_str().unwrap().to_owned();
    let own = Client { token, http: client.http.clone(), origin: client.origin.clone() };
    assert_eq!(own.get("/v2/me").await.json()["tenant"], 2);
    assert_eq!([own.get("/v2/me").await.status, own.get("/v2/me").await.status], [200, 401]);
    assert_eq!(client.get("/v2/me").await.status, 200, "a fixed token never expires");
    let token = client.form("/oauth/token", &fields).await.json()["access_token"].as_str().unwrap().to_owned();
    simulator.expire_tokens();
    let own = Client { token, http: client.http.clone(), origin: client.origin.clone() };
    assert_eq!(own.get("/v2/me").await.status, 401);
    let fields = [("grant_type", "password"), ("client_id", id), ("client_secret", secret)];
    assert_eq!(client.form("/oauth/token", &fields).await.json()["error"], "unsupported_grant_type");
}

const LIST: &str = "/v2/accounts?limit=10";

async fn with_fault(client: &Client, simulator: &Simulator, fault: Value) -> Answer {
    simulator.clear_faults();
    simulator.add_faults(&json!({"match": {"path": "/v2/accounts"}, "fault": fault})).unwrap();
    client.get(LIST).await
}

#[tokio::test]
async fn faults_of_answers_are_visible() {
    let (simulator, client) = start(Config::default()).await;
    let whole = client.get(LIST).await;
    for status in [400, 401, 403, 404, 410, 500, 502, 503] {
        let answer = with_fault(&client, &simulator, json!({"type": "status", "status": status, "code": "odd"})).await;
        assert_eq!((answer.status, answer.code().as_str()), (status, "odd"));
    }
    let html = with_fault(&client, &simulator, json!({"type": "status", "status": 502, "body": "html"})).await;
    assert!(html.text().starts_with("<html>"));
    for (form, expected) in [("seconds", Some(true)), ("date", Some(false)), ("none", None)] {
        let answer =
            with_fault(&client, &simulator, json!({"type": "rate_limit", "retry_after": 7, "form": form})).await;
        let header = answer.headers.get("retry-after").map(|value| value.to_str().unwrap().parse::<u64>().is_ok());
        assert_eq!((answer.status, answer.code().as_str(), header), (429, "rate_limited", expected), "{form}");
    }
    let moved = with_fault(&client, &simulator, json!({"type": "redirect", "to": "/x", "status": 307})).await;
    assert_eq!((moved.status, moved.headers["location"].to_str().unwrap()), (307, "/x"));
    for (kind, holds) in [
        ("error_200", "{\"error\":{\"code\":\"internal_error\""),
        ("html_200", "<html>"),
        ("wrong_root", "{\"somethingElse\":"),
        ("control_char", "\"\u{1}acc_0001"),
        ("deep_nesting", "[[[[[[[[[["),
        ("huge_text", "xxxxxxxxxx"),
        ("empty_body", ""),
    ] {
        let answer = with_fault(&client, &simulator, json!({"type": "malformed", "kind": kind})).await;
        assert!(answer.status == 200 && answer.text().contains(holds), "{kind}");
        assert_eq!(answer.bytes.is_empty(), kind == "empty_body");
    }
    let bytes = with_fault(&client, &simulator, json!({"type": "invalid_utf8", "where": "text"})).await.bytes;
    assert!(bytes.windows(3).any(|window| window == b"\"\xC3\x28"));
    let half = with_fault(&client, &simulator, json!({"type": "truncate", "at": 200, "how": "clean"})).await;
    assert_eq!(half.bytes, whole.bytes[..200]);
    for fault in [json!({"type": "truncate", "at": 0.5, "how": "close"}), json!({"type": "reset", "at": 100})] {
        simulator.clear_faults();
        simulator.add_faults(&json!({"fault": fault})).unwrap();
        client.request(Method::GET, LIST).send().await.unwrap().bytes().await.unwrap_err();
    }
    let started = Instant::now();
    let slow = with_fault(&client, &simulator, json!({"type": "slow_body", "stall_after": 10, "ms": 300})).await;
    assert!(slow.bytes == whole.bytes && started.elapsed() >= Duration::from_millis(300));
    let other = with_fault(&client, &simulator, json!({"type": "wrong_type", "content_type": "text/plain"})).await;
    assert_eq!(other.headers["content-type"], "text/plain");
    let odd = with_fault(&client, &simulator, json!({"type": "bad_gzip"})).await;
    assert_eq!(odd.headers["content-encoding"], "gzip");
}

#[tokio::test]
async fn faults_of_pages_are_visible() {
    let (simulator, client) = start(Config::default()).await;
    let first = client.get(LIST).await;
    let follow = |page: &Answer| {
        let path = format!("{LIST}&cursor={}", page.next().unwrap());
        let client = &client;
        async move { client.get(&path).await }
    };
    let second = follow(&first).await;
    let on_page = |number: u64, fault: Value| {
        simulator.clear_faults();
        simulator.add_faults(&json!({"match": {"page": number}, "times": 1, "fault": fault})).unwrap();
    };
    on_page(2, json!({"type": "duplicate_page"}));
    let again = follow(&first).await;
    assert_eq!(again.ids(), first.ids());
    assert_ne!(again.next(), first.next());
    assert_eq!(follow(&again).await.bytes, second.bytes);

    on_page(2, json!({"type": "overlap", "records": 3}));
    let overlap = follow(&first).await.ids();
    assert_eq!(overlap, [&first.ids()[7..], &second.ids()[..7]].concat());

    on_page(1, json!({"type": "empty_pages", "count": 2}));
    let empty = client.get(LIST).await;
    let another = follow(&empty).await;
    assert!(empty.ids().is_empty() && another.ids().is_empty());
    assert_eq!(follow(&another).await.ids(), first.ids());

    on_page(1, json!({"type": "short_page", "records": 4}));
    assert_eq!(client.get(LIST).await.ids(), first.ids()[..4]);
    on_page(1, json!({"type": "reorder"}));
    let mut reordered = client.get(LIST).await.ids();
    assert_ne!(reordered, first.ids());
    reordered.sort();
    assert_eq!(reordered, first.ids());
    on_page(3, json!({"type": "loop", "to_page": 2}));
    let third = follow(&second).await;
    assert_eq!(follow(&third).await.ids(), second.ids());
    on_page(3, json!({"type": "loop", "to_page": 1}));
    assert_eq!(follow(&follow(&second).await).await.ids(), first.ids());
    simulator.clear_faults();
    simulator.add_faults(&json!({"fault": {"type": "cursor_expired", "after_pages": 1}})).unwrap();
    assert_eq!(client.get(LIST).await.status, 200);
    assert_eq!(follow(&first).await.code(), "invalid_cursor");
    on_page(1, json!({"type": "next_broken", "kind": "no_cursor"}));
    let broken = client.get(LIST).await.json();
    assert_eq!((&broken["hasMore"], &broken["nextCursor"]), (&json!(true), &Value::Null));

    let set = json!({"employees": "many", "owner/email": "x"});
    on_page(1, json!({"type": "field", "record": 1, "set": set, "remove": ["id"], "duplicate": {"name": "second"}}));
    let page = client.get(LIST).await;
    let record = &page.json()["items"][1];
    assert_eq!((&record["employees"], &record["owner"]["email"]), (&json!("many"), &json!("x")));
    assert!(record.get("id").is_none() && record["name"] == "second");
    assert!(page.text().contains(",\"name\":\"second\"}") && page.json()["items"][0]["id"] == "acc_0001/ä");
}

#[tokio::test]
async fn faults_hit_writes_and_logins_by_verb() {
    let (simulator, client) = start(Config::default()).await;
    simulator
        .add_faults(&json!({"match": {"method": "POST"}, "times": 1, "fault": {"type": "status", "status": 503}}))
        .unwrap();
    assert_eq!(client.get(LIST).await.status, 200);
    assert_eq!(client.write(Method::POST, "/v2/accounts", json!({"name": "a"})).await.status, 503);
    assert_eq!(simulator.records("accounts").len(), 100, "nothing was written");
    let cut = json!({"match": {"method": "POST"}, "fault": {"type": "truncate", "at": 0.5, "how": "close"}});
    simulator.add_faults(&cut).unwrap();
    let request = client.request(Method::POST, "/v2/accounts").header("content-type", "application/json");
    request.body("{\"name\": \"a\"}").send().await.unwrap().bytes().await.unwrap_err();
    assert_eq!(simulator.records("accounts").len(), 101, "it was written, and its response was lost");
    simulator.clear_faults();
    simulator
        .add_faults(&json!({"match": {"path": "/oauth/token"}, "fault": {"type": "status", "status": 500}}))
        .unwrap();
    assert_eq!(client.form("/oauth/token", &[]).await.status, 500);
}

#[tokio::test]
async fn impossible_faults_are_rejected() {
    let (simulator, client) =
        start(Config { foreign_listen: Some(([127, 0, 0, 1], 0).into()), ..Config::default() }).await;
    for fault in [
        json!({"type": "next_host", "host": "example.org"}),
        json!({"type": "malformed", "kind": "mismatched_tag"}),
        json!({"type": "malformed", "kind": "doctype_bomb"}),
        json!({"type": "next_broken", "kind": "two_next"}),
        json!({"type": "invalid_utf8", "where": "attribute"}),
        json!({"type": "status", "status": 500, "body": "other-xml"}),
        json!({"type": "field", "duplicate": {"owner/email": "x"}}),
    ] {
        let error = simulator.add_faults(&json!({"fault": fault})).unwrap_err();
        assert!(error.contains("cannot have the fault"), "{error}");
    }
    assert!(simulator.add_faults(&json!({"fault": {"type": "nonsense"}})).is_err());
    let foreign = format!("http://{}/x", simulator.foreign_host().unwrap());
    let moved = with_fault(&client, &simulator, json!({"type": "redirect", "to": foreign})).await;
    let location = moved.headers["location"].to_str().unwrap();
    client.http.get(location).bearer_auth("x").send().await.unwrap();
    let last = simulator.requests().pop().unwrap();
    assert!(last.foreign && last.authorization_present && last.path == "/x");
}
