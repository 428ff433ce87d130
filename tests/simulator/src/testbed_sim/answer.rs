//! The vendor's side of a call: the token, faults, the document.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::header::{ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, Method};
use serde_json::{Value, json};

use super::damage;
use super::oauth::Call;
use super::page;
use super::record;
use super::request::{Asked, Parsed, Reader, Refusal, refuse};
use super::server::Shared;
use super::token::Grant;
use super::world::World;
use super::write::{self, Written};
use crate::body::{Draft, Sending};
use crate::fault::{ErrorBody, Fault, Seen};
use crate::journal::Entry;
use crate::listen::Reset;
use crate::server::{http_date, pairs};
use crate::vendor::{noted, retry_after};

/// Maximum size of a request.
const BODY_LIMIT: usize = 1 << 20;

/// Returns a response with a JSON document.
pub(super) fn draft(status: u16, document: &Value) -> Draft {
    text_draft(status, document.to_string())
}

/// Returns a response without a body.
pub(super) fn empty(status: u16) -> Draft {
    text_draft(status, String::new())
}

fn text_draft(status: u16, text: String) -> Draft {
    let content_type = "application/json".to_owned();
    Draft { status, content_type, headers: Vec::new(), body: text.into_bytes() }
}

/// A request with its body.
struct Received<'a> {
    method: &'a Method,
    path: &'a str,
    query: &'a [(String, String)],
    headers: &'a HeaderMap,
    body: &'a [u8],
}

/// Responds to a call.
pub(super) async fn answer(shared: &Shared, request: Request, reset: Reset) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, BODY_LIMIT).await.unwrap_or_default();
    let request = Request::from_parts(parts, Body::empty());
    let path = request.uri().path();
    let query = pairs(request.uri().query().unwrap_or_default());
    let (method, headers) = (request.method(), request.headers());
    let received = Received { method, path, query: &query, headers, body: &body };

    let Outcome { mut draft, grant, page, hit, clock_s } = received.outcome(shared);
    let fault = hit.as_ref().map(|(_, fault)| fault);
    if (200..300).contains(&draft.status) {
        damage(&mut draft, fault);
    }
    let body = (!body.is_empty()).then(|| String::from_utf8_lossy(&body).into_owned());
    let number = shared.journal.add(Entry {
        status: draft.status,
        authorization_valid: grant.is_some(),
        fault: hit.as_ref().map(|(id, _)| *id),
        bytes: draft.body.len(),
        body,
        ..noted(&request)
    });
    if draft.status == 200 {
        shared.served(path, page);
    }
    if let Some(Fault::SlowHeaders { ms }) = fault {
        tokio::time::sleep(Duration::from_millis(*ms)).await;
    }
    let accepted = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    draft.send(&Sending {
        clock: http_date(clock_s),
        gzip: accepted.is_some_and(|accepted| accepted.contains("gzip")),
        head: *method == Method::HEAD,
        fault,
        reset,
        entry: (Arc::clone(&shared.journal), number),
    })
}

/// Returns the permission that a request has.
pub(super) fn grant(shared: &Shared, headers: &HeaderMap) -> Option<Grant> {
    bearer(headers).and_then(|token| shared.state().tokens.check(&shared.config, token))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

/// Everything about the response of a call.
struct Outcome {
    draft: Draft,
    grant: Option<Grant>,
    page: Option<u64>,
    hit: Option<(u64, Fault)>,
    clock_s: i64,
}

impl Received<'_> {
    fn outcome(&self, shared: &Shared) -> Outcome {
        let config = &shared.config;
        let counts = shared.faults.count_pages() || shared.waits_for_pages();
        let mut state = shared.state();
        let state = &mut *state;
        let grant = bearer(self.headers).and_then(|token| state.tokens.check(config, token));
        let tenant = grant.as_ref().map_or(0, |grant| grant.tenant);
        let (clock_s, seed) = (state.worlds[0].clock_s(), config.seed);
        let world = &mut state.worlds[tenant];
        let reader = Reader { world, config, method: self.method, query: self.query };
        let asked = reader.read(self.path);
        let list = asked.as_ref().ok().and_then(Asked::page);
        let page = list.filter(|_| counts).map(|page| page.number(world));
        let continued = list.is_some_and(|page| page.cursor.pending > 0);
        let key = grant.as_ref().map(|grant| ["1", "2"][grant.tenant]);
        let method = Some(self.method.as_str());
        let seen = Seen { method, path: self.path, query: self.query, key, page, continued };
        let hit = shared.faults.hit(seed, &seen);
        let fault = hit.as_ref().map(|(_, fault)| fault);
        let draft = match refused(fault, self.path) {
            Some(draft) => draft,
            None if self.path.starts_with("/oauth/") => {
                let Self { path, query, headers, body, .. } = *self;
                Call { config, method: self.method.as_str(), path, query, headers, body }.answer(&mut state.tokens)
            }
            None => match &grant {
                None => unauthorized(self.headers.contains_key(AUTHORIZATION)),
                Some(grant) => self.resource(world, grant, asked, fault).unwrap_or_else(Refusal::draft),
            },
        };
        Outcome { draft, grant, page, hit, clock_s }
    }

    fn resource(&self, world: &mut World, grant: &Grant, asked: Parsed<Asked>, fault: Option<&Fault>) -> Parsed<Draft> {
        let asked = asked?;
        if asked.writes() {
            return self.written(world, grant, &asked);
        }
        let text = match &asked {
            Asked::Page(asked) => page::document(world, asked, fault),
            Asked::Record(list, number) => damage::edited(record::text(world, *list, *number), 0, fault),
            _ => json!({"tenant": grant.tenant + 1, "scopes": grant.scopes}).to_string(),
        };
        Ok(text_draft(200, text))
    }

    fn written(&self, world: &mut World, grant: &Grant, asked: &Asked) -> Parsed<Draft> {
        if !grant.writes() {
            return refuse(403, "insufficient_scope", "the token may only read".to_owned());
        }
        let content_type = self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let is_json = content_type.split(';').next().is_some_and(|kind| kind.trim().ends_with("json"));
        if !is_json && !matches!(asked, Asked::Delete(_)) {
            return refuse(415, "unsupported_media_type", format!("{content_type:?} is not application/json"));
        }
        let written = write::write(world, asked, self.body)?;
        let (status, document) = written.answer(world);
        let mut draft = document.map_or_else(|| empty(status), |document| draft(status, &document));
        if let Written::Created(account) = written {
            let id = world.account_id(account);
            let id = percent_encoding::utf8_percent_encode(&id, percent_encoding::NON_ALPHANUMERIC);
            draft.headers.push(("location".to_owned(), format!("/v2/accounts/{id}")));
        }
        Ok(draft)
    }
}

impl Refusal {
    fn draft(self) -> Draft {
        let details: Vec<Value> =
            self.details.iter().map(|(field, problem)| json!({"field": field, "problem": problem})).collect();
        let mut error = json!({"code": self.code, "message": self.message});
        if !details.is_empty() {
            error["details"] = json!(details);
        }
        draft(self.status, &json!({"error": error}))
    }
}

fn unauthorized(has_token: bool) -> Draft {
    let (code, challenge) =
        if has_token { ("invalid_token", "Bearer error=\"invalid_token\"") } else { ("unauthorized", "Bearer") };
    let mut draft = text_draft(401, damage::error_text(code, "the access token is missing, expired or unknown"));
    draft.headers.push(("www-authenticate".to_owned(), challenge.to_owned()));
    draft
}

/// Returns the response of faults that need no document. A write with such a fault is not made.
fn refused(fault: Option<&Fault>, path: &str) -> Option<Draft> {
    match fault? {
        Fault::Status { status, code, message, body, headers } => {
            let code = code.as_deref().unwrap_or("internal_error");
            let message = message.as_deref().unwrap_or("Something went wrong.");
            let (content_type, body) = match body {
                ErrorBody::Html => ("text/html", "<html><body>Bad gateway<br></body></html>".to_owned()),
                ErrorBody::Empty => ("text/plain", String::new()),
                _ if path.starts_with("/oauth/") => {
                    ("application/json", json!({"error": code, "error_description": message}).to_string())
                }
                _ => ("application/json", damage::error_text(code, message)),
            };
            let headers = headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
            Some(Draft { status: *status, content_type: content_type.to_owned(), headers, body: body.into_bytes() })
        }
        Fault::RateLimit { retry_after: seconds, form, .. } => {
            let mut draft = text_draft(429, damage::error_text("rate_limited", "Too many requests."));
            draft.headers.extend(retry_after(*seconds, *form));
            Some(draft)
        }
        Fault::CursorExpired { status, .. } => {
            Some(text_draft(*status, damage::error_text("invalid_cursor", "The cursor has expired.")))
        }
        Fault::Redirect { to, status } => {
            let mut draft = empty(*status);
            draft.headers.push(("location".to_owned(), to.clone()));
            Some(draft)
        }
        _ => None,
    }
}

/// Breaks a good document.
fn damage(draft: &mut Draft, fault: Option<&Fault>) {
    match fault {
        Some(Fault::Malformed { kind }) => {
            let document = String::from_utf8_lossy(&draft.body).into_owned();
            let (document, content_type) = damage::malformed(*kind, &document);
            draft.body = document.into_bytes();
            if let Some(content_type) = content_type {
                content_type.clone_into(&mut draft.content_type);
            }
        }
        Some(Fault::InvalidUtf8 { .. }) => draft.body = damage::invalid_utf8(std::mem::take(&mut draft.body)),
        Some(Fault::WrongType { content_type }) => draft.content_type.clone_from(content_type),
        _ => {}
    }
}
