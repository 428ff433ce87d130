//! The vendor's side of a call: authentication, faults, the document (spec BT 3.4, 3.5).

use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;
use base64::Engine as _;
use http::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, HOST, LOCATION, RETRY_AFTER};
use http::{HeaderMap, Method};

use crate::body::{Draft, Sending};
use crate::damage;
use crate::fault::{ErrorBody, Fault, RetryAfterForm, Seen};
use crate::handler::{Asked, Reader};
use crate::journal::Entry;
use crate::listen::Reset;
use crate::page::document;
use crate::records::{Writer, error_document};
use crate::server::{Shared, http_date, pairs};
use crate::xml::Xml;

/// Responds to a call.
pub(crate) async fn answer(shared: &Shared, request: Request, reset: Reset) -> Response {
    let world = shared.world();
    let path = request.uri().path().to_owned();
    let query = pairs(request.uri().query().unwrap_or_default());
    let key = key_of(shared, request.headers());
    let reader = Reader { world: &world, config: &shared.config, second_key: key == Some(1), query: &query };
    let asked = key.map(|_| reader.read(&path));
    let list = match &asked {
        Some(Ok(Asked::Page(page))) => Some(page),
        _ => None,
    };
    let counts = shared.faults.count_pages() || shared.waits_for_pages();
    let page = list.filter(|_| counts).map(|page| page.number(&world));
    let names = [shared.config.api_key.as_str(), "2"];
    let continued = list.is_some_and(|page| page.cursor.pending > 0);
    let method = Some(request.method().as_str());
    let seen = Seen { method, path: &path, query: &query, key: key.map(|key| names[key]), page, continued };
    let hit = shared.faults.hit(world.seed, &seen);
    let fault = hit.as_ref().map(|(_, fault)| fault);
    let mut draft = match (refused(fault), asked) {
        (Some(draft), _) => draft,
        _ if !matches!(*request.method(), Method::GET | Method::HEAD) => Draft::new(405, String::new()),
        (_, None) => {
            let challenge = ("www-authenticate".to_owned(), "Basic realm=\"BrightTALK API\"".to_owned());
            Draft { headers: vec![challenge], ..Draft::new(401, String::new()) }
        }
        (_, Some(Err(refusal))) => Draft::new(refusal.status, refusal.body()),
        (_, Some(Ok(asked))) => {
            let origin = origin(shared, request.headers());
            let writer = Writer {
                world: &world,
                origin: &origin,
                quirks: shared.config.quirks,
                expand: false,
                out: Xml::default(),
            };
            Draft::new(200, document(writer, &asked, fault))
        }
    };
    if draft.status == 200 {
        damage(&mut draft, fault, shared.foreign_origin());
    }
    let number = shared.journal.add(entry(&request, &draft, key.is_some(), hit.as_ref().map(|(id, _)| *id)));
    if draft.status == 200 {
        shared.served(&path, page);
    }
    if let Some(Fault::SlowHeaders { ms }) = fault {
        tokio::time::sleep(std::time::Duration::from_millis(*ms)).await;
    }
    let accepted = request.headers().get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    draft.send(&Sending {
        clock: http_date(world.clock_s()),
        gzip: accepted.is_some_and(|accepted| accepted.contains("gzip")),
        head: request.method() == Method::HEAD,
        fault,
        reset,
        entry: (Arc::clone(&shared.journal), number),
    })
}

/// Returns the response of faults that need no document.
fn refused(fault: Option<&Fault>) -> Option<Draft> {
    match fault? {
        Fault::Status { status, code, message, body, headers } => {
            let code = code.as_deref().unwrap_or("InternalError");
            let message = message.as_deref().unwrap_or("Something went wrong.");
            let (content_type, body) = match body {
                ErrorBody::Api => ("application/xml;charset=UTF-8", error_document(code, message)),
                ErrorBody::Html => ("text/html", "<html><body>Bad gateway<br></body></html>".to_owned()),
                ErrorBody::Empty => ("text/plain", String::new()),
                ErrorBody::OtherXml => ("application/xml", "<fault>odd</fault>".to_owned()),
            };
            let headers = headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
            Some(Draft { status: *status, content_type: content_type.to_owned(), headers, body: body.into_bytes() })
        }
        Fault::RateLimit { retry_after: seconds, form, .. } => {
            let mut draft = Draft::new(429, error_document("RateLimitExceeded", "Too many requests."));
            draft.headers.extend(retry_after(*seconds, *form));
            Some(draft)
        }
        Fault::CursorExpired { status, .. } => {
            Some(Draft::new(*status, error_document("CursorExpired", "The cursor has expired.")))
        }
        Fault::Redirect { to, status } => {
            let place = (LOCATION.as_str().to_owned(), to.clone());
            Some(Draft { headers: vec![place], ..Draft::new(*status, String::new()) })
        }
        _ => None,
    }
}

/// Returns the header that asks for a pause.
pub(crate) fn retry_after(seconds: u64, form: RetryAfterForm) -> Option<(String, String)> {
    let value = match form {
        RetryAfterForm::None => return None,
        RetryAfterForm::Seconds => seconds.to_string(),
        RetryAfterForm::Date => {
            let seconds = i64::try_from(seconds).unwrap_or_default();
            http_date(jiff::Timestamp::now().as_second() + seconds)
        }
    };
    Some((RETRY_AFTER.as_str().to_owned(), value))
}

/// Breaks a good document.
fn damage(draft: &mut Draft, fault: Option<&Fault>, witness: String) {
    match fault {
        Some(Fault::Malformed { kind }) => {
            let document = String::from_utf8_lossy(&draft.body).into_owned();
            let (document, content_type) = damage::malformed(*kind, &document, &witness);
            draft.body = document.into_bytes();
            if let Some(content_type) = content_type {
                content_type.clone_into(&mut draft.content_type);
            }
        }
        Some(Fault::InvalidUtf8 { place }) => {
            draft.body = damage::invalid_utf8(std::mem::take(&mut draft.body), *place);
        }
        Some(Fault::WrongType { content_type }) => draft.content_type.clone_from(content_type),
        _ => {}
    }
}

fn entry(request: &Request, draft: &Draft, valid: bool, fault: Option<u64>) -> Entry {
    Entry { status: draft.status, authorization_valid: valid, fault, bytes: draft.body.len(), ..noted(request) }
}

/// Returns the journal entry of a request before its response.
pub(crate) fn noted(request: &Request) -> Entry {
    let headers = request.headers();
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    Entry {
        time_ms: jiff::Timestamp::now().as_millisecond(),
        method: request.method().to_string(),
        path: request.uri().path().to_owned(),
        query: request.uri().query().unwrap_or_default().to_owned(),
        authorization_present: headers.contains_key(AUTHORIZATION),
        accept: text(ACCEPT.as_str()),
        accept_encoding: text(ACCEPT_ENCODING.as_str()),
        api_client: text("api-client"),
        ..Entry::default()
    }
}

/// Returns which of the two API users calls.
fn key_of(shared: &Shared, headers: &HeaderMap) -> Option<usize> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?;
    let pair = base64::engine::general_purpose::STANDARD.decode(value).ok()?;
    let pair = String::from_utf8(pair).ok()?;
    let (key, secret) = pair.split_once(':')?;
    let known = [shared.config.api_key.as_str(), "2"];
    known.iter().position(|known| *known == key).filter(|_| secret == shared.config.api_secret)
}

fn origin(shared: &Shared, headers: &HeaderMap) -> String {
    let host = headers.get(HOST).and_then(|value| value.to_str().ok()).unwrap_or("localhost");
    shared.config.link_base.clone().unwrap_or_else(|| format!("http://{host}"))
}
