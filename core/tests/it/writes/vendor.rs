//! A vendor with accounts in memory, with faults on demand.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

/// Reaction in place of a normal answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It acts but does not answer.
    Silence,
    /// It acts and sends an unreadable answer.
    Garbage,
    /// It acts after this time.
    Late(Duration),
    /// It refuses with this status.
    Status(u16),
}

/// A request that arrived.
#[derive(Clone, Debug)]
pub struct Asked {
    pub line: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Asked {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

#[derive(Default)]
struct Books {
    accounts: BTreeMap<String, Map<String, Value>>,
    logos: BTreeMap<String, (String, Bytes)>,
    created: u64,
    fault: Option<Fault>,
    asked: Vec<Asked>,
}

#[derive(Clone, Default)]
pub struct Vendor {
    books: Arc<Mutex<Books>>,
    pub origin: String,
}

impl Vendor {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let vendor = Self { origin: format!("http://{}", listener.local_addr().unwrap()), ..Self::default() };
        let router = axum::Router::new().fallback(serve).with_state(vendor.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        vendor
    }

    /// Makes the vendor fail from now on.
    pub fn fail(&self, fault: impl Into<Option<Fault>>) {
        self.books.lock().unwrap().fault = fault.into();
    }

    /// Returns the requests since the last call.
    pub fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.books.lock().unwrap().asked)
    }

    pub fn names(&self) -> Vec<String> {
        self.books.lock().unwrap().accounts.values().map(|account| account["name"].to_string()).collect()
    }
}

async fn serve(State(vendor): State<Vendor>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let fault = {
        let mut books = vendor.books.lock().unwrap();
        books.asked.push(Asked { line: format!("{method} {uri}"), headers: headers.clone(), body: body.clone() });
        books.fault
    };
    let act = || vendor.books.lock().unwrap().act(&method, uri.path(), &headers, body);
    match fault {
        None => act(),
        Some(Fault::Silence) => {
            act();
            std::future::pending().await
        }
        Some(Fault::Garbage) => {
            act();
            ([("content-type", "application/json")], "{\"id\":").into_response()
        }
        Some(Fault::Late(time)) => {
            tokio::time::sleep(time).await;
            act()
        }
        Some(Fault::Status(status)) => refuse(status, "told to"),
    }
}

fn document(document: impl serde::Serialize) -> Response {
    ([("content-type", "application/json")], serde_json::to_vec(&document).unwrap()).into_response()
}

fn refuse(status: u16, why: &str) -> Response {
    (StatusCode::from_u16(status).unwrap(), document(json!({"error": why}))).into_response()
}

fn shown(id: &str, account: &Map<String, Value>) -> Value {
    let mut shown = json!({"id": id, "note": null});
    shown.as_object_mut().unwrap().extend(account.clone());
    shown
}

impl Books {
    fn act(&mut self, method: &Method, path: &str, headers: &HeaderMap, body: Bytes) -> Response {
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let id = parts.get(1).map(|id| percent_encoding::percent_decode_str(id).decode_utf8_lossy().into_owned());
        match (method.as_str(), id, parts.get(2).copied()) {
            ("POST", None, None) if parts == ["searches"] => {
                let wanted: Value = serde_json::from_slice(&body).unwrap();
                let fits = |account: &Map<String, Value>| account["name"] == wanted["name"];
                let found = self.accounts.iter().filter(|(_, account)| fits(account));
                document(found.map(|(id, account)| shown(id, account)).collect::<Vec<_>>())
            }
            ("GET", None, None) => {
                let all: Vec<Value> = self.accounts.iter().map(|(id, account)| shown(id, account)).collect();
                document(all)
            }
            ("POST", None, None) => {
                self.created += 1;
                let id = format!("a/{}", self.created);
                self.put(id, &body, StatusCode::CREATED)
            }
            (_, Some(id), None) if !self.accounts.contains_key(&id) => refuse(404, &format!("no account {id}")),
            ("GET", Some(id), None) => document(shown(&id, &self.accounts[&id])),
            ("PUT", Some(id), None) => self.put(id, &body, StatusCode::OK),
            ("PATCH", Some(id), None) => {
                let mut account = self.accounts[&id].clone();
                account.extend(serde_json::from_slice::<Map<String, Value>>(&body).unwrap());
                self.put(id, &serde_json::to_vec(&account).unwrap(), StatusCode::OK)
            }
            ("DELETE", Some(id), None) => {
                self.accounts.remove(&id);
                StatusCode::NO_CONTENT.into_response()
            }
            ("LOCK", Some(id), None) => document(json!({"locked": id, "by": null})),
            ("PUT", Some(id), Some("logo")) => {
                let kind = headers["content-type"].to_str().unwrap().to_owned();
                self.logos.insert(id, (kind, body));
                ([("etag", "\"l1\""), ("set-cookie", "a=b"), ("elements-total-count", "7")]).into_response()
            }
            ("GET", Some(id), Some("logo")) => match self.logos.get(&id) {
                Some((kind, logo)) => ([("content-type", kind.clone())], logo.clone()).into_response(),
                None => refuse(404, "no logo"),
            },
            _ => refuse(405, "no such call"),
        }
    }

    fn put(&mut self, id: String, body: &[u8], status: StatusCode) -> Response {
        let account: Map<String, Value> = match serde_json::from_slice(body) {
            Ok(account) => account,
            Err(_) => return refuse(400, "no object"),
        };
        match account.get("name").and_then(Value::as_str) {
            None => return refuse(422, "name is missing"),
            Some("taken") => return refuse(409, "name is taken"),
            Some(_) => {}
        }
        let answer = shown(&id, &account);
        self.accounts.insert(id, account);
        (status, document(answer)).into_response()
    }
}
