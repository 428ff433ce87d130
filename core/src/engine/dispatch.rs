//! Dispatch of requests, with checks in the order of spec P 14.4: path, authentication, verb, media types, instance
//! state, then the handler.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use futures::FutureExt;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, HeaderValue};
use http::request::Parts;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body::Body as _;
use tracing::Instrument;

use super::EngineInner;
use super::call::{BODY_LIMIT, Call, DEFINITION_LIMIT, Query, UPLOAD_LIMIT, collected};
use super::caller::Caller;
use super::contract::{Auth, HUB, Match, PREFIX, Route, Verb};
use super::cors;
use super::describe::path_names;
use super::failure::Failure;
use super::handlers::instances::configuration;
use super::live::merged;
use super::login::PeerAddress;
use super::media;
use super::reply::{Reply, names};
use super::request_context::{RequestContext, Scheme, Served};
use super::router::{ElementRoutes, may_be_resource, refusal};
use super::routes;
use super::store::{InstanceRow, Instances, Scope, UsageRow, now_s};
use super::trace::{self, RequestInfo, Trace};
use crate::auth::{Authorization, hex, random_bytes};
use crate::body::{self, Body};
use crate::element::Element;
use crate::warning::short;

/// Responds to one request. Never fails and never panics; every response has a request id (spec P 14.5).
pub(crate) async fn answer(engine: Arc<EngineInner>, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let (method, uri) = (parts.method.clone(), parts.uri.clone());
    let asked = RequestInfo { request_id: request_id(), method, uri, started: Instant::now() };
    let origin = parts.headers.get(http::header::ORIGIN).cloned();
    let peer = parts.extensions.get::<PeerAddress>().copied();
    let span =
        tracing::info_span!("call", request_id = %asked.request_id, method = %asked.method, path = asked.uri.path());
    let mut context = RequestContext::default();
    let mut response = match preflight(&parts) {
        Some(response) => response,
        None => run(Arc::clone(&engine), &asked, parts, body, &mut context).instrument(span.clone()).await,
    };
    if let Ok(value) = HeaderValue::from_str(&asked.request_id) {
        response.headers_mut().insert(names::REQUEST_ID, value);
    }
    cors::expose(origin, response.headers_mut());
    let status = response.status().as_u16();
    if let Some(row) = context.usage(&engine, &asked, peer) {
        engine.usage.add(UsageRow { status, ..row });
    }
    span.in_scope(|| tracing::info!(status, elapsed_ms = asked.started.elapsed().as_millis(), "answered"));
    response.extensions_mut().insert(Served(context.route));
    response
}

/// Returns a request id: 24 lower-case hexadecimal characters (spec P 1.4).
fn request_id() -> String {
    random_bytes::<12>().map(|bytes| hex(&bytes)).unwrap_or_else(|_| "0".repeat(24))
}

fn preflight(parts: &Parts) -> Option<Response<Body>> {
    (parts.method == Method::OPTIONS).then(|| cors::preflight(&parts.headers))
}

async fn run(
    engine: Arc<EngineInner>,
    asked: &RequestInfo,
    parts: Parts,
    body: Body,
    context: &mut RequestContext,
) -> Response<Body> {
    if parts.uri.path() == OPENAPI {
        return openapi(&engine, &parts, &asked.request_id);
    }
    let mut response = match checked(engine, asked, parts, body, context).await {
        Ok(call) => {
            let call = Arc::new(call);
            let outcome = handle(Arc::clone(&call)).await;
            let outcome = outcome.map(|reply| reply.warn(call.ignored_parameters()));
            let mut response = told(outcome, &asked.request_id);
            trace::finish(&call, asked, &mut response).await;
            response
        }
        Err(failure) => failure.into_response(&asked.request_id),
    };
    if let Some((instance_id, _)) = context.instance {
        response.headers_mut().insert(names::INSTANCE_ID, HeaderValue::from(instance_id));
    }
    response
}

/// The only path outside the prefix that an engine serves (spec P 16.9).
const OPENAPI: &str = "/openapi.json";

fn openapi(engine: &EngineInner, parts: &Parts, id: &str) -> Response<Body> {
    if parts.method == Method::GET {
        return Reply::json_bytes(engine.openapi()).into_response();
    }
    Failure::not_allowed([&Method::GET]).into_response(id)
}

/// Rejects a body whose announced size exceeds the limit, which is checked first (spec P 14.4). A body that a resource of
/// the caller's element may read as it arrives is left to the resource.
fn refuse_too_large(parts: &Parts, path: &str, body: &Body, found: Option<&Match>) -> Result<(), Failure> {
    let is_resource = || may_be_resource(path.strip_prefix(PREFIX).unwrap_or_default());
    let limit = match found.and_then(|found| found.route.verb(&parts.method)) {
        Some(verb) if verb.takes_definition() => DEFINITION_LIMIT,
        Some(verb) if verb.takes_upload() => UPLOAD_LIMIT,
        _ if is_resource() && media::may_be_long(&parts.headers) => return Ok(()),
        _ => BODY_LIMIT,
    };
    let announced = parts.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    match announced.unwrap_or_default().max(body.size_hint().lower()) > limit as u64 {
        true => Err(Failure::too_large(limit)),
        false => Ok(()),
    }
}

fn told(outcome: Result<Reply, Failure>, request_id: &str) -> Response<Body> {
    outcome.map_or_else(|failure| failure.into_response(request_id), Reply::into_response)
}

async fn checked(
    engine: Arc<EngineInner>,
    asked: &RequestInfo,
    parts: Parts,
    body: Body,
    context: &mut RequestContext,
) -> Result<Call, Failure> {
    let mut parts = parts;
    let read_by_post = is_read_by_post(&parts);
    if read_by_post {
        parts.method = Method::GET;
    }
    let path = plain(parts.uri.path());
    let found = find(&engine, &path);
    refuse_too_large(&parts, &path, &body, found.as_ref())?;
    context.route = found.as_ref().map(|found| found.route.path.clone());
    let caller = match &found {
        Some(found) => caller(&engine, &parts, &path, found).await?,
        None => caller_of_defined(&engine, &parts, &path).await?,
    };
    context.instance = caller.instance.as_ref().map(|instance| (instance.id, instance.element_id));
    context.user.clone_from(&caller.user);
    let own = defined_of(&engine, &caller).await?;
    let Match { route, params, .. } = of_caller(&engine, &caller, own.as_deref(), &path, found)?;
    context.route = Some(route.path.clone());
    let not_allowed = || Failure::not_allowed(route.verbs.iter().map(|verb| &verb.method));
    let verb = route.verb(&parts.method).ok_or_else(not_allowed)?.clone();
    media::check(&verb, &parts.headers, &body)?;
    if verb.auth == Auth::Resource {
        require_ready(caller.instance.as_ref(), own.as_deref())?;
    }
    let mut query = Query::parse(parts.uri.query());
    let body = if read_by_post {
        query.extend(&collected(body, BODY_LIMIT).await?);
        body::empty()
    } else {
        body
    };
    let native = || engine.elements.by_id(caller.instance.as_ref()?.element_id);
    let element = own.as_ref().map(|routes| &routes.element).or_else(native).cloned();
    let params = named_by_resource(params, &verb, element.as_deref());
    let call = Call {
        engine,
        element,
        request_id: asked.request_id.clone(),
        query,
        method: parts.method,
        route,
        verb,
        params,
        peer: parts.extensions.get::<PeerAddress>().map(|peer| peer.0),
        scheme: Scheme::of(&parts.headers, &parts.extensions),
        headers: parts.headers,
        caller,
        trace: Trace::default(),
        body: Mutex::new(Some(body)),
    };
    begin_trace(&call);
    Ok(call)
}

/// Rejects calls to the vendor for an instance that is disabled, or that lacks what its element requires since it was
/// changed (spec E 2.30).
fn require_ready(instance: Option<&InstanceRow>, own: Option<&ElementRoutes>) -> Result<(), Failure> {
    let Some(instance) = instance else { return Ok(()) };
    if instance.disabled {
        return Err(Failure::new(StatusCode::FORBIDDEN, "The element instance is disabled"));
    }
    own.map_or(Ok(()), |own| configuration::require(&*own.element, &merged(instance)))
}

fn begin_trace(call: &Call) {
    if let Some(instance) = call.caller.instance.as_ref().filter(|instance| instance.trace_until_s > now_s()) {
        call.trace.begin(instance.element_id, &call.request_id);
    }
}

/// Returns the caller of a path.
async fn caller(engine: &EngineInner, parts: &Parts, path: &str, found: &Match) -> Result<Caller, Failure> {
    let _let_in = engine.admission.acquire().await?;
    match authenticate(engine, &parts.headers, &found.route, found.route.verb(&parts.method)).await {
        Err(refused) => match refused_family(engine, parts, path).await {
            Some(family) => Err(family),
            None => Err(unserved(engine, parts, path, found).await.unwrap_or(refused)),
        },
        Ok(caller) => Ok(caller),
    }
}

/// Returns the caller of a path that only an element of an organization may have. A caller without credentials does not
/// learn whether the path exists.
async fn caller_of_defined(engine: &EngineInner, parts: &Parts, path: &str) -> Result<Caller, Failure> {
    let below = path.strip_prefix(PREFIX).unwrap_or_default();
    if refusal(below).is_some() {
        let _let_in = engine.admission.acquire().await?;
        match refused_family(engine, parts, path).await {
            Some(family) => return Err(family),
            None if !may_be_resource(below) => return Err(Failure::unauthorized()),
            None => {}
        }
    }
    if !may_be_resource(below) || !parts.headers.contains_key(AUTHORIZATION) || !engine.store.has_elements().await? {
        return Err(unknown(path));
    }
    let _let_in = engine.admission.acquire().await?;
    Caller::authenticate(&engine.store, &parts.headers, Auth::Resource).await
}

/// Returns the refusal of a family of the platform that is not served, for a caller with its credentials. A caller with
/// an Element token calls a resource of that name.
async fn refused_family(engine: &EngineInner, parts: &Parts, path: &str) -> Option<Failure> {
    let below = path.strip_prefix(PREFIX)?;
    let message = refusal(below)?;
    let header = parts.headers.get(AUTHORIZATION)?.to_str().ok()?;
    let has_token = Authorization::parse(header).is_ok_and(|given| given.element.is_some());
    if has_token && may_be_resource(below) {
        return None;
    }
    Caller::authenticate(&engine.store, &parts.headers, Auth::Organization).await.ok()?;
    Some(Failure::bad_request(message))
}

/// Returns the routes of the element of the caller's instance if it is a document of the organization.
async fn defined_of(engine: &EngineInner, caller: &Caller) -> Result<Option<Arc<ElementRoutes>>, Failure> {
    match (&caller.user, &caller.instance) {
        (Some(user), Some(instance)) if engine.elements.by_id(instance.element_id).is_none() => {
            Ok(engine.defined_routes(user.organization_id, instance.element_id).await?)
        }
        _ => Ok(None),
    }
}

/// Returns the route that the caller's instance has for a path: of a path of elements, that of the element of the
/// instance.
fn of_caller(
    engine: &EngineInner,
    caller: &Caller,
    own: Option<&ElementRoutes>,
    path: &str,
    found: Option<Match>,
) -> Result<Match, Failure> {
    let Some(instance) = &caller.instance else { return found.ok_or_else(|| unknown(path)) };
    match found {
        Some(found) if found.element.is_none_or(|element| element == instance.element_id) => return Ok(found),
        _ => {}
    }
    let below = path.strip_prefix(PREFIX).unwrap_or_default();
    let found = match own {
        Some(own) => own.find(below),
        None => engine.gateway.routes.of_element(instance.element_id, below),
    };
    found.ok_or_else(|| unknown(path))
}

/// Names the values of the path as the called resource does: resources of one route may name them differently.
fn named_by_resource(
    mut params: Vec<(String, String)>,
    verb: &Verb,
    element: Option<&dyn Element>,
) -> Vec<(String, String)> {
    let resource = verb.resource.and_then(|position| element?.resources().get(position));
    let Some(resource) = resource else { return params };
    let own = params.iter_mut().filter(|(name, _)| name != HUB);
    for ((name, _), given) in own.zip(path_names(&resource.template)) {
        if name != given {
            given.clone_into(name);
        }
    }
    params
}

/// Returns whether a call is a read whose parameters are too long for a URL: a `POST` of a form with
/// `X-HTTP-Method-Override: GET` (spec P 16.14).
fn is_read_by_post(parts: &Parts) -> bool {
    let is = |name: &str, value: &str| {
        let sent = parts.headers.get(name).and_then(|sent| sent.to_str().ok()).unwrap_or_default();
        sent.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(value)
    };
    parts.method == Method::POST
        && is("x-http-method-override", "GET")
        && is("content-type", "application/x-www-form-urlencoded")
}

/// Authenticates a call. A verb that the path does not have is reported only to a caller whom one of its verbs
/// accepts.
async fn authenticate(
    engine: &EngineInner,
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

/// Finds the route of a full path.
fn find(engine: &EngineInner, path: &str) -> Option<Match> {
    engine.gateway.routes.find(path.strip_prefix(PREFIX)?)
}

/// Collapses duplicate slashes and drops a trailing slash (spec P 1.1).
fn plain(path: &str) -> String {
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    format!("/{}", segments.join("/"))
}

/// Returns the 404 of an unknown path; a path that could be a resource is not supported by the element (spec P 3.4,
/// 7.2).
fn unknown(path: &str) -> Failure {
    match path.strip_prefix(PREFIX).filter(|path| !path.is_empty()) {
        Some(path) if may_be_resource(path) => Failure::not_supported(),
        _ => Failure::not_found(format!("Not Found: there is no path {}", short(path))),
    }
}

/// Returns the 404 of a path that only a common resource could have, for a caller with organization credentials: the
/// Element token that such a path requires would not help.
async fn unserved(engine: &EngineInner, parts: &Parts, path: &str, found: &Match) -> Option<Failure> {
    let (_, name) = found.params.iter().find(|(known, _)| known == "commonResource")?;
    if !engine.gateway.routes.is_any_resource(path.strip_prefix(PREFIX)?) {
        return None;
    }
    let caller = Caller::authenticate(&engine.store, &parts.headers, Auth::Organization).await.ok()?;
    let organization = caller.user().ok()?.organization_id;
    let scope = Scope { organization, account: None, instances: Instances::OfOrganization };
    let defined = engine.store.definition_tx().await.ok()?.visible_definitions(scope, Some(name)).await.ok()?;
    let is_object = engine.elements.all().iter().any(|element| element.find_object(name).is_some());
    // Any object of an element of the organization may have the name.
    if !defined.is_empty() || is_object || !engine.heads(caller.user.as_ref()).await.ok()?.is_empty() {
        return None;
    }
    Some(Failure::not_found(format!("Not Found: there is no path {}", short(path))))
}

/// Runs the handler. A read is dropped with its caller; a change runs in a separate task, so that it completes even
/// if the caller is dropped.
async fn handle(call: Arc<Call>) -> Result<Reply, Failure> {
    let Some(handler) = routes::handler(&call.verb) else {
        return Err(Failure::plain(StatusCode::INTERNAL_SERVER_ERROR));
    };
    if call.is_dry_run()? && !call.verb.can_run_dry() {
        return Err(Failure::bad_request("This call has no dry run: only writes and other calls of elements have one"));
    }
    let caught = if call.method == Method::GET {
        AssertUnwindSafe(handler(&call)).catch_unwind().await
    } else {
        let tracker = call.engine.tasks.clone();
        let ended = if call.writes() { Failure::open_outcome } else { |failure| failure };
        let task = async move { AssertUnwindSafe(handler(&call)).catch_unwind().await }.in_current_span();
        match tracker.spawn(task).await {
            Ok(Some(caught)) => caught,
            _ => return Err(ended(Failure::plain(StatusCode::SERVICE_UNAVAILABLE))),
        }
    };
    caught.unwrap_or_else(|_| {
        tracing::error!("a handler panicked");
        Err(Failure::plain(StatusCode::INTERNAL_SERVER_ERROR))
    })
}

/// Returns a refusal made outside the engine, with a new request id and the message of its status.
#[cfg(feature = "server")]
pub(crate) fn refuse(status: StatusCode, retry_after_s: Option<u64>) -> Response<Body> {
    refused(Failure::plain(status).retry_after(retry_after_s))
}

/// Returns a refusal like [`refuse`], with this message.
#[cfg(feature = "server")]
pub(crate) fn refuse_with(status: StatusCode, message: &str) -> Response<Body> {
    refused(Failure::new(status, message))
}

#[cfg(feature = "server")]
fn refused(failure: Failure) -> Response<Body> {
    let id = request_id();
    let mut response = failure.into_response(&id);
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(names::REQUEST_ID, value);
    }
    response
}

/// Returns request id and body of a refusal that the caller writes itself.
#[cfg(feature = "server")]
pub(crate) fn refusal_body(status: StatusCode, message: &str) -> (String, Vec<u8>) {
    let id = request_id();
    let body = Failure::new(status, message).body(&id);
    (id, body)
}
