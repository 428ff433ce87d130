//! From request to answer, in the order of checks of spec P 14.4: path, authentication, verb, media types,
//! instance state, then the handler.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use futures::FutureExt;
use http::header::{ACCEPT, ALLOW, CONTENT_TYPE, HeaderValue};
use http::request::Parts;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use tracing::Instrument;

use super::Shared;
use super::call::{Call, Query};
use super::caller::{Auth, Caller};
use super::cors;
use super::failure::Failure;
use super::login::PeerAddress;
use super::reply::{Reply, names};
use super::routes::{self, Match, Media, PREFIX, Route, Verb};
use super::store::{UsageRow, UserRow, now_ms};
use crate::auth::{hex, random_bytes};
use crate::body::{self, Body};

/// Answers one request. Never fails and never panics; every answer has a request id (spec P 14.5).
pub(crate) async fn answer(engine: Arc<Shared>, request: Request<Body>) -> Response<Body> {
    let id = request_id();
    let started = Instant::now();
    let (parts, body) = request.into_parts();
    let (method, path) = (parts.method.clone(), parts.uri.path().to_owned());
    let origin = parts.headers.get(http::header::ORIGIN).cloned();
    let peer = parts.extensions.get::<PeerAddress>().copied();
    let span = tracing::info_span!("call", request_id = %id, %method, %path);
    let mut traits = Traits::default();
    let mut response = match preflight(&parts) {
        Some(response) => response,
        None => run(Arc::clone(&engine), &id, parts, body, &mut traits).instrument(span.clone()).await,
    };
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(names::REQUEST_ID, value);
    }
    cors::expose(origin, response.headers_mut());
    let status = response.status().as_u16();
    if let Some(row) = traits.usage(&engine, &id, &method, &path, peer) {
        let elapsed_ms = i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX);
        engine.usage.add(UsageRow { status, elapsed_ms, ..row });
    }
    response.extensions_mut().insert(Served { method, route: traits.route });
    span.in_scope(|| tracing::info!(status, elapsed_ms = started.elapsed().as_millis(), "answered"));
    response
}

/// Which route an answer belongs to; an extension of it. `None`: no path that is known.
#[derive(Clone, Debug)]
pub(crate) struct Served {
    pub method: Method,
    pub route: Option<&'static str>,
}

/// What is found out about a call on the way, and outlives its failure.
#[derive(Default)]
struct Traits {
    route: Option<&'static str>,
    user: Option<UserRow>,
    /// Id and element of the instance whose token was given.
    instance: Option<(i64, i64)>,
}

impl Traits {
    /// The record of the call, when records are kept and the caller is known.
    fn usage(
        &self,
        engine: &Shared,
        id: &str,
        method: &Method,
        path: &str,
        peer: Option<PeerAddress>,
    ) -> Option<UsageRow> {
        let user = self.user.as_ref().filter(|_| engine.usage.is_on())?;
        Some(UsageRow {
            id: 0,
            request_id: id.to_owned(),
            at_ms: now_ms(),
            method: method.to_string(),
            path: path.to_owned(),
            route: self.route.unwrap_or_default().to_owned(),
            address: peer.map(|peer| peer.0.to_string()),
            status: 0,
            elapsed_ms: 0,
            user_id: user.id,
            account_id: user.account_id,
            instance_id: self.instance.map(|(id, _)| id),
            element_id: self.instance.map(|(_, element)| element),
        })
    }
}

/// 24 lower-case hexadecimal characters (spec P 1.4).
fn request_id() -> String {
    random_bytes::<12>().map(|bytes| hex(&bytes)).unwrap_or_else(|_| "0".repeat(24))
}

fn preflight(parts: &Parts) -> Option<Response<Body>> {
    (parts.method == Method::OPTIONS).then(|| cors::preflight(&parts.headers))
}

async fn run(engine: Arc<Shared>, id: &str, parts: Parts, body: Body, traits: &mut Traits) -> Response<Body> {
    let outcome = match checked(engine, parts, body, traits).await {
        Ok((call, verb)) => handle(call, verb).await,
        Err(failure) => Err(failure),
    };
    let mut response = match outcome {
        Ok(reply) => reply.into_response(),
        Err(Refusal { failure, allow }) => {
            let mut response = failure.into_response(id);
            if let Some(allow) = allow {
                response.headers_mut().insert(ALLOW, allow);
            }
            response
        }
    };
    if let Some((instance_id, _)) = traits.instance {
        response.headers_mut().insert(names::INSTANCE_ID, HeaderValue::from(instance_id));
    }
    response
}

/// A failure before the handler; 405 also says what is allowed.
struct Refusal {
    failure: Failure,
    allow: Option<HeaderValue>,
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self { failure, allow: None }
    }
}

async fn checked(
    engine: Arc<Shared>,
    parts: Parts,
    body: Body,
    traits: &mut Traits,
) -> Result<(Call, &'static Verb), Refusal> {
    let Match { route, params } = find(parts.uri.path()).ok_or_else(|| Failure::plain(StatusCode::NOT_FOUND))?;
    traits.route = Some(route.path);
    let verb = route.verbs.iter().find(|verb| verb.method == parts.method);
    let caller = authenticate(&engine, &parts.headers, route, verb).await?;
    traits.instance = caller.instance.as_ref().map(|instance| (instance.id, instance.element_id));
    traits.user.clone_from(&caller.user);
    let verb = verb.ok_or_else(|| not_allowed(route))?;
    check_media(verb, &parts.headers)?;
    if verb.auth == Auth::Resource && caller.instance.as_ref().is_some_and(|instance| instance.disabled) {
        return Err(Failure::new(StatusCode::FORBIDDEN, "The element instance is disabled").into());
    }
    let call = Call {
        engine,
        query: Query::parse(parts.uri.query()),
        method: parts.method,
        route,
        params,
        peer: parts.extensions.get::<PeerAddress>().map(|peer| peer.0),
        headers: parts.headers,
        caller,
        body: Mutex::new(Some(body)),
    };
    Ok((call, verb))
}

/// A verb the path does not have is refused only to a caller whom one of its verbs would let in.
async fn authenticate(
    engine: &Shared,
    headers: &HeaderMap,
    route: &Route,
    verb: Option<&Verb>,
) -> Result<Caller, Failure> {
    if let Some(verb) = verb {
        return Caller::authenticate(&engine.store, headers, verb.auth).await;
    }
    let mut outcome = Err(Failure::unauthorized());
    for verb in &route.verbs {
        outcome = Caller::authenticate(&engine.store, headers, verb.auth).await;
        if outcome.is_ok() {
            break;
        }
    }
    outcome
}

fn not_allowed(route: &Route) -> Refusal {
    let allowed: Vec<&str> = route.verbs.iter().map(|verb| verb.method.as_str()).collect();
    let failure = Failure::plain(StatusCode::METHOD_NOT_ALLOWED);
    Refusal { failure, allow: HeaderValue::from_str(&allowed.join(", ")).ok() }
}

/// Finds the route of a full path: under the prefix, duplicate slashes collapsed, a trailing slash dropped
/// (spec P 1.1).
fn find(path: &str) -> Option<Match> {
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let path = format!("/{}", segments.join("/"));
    routes::find(path.strip_prefix(PREFIX)?)
}

fn check_media(verb: &Verb, headers: &HeaderMap) -> Result<(), Failure> {
    let sent = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(essence);
    let readable = match (sent.as_deref(), verb.media) {
        (None | Some("application/json"), _) => true,
        (Some("multipart/form-data" | "application/x-www-form-urlencoded"), Media::Form) => true,
        // A GET or DELETE has no body, so what its type claims does not matter.
        _ => matches!(verb.method, Method::GET | Method::DELETE),
    };
    if !readable {
        return Err(Failure::plain(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let accepted: Vec<String> = accepted.flat_map(|value| value.split(',')).map(essence).collect();
    let json = |range: &String| matches!(range.as_str(), "*/*" | "application/*" | "application/json" | "");
    if verb.media != Media::File && !accepted.is_empty() && !accepted.iter().any(json) {
        return Err(Failure::plain(StatusCode::NOT_ACCEPTABLE));
    }
    Ok(())
}

/// A media type or range without parameters, lower-case.
fn essence(value: &str) -> String {
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Runs the handler. A read is dropped with its caller; a change runs in a task of its own, so that dropping the
/// caller never leaves half of it.
async fn handle(call: Call, verb: &'static Verb) -> Result<Reply, Refusal> {
    let caught = if call.method == Method::GET {
        AssertUnwindSafe((verb.handler)(&call)).catch_unwind().await
    } else {
        let tracker = call.engine.tasks.clone();
        let task = async move { AssertUnwindSafe((verb.handler)(&call)).catch_unwind().await };
        match tracker.spawn(task.in_current_span()).await {
            Ok(caught) => caught,
            Err(_) => return Err(Failure::plain(StatusCode::SERVICE_UNAVAILABLE).into()),
        }
    };
    match caught {
        Ok(outcome) => outcome.map_err(Refusal::from),
        Err(_) => {
            tracing::error!("a handler panicked");
            Err(Failure::plain(StatusCode::INTERNAL_SERVER_ERROR).into())
        }
    }
}

/// An answer made outside the route table, by the server's own endpoints.
pub(crate) fn bare(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(body::empty());
    *response.status_mut() = status;
    response
}
