//! A vendor whose refresh tokens serve once: the second use ends the login.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, Method, Response, Uri};
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

pub const CLIENT: &str = "client";
pub const SECRET: &str = "client-secret-0c4e7b";
const PAGE: usize = 50;

/// A running vendor.
#[derive(Clone)]
pub struct Vendor {
    pub url: String,
    shared: Arc<Shared>,
}

struct Shared {
    records: usize,
    /// Number of calls that an access token serves.
    token_calls: usize,
    state: Mutex<Data>,
}

#[derive(Default)]
struct Data {
    issued: Vec<String>,
    /// Calls that are left, by access token.
    access: HashMap<String, usize>,
    /// Whether a refresh token was used.
    refresh: HashMap<String, bool>,
    /// Challenges by code.
    codes: HashMap<String, String>,
    logins: usize,
    revoked: usize,
    /// Pause before a request for tokens is looked at.
    delay: Duration,
    rejects: bool,
}

impl Vendor {
    pub async fn start(records: usize, token_calls: usize) -> Self {
        let shared = Arc::new(Shared { records, token_calls, state: Mutex::default() });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let routes = Router::new().fallback(serve).with_state(Arc::clone(&shared));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { url, shared }
    }

    fn data(&self) -> MutexGuard<'_, Data> {
        self.shared.state.lock().unwrap()
    }

    /// Returns the number of requests for tokens so far.
    pub fn logins(&self) -> usize {
        self.data().logins
    }

    pub fn revoked(&self) -> usize {
        self.data().revoked
    }

    /// Returns all codes and tokens so far.
    pub fn issued(&self) -> Vec<String> {
        self.data().issued.clone()
    }

    /// Makes all access tokens invalid.
    pub fn expire(&self) {
        self.data().access.clear();
    }

    pub fn delay_logins(&self, delay: Duration) {
        self.data().delay = delay;
    }

    pub fn reject_logins(&self, rejects: bool) {
        self.data().rejects = rejects;
    }

    pub fn ids(&self) -> Vec<String> {
        (0..self.shared.records).map(id).collect()
    }
}

fn id(number: usize) -> String {
    format!("item-{number:05}")
}

fn pairs(text: &str) -> BTreeMap<String, String> {
    url::form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

fn answer(status: u16, body: &Value) -> Response<String> {
    Response::builder().status(status).header("content-type", "application/json").body(body.to_string()).unwrap()
}

async fn serve(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: String,
) -> Response<String> {
    let query = pairs(uri.query().unwrap_or_default());
    match (method.as_str(), uri.path()) {
        ("GET", "/authorize") => authorize(&mut shared.state.lock().unwrap(), &query),
        ("POST", "/token") => {
            let delay = {
                let mut data = shared.state.lock().unwrap();
                data.logins += 1;
                data.delay
            };
            tokio::time::sleep(delay).await;
            token(&shared, &pairs(&body))
        }
        ("POST", "/revoke") => {
            shared.state.lock().unwrap().revoked += 1;
            answer(200, &json!({}))
        }
        ("GET", path) => {
            let bearer = headers.get("authorization").and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
            let mut data = shared.state.lock().unwrap();
            match bearer.and_then(|token| data.access.get_mut(token)).filter(|left| **left > 0) {
                None => answer(401, &json!({"error": "invalid_token"})),
                // The check of the credentials does not use a token up.
                Some(_) if path == "/me" => answer(200, &json!({"items": []})),
                Some(left) => {
                    *left -= 1;
                    page(&shared, &query)
                }
            }
        }
        _ => answer(404, &json!({})),
    }
}

fn page(shared: &Shared, query: &BTreeMap<String, String>) -> Response<String> {
    let start: usize = query.get("cursor").map_or(0, |cursor| cursor.parse().unwrap());
    let end = shared.records.min(start + PAGE);
    let items: Vec<Value> = (start..end).map(|number| json!({"id": id(number)})).collect();
    answer(200, &json!({"items": items, "next": (end < shared.records).then(|| end.to_string())}))
}

impl Data {
    fn text(&mut self, kind: &str) -> String {
        let text = format!("{kind}-{}-9f31d2c8", self.issued.len());
        self.issued.push(text.clone());
        text
    }
}

fn authorize(data: &mut Data, query: &BTreeMap<String, String>) -> Response<String> {
    let code = data.text("code");
    assert_eq!((query["response_type"].as_str(), query["client_id"].as_str()), ("code", CLIENT));
    assert_eq!(query["code_challenge_method"], "S256");
    data.codes.insert(code.clone(), query["code_challenge"].clone());
    let location = format!("{}?code={code}&state={}", query["redirect_uri"], query["state"]);
    Response::builder().status(302).header("location", location).body(String::new()).unwrap()
}

fn token(shared: &Shared, form: &BTreeMap<String, String>) -> Response<String> {
    let mut data = shared.state.lock().unwrap();
    let get = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let invalid = |why: &str| answer(400, &json!({"error": "invalid_grant", "error_description": why}));
    if data.rejects || (get("client_id"), get("client_secret")) != (CLIENT, SECRET) {
        return invalid("rejected");
    }
    let has_refresh = match get("grant_type") {
        "client_credentials" => false,
        "authorization_code" => {
            let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, get("code_verifier").as_bytes()));
            if data.codes.remove(get("code")) != Some(challenge) {
                return invalid(&format!("the code {} is unknown", get("code")));
            }
            true
        }
        _ => match data.refresh.get_mut(get("refresh_token")) {
            Some(used) if !*used => {
                *used = true;
                true
            }
            _ => {
                data.access.clear();
                data.refresh.clear();
                return invalid("the refresh token was used already");
            }
        },
    };
    let access = data.text("access");
    data.access.insert(access.clone(), shared.token_calls);
    let mut body = json!({"access_token": access, "token_type": "Bearer", "expires_in": 3600});
    if has_refresh {
        let refresh = data.text("refresh");
        data.refresh.insert(refresh.clone(), false);
        body["refresh_token"] = json!(refresh);
    }
    answer(200, &body)
}
