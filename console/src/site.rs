//! The way of every request: host, page, origin, session, form, handler, headers.

use std::fmt;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use bytes::Bytes;
use elementkit::Result;
use elementkit::body::{self, Body};
use elementkit::engine::Engine;
use elementkit::server::{Site, Visit};
use futures::FutureExt;
use futures::future::BoxFuture;
use http::header::{HeaderName, SET_COOKIE};
use http::{HeaderValue, Method, Response, StatusCode};
use http_body_util::{BodyExt, Limited};
use tokio::sync::Semaphore;

use crate::failure::{Failure, Outcome};
use crate::form::{self, Pairs};
use crate::request::Request;
use crate::routes::{Guard, Route, Router};
use crate::session::{Limits, OneTimeKeys, Session, Sessions};
use crate::throttle::Throttle;
use crate::{PATH, browser, cookie, page};

/// Options of the console.
#[derive(Clone, Debug)]
pub struct ConsoleOptions {
    /// Names of this server that browsers may use, besides those of the computer itself. `None` accepts any, for a server
    /// whose name is not known. Default: no further names.
    pub hosts: Option<Vec<String>>,
    /// Time after which an unused session ends. Default: 30 minutes.
    pub idle: Duration,
    /// Time after which every session ends. Default: 12 hours.
    pub lifetime: Duration,
}

impl Default for ConsoleOptions {
    fn default() -> Self {
        let minute = Duration::from_secs(60);
        Self { hosts: Some(Vec::new()), idle: 30 * minute, lifetime: 720 * minute }
    }
}

/// Maximum size of a form, in bytes.
const FORM_LIMIT: usize = 4 << 20;
/// Maximum size of a form of people who are not signed in, in bytes.
const OPEN_LIMIT: usize = 16 << 10;
/// Maximum number of reports that are made at the same time; others wait.
const REPORTS: usize = 8;

/// State that all requests share.
pub(crate) struct State {
    hosts: Option<Vec<String>>,
    pub sessions: Sessions,
    pub keys: OneTimeKeys,
    pub throttle: Throttle,
    /// Reports that may be made at the same time.
    pub reports: Arc<Semaphore>,
}

/// The console, as the part of a server. Cheap to clone; all clones share their sessions.
#[derive(Clone)]
pub struct Console {
    state: Arc<State>,
}

impl Console {
    /// Creates a console without sessions.
    #[must_use]
    pub fn new(options: ConsoleOptions) -> Self {
        let limits = Limits { idle: options.idle, whole: options.lifetime };
        Self {
            state: Arc::new(State {
                hosts: options.hosts,
                sessions: Sessions::new(limits),
                keys: OneTimeKeys::default(),
                throttle: Throttle::default(),
                reports: Arc::new(Semaphore::new(REPORTS)),
            }),
        }
    }

    /// Returns a link below an origin, such as `http://127.0.0.1:8088`, that signs the first user of the database in. It
    /// can be used once, for ten minutes.
    ///
    /// # Errors
    /// `internal` if the operating system gives no random bytes.
    pub fn one_time_link(&self, origin: &str) -> Result<String> {
        let key = self.state.keys.mint()?;
        Ok(form::address(&format!("{origin}{PATH}/enter"), [("key", key.expose())]))
    }
}

impl fmt::Debug for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Console").finish_non_exhaustive()
    }
}

impl Site for Console {
    fn path(&self) -> &str {
        PATH
    }

    fn respond(&self, engine: Engine, visit: Visit) -> BoxFuture<'_, Response<Body>> {
        respond(Arc::clone(&self.state), engine, visit).boxed()
    }
}

static ROUTER: LazyLock<Router> = LazyLock::new(Router::new);

async fn respond(state: Arc<State>, engine: Engine, visit: Visit) -> Response<Body> {
    let (parts, body) = visit.request.into_parts();
    let path = parts.uri.path().to_owned();
    let mut request = Request {
        state,
        engine,
        session: None,
        params: Default::default(),
        query: Pairs::parse(parts.uri.query().unwrap_or_default().as_bytes()),
        form: Pairs::default(),
        path,
        headers: parts.headers,
        peer: visit.peer,
        is_https: visit.is_https,
    };
    let outcome = match checked(&mut request, &parts.method, body).await {
        Ok(route) => (route.handler)(&request).await,
        Err(failure) => Err(failure),
    };
    let outcome = outcome.or_else(|failure| explained(&request, &failure));
    let mut response = outcome.unwrap_or_else(|failure| {
        let mut response = Response::new(body::empty());
        *response.status_mut() = failure.status();
        response
    });
    protect(&mut response);
    response
}

/// Checks a request in the order in which it could do harm, and reads its form. Returns its page.
async fn checked(request: &mut Request, method: &Method, body: Body) -> std::result::Result<&'static Route, Failure> {
    if !browser::is_known_host(&request.headers, request.state.hosts.as_deref()) {
        return Err(Failure::UnknownHost);
    }
    request.session = request.session_key().and_then(|key| request.state.sessions.find(key));
    let (routes, params) = ROUTER.find(&request.path).ok_or(Failure::NotFound)?;
    let wanted = if method == Method::HEAD { &Method::GET } else { method };
    let route = *routes.iter().find(|route| route.method == *wanted).ok_or(Failure::Method)?;
    request.params = params.into_iter().collect();
    if browser::changes(method) && !browser::is_own_page(&request.headers, request.is_https) {
        return Err(Failure::Forged);
    }
    let limit = match route.guard {
        Guard::Open => OPEN_LIMIT,
        Guard::SignedIn if request.session.is_none() => return Err(Failure::Expired),
        Guard::SignedIn => FORM_LIMIT,
    };
    if browser::changes(method) {
        request.form = Pairs::parse(&collected(body, limit).await.ok_or(Failure::BadForm)?);
    }
    let is_own = |session: &Arc<Session>| session.is_own_form(request.form.get("csrf").unwrap_or_default());
    let needs_value = route.guard == Guard::SignedIn && browser::changes(method);
    if needs_value && !request.session.as_ref().is_some_and(is_own) {
        return Err(Failure::Forged);
    }
    Ok(route)
}

/// Returns the bytes of a body of at most this size. Boxed, because the compiler cannot prove that the bare future is `Send`
/// wherever it is awaited.
pub(crate) fn collected(body: Body, limit: usize) -> BoxFuture<'static, Option<Bytes>> {
    Limited::new(body, limit).collect().map(|outcome| outcome.ok().map(|body| body.to_bytes())).boxed()
}

/// Returns the page about a failure; people without a session are asked to sign in.
fn explained(request: &Request, failure: &Failure) -> Outcome {
    if !matches!(failure, Failure::Expired) {
        return page::failed(request, failure);
    }
    // A session whose secrets are no longer valid is of no use.
    request.session_key().inspect(|key| request.state.sessions.end(key));
    let next = if request.path == PATH { "" } else { &request.path };
    let address = form::address(&format!("{PATH}/sign-in"), [("next", next)]);
    let mut response = page::redirect(&address)?;
    let headers = response.headers_mut();
    if let Some(ended) = cookie::set_session(&request.headers, request.is_https, "") {
        headers.insert(SET_COOKIE, ended);
    }
    if request.is_partial() {
        // A script would follow the redirect and put the page into the other one.
        headers.insert(
            HeaderName::from_static("hx-redirect"),
            HeaderValue::try_from(address).unwrap_or_else(|_| HeaderValue::from_static(PATH)),
        );
        *response.status_mut() = StatusCode::OK;
    }
    Ok(response)
}

/// Headers of every response: only own files are loaded, no page is framed, and other sites learn nothing.
const PROTECTION: [(&str, &str); 7] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    ("x-frame-options", "DENY"),
    ("x-content-type-options", "nosniff"),
    // Of `no-referrer` browsers would send forms without their origin.
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
];

fn protect(response: &mut Response<Body>) {
    for (name, value) in PROTECTION {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
}
