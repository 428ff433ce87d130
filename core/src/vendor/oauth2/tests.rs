//! Calls with tokens of a server on this machine.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use futures::FutureExt;
use futures::future::{BoxFuture, ready};
use http::{HeaderMap, StatusCode};
use serde_json::json;
use url::Url;

use super::*;
use crate::http_client::HttpOptions;
use crate::vendor::counts::CallCounts;
use crate::vendor::network::Network;
use crate::vendor::{
    Changes, Context, Decode, Generation, LiveConfiguration, Login, LoginError, Repeat, VendorAnswer, VendorClient,
    VendorError, VendorErrorKind, VendorLimits, VendorRequest, VendorRetry, VendorTrace,
};

type Test<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// A vendor that issues the tokens `hush-1`, `hush-2` and so on, and accepts the newest one only.
#[derive(Default)]
struct Vendor {
    issued: AtomicUsize,
    /// Statuses of the next answers of the token endpoint, instead of tokens.
    failures: Mutex<Vec<u16>>,
    forms: Mutex<Vec<BTreeMap<String, String>>>,
    /// Authorizations of the other calls.
    seen: Mutex<Vec<String>>,
}

async fn token(State(vendor): State<Arc<Vendor>>, body: String) -> (StatusCode, String) {
    let form: BTreeMap<String, String> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let secret = form.get("refresh_token").or(form.get("code")).cloned().unwrap_or_default();
    vendor.forms.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(form);
    let failure = vendor.failures.lock().unwrap_or_else(std::sync::PoisonError::into_inner).pop();
    if let Some(status) = failure {
        let body = json!({"error": "invalid_grant", "error_description": format!("bad {secret}")});
        return (StatusCode::from_u16(status).unwrap_or_default(), body.to_string());
    }
    let number = vendor.issued.fetch_add(1, Ordering::SeqCst) + 1;
    let body = json!({"access_token": format!("hush-{number}"), "refresh_token": format!("hush-r{number}"),
        "expires_in": 3600});
    (StatusCode::OK, body.to_string())
}

async fn data(State(vendor): State<Arc<Vendor>>, headers: HeaderMap) -> StatusCode {
    let sent = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    vendor.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(sent.to_owned());
    let valid = sent == format!("Bearer hush-{}", vendor.issued.load(Ordering::SeqCst));
    if valid { StatusCode::OK } else { StatusCode::UNAUTHORIZED }
}

async fn start(vendor: &Arc<Vendor>) -> Test<Url> {
    let routes = Router::new().route("/token", post(token)).route("/data", get(data)).with_state(Arc::clone(vendor));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = Url::parse(&format!("http://{}", listener.local_addr()?))?;
    tokio::spawn(async move { axum::serve(listener, routes).await });
    Ok(url)
}

/// Values in memory.
struct Held(Mutex<Configuration>);

impl Held {
    fn of(url: &Url, more: &[(&str, &str)]) -> Arc<Self> {
        let token_url = format!("{url}token");
        let own = [(keys::API_KEY, "k"), (keys::API_SECRET, "hush-secret"), (keys::TOKEN_URL, token_url.as_str())];
        let values = own.iter().chain(more).map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        Arc::new(Self(Mutex::new(Configuration::new(values.collect(), Generation(1)))))
    }

    fn changed(&self, changes: &Changes, logins: u64) -> Arc<Configuration> {
        let mut held = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut values = held.values().clone();
        changes.apply(&mut values);
        *held = Configuration::new(values, Generation(held.generation().0 + logins));
        Arc::new(held.clone())
    }
}

impl LiveConfiguration for Held {
    fn current(&self) -> Arc<Configuration> {
        self.changed(&Changes::default(), 0)
    }

    fn write(&self, changes: Changes) -> BoxFuture<'_, crate::error::Result<Arc<Configuration>>> {
        ready(Ok(self.changed(&changes, 0))).boxed()
    }

    fn renew(&self, _: Generation, login: Login) -> BoxFuture<'_, Result<Arc<Configuration>, VendorError>> {
        async move {
            let changes = login(self.current()).await.map_err(LoginError::into_error)?;
            Ok(self.changed(&changes, 1))
        }
        .boxed()
    }
}

struct Status;

impl Decode<u16> for Status {
    fn decode(&self, answer: VendorAnswer) -> Result<u16, VendorError> {
        let status = answer.status.as_u16();
        match status {
            200 => Ok(status),
            _ => Err(VendorError::answered(VendorErrorKind::Unauthorized, status, "refused")),
        }
    }
}

fn client() -> Test<VendorClient> {
    let retry = VendorRetry { attempts: 2, base: Duration::from_millis(1), ..VendorRetry::default() };
    let network = Network::new(&HttpOptions::default(), true)?;
    Ok(VendorClient::new(network, VendorLimits { retry, ..VendorLimits::default() }, Arc::new(CallCounts::default())))
}

async fn call(kind: Kind, url: &Url, held: &Arc<Held>, cx: &Context) -> Test<Result<u16, VendorError>> {
    let client = client()?;
    let authorize = OAuth2::new(kind, &client, Arc::clone(held) as Arc<dyn LiveConfiguration>);
    assert!(!format!("{authorize:?} {:?}", held.current()).contains("hush"));
    let request = VendorRequest::get(url.join("data")?, "data");
    Ok(client.authorized_by(Arc::new(authorize)).call(cx, request, Repeat::Always, &Status).await)
}

fn list<T: Clone>(values: &Mutex<Vec<T>>) -> Vec<T> {
    values.lock().map(|values| values.clone()).unwrap_or_default()
}

const OLD: [(&str, &str); 2] = [(keys::USER_TOKEN, "hush-0"), (keys::REFRESH_TOKEN, "hush-r0")];
const DUE: (&str, &str) = (keys::REFRESH_TIME, "1");

#[tokio::test]
async fn a_token_that_is_due_is_renewed_before_the_call() -> Test {
    let vendor = Arc::new(Vendor::default());
    let url = start(&vendor).await?;
    let held = Held::of(&url, &[OLD[0], OLD[1], DUE]);
    for _ in 0..2 {
        assert_eq!(call(Kind::Code, &url, &held, &Context::default()).await?.ok(), Some(200));
    }
    assert_eq!(list(&vendor.seen), ["Bearer hush-1", "Bearer hush-1"]);
    assert_eq!(list(&vendor.forms).len(), 1);
    assert_eq!(held.current().get(keys::REFRESH_TOKEN), Some("hush-r1"));
    Ok(())
}

#[tokio::test]
async fn a_rejected_token_is_renewed_once() -> Test {
    let vendor = Arc::new(Vendor { issued: AtomicUsize::new(5), ..Vendor::default() });
    let url = start(&vendor).await?;
    let held = Held::of(&url, &OLD);
    assert_eq!(call(Kind::Code, &url, &held, &Context::default()).await?.ok(), Some(200));
    assert_eq!(list(&vendor.seen), ["Bearer hush-0", "Bearer hush-6"]);
    // Another token is the newest one now, and cannot be known.
    vendor.issued.fetch_add(1, Ordering::SeqCst);
    let without_refresh = Held::of(&url, &OLD[..1]);
    let error = call(Kind::Code, &url, &without_refresh, &Context::default()).await?.err().ok_or("no error")?;
    assert_eq!((error.kind, error.status), (VendorErrorKind::Unauthorized, Some(401)));
    Ok(())
}

#[tokio::test]
async fn clients_and_passwords_log_in_without_a_token() -> Test {
    for (kind, grant) in [(Kind::ClientCredentials, "client_credentials"), (Kind::Password, "password")] {
        let vendor = Arc::new(Vendor::default());
        let url = start(&vendor).await?;
        let held = Held::of(&url, &[(keys::USERNAME, "u"), (keys::PASSWORD, "hush-p")]);
        assert_eq!(call(kind, &url, &held, &Context::default()).await?.ok(), Some(200));
        let grants = list(&vendor.forms);
        assert_eq!(grants.iter().filter_map(|form| form.get("grant_type")).collect::<Vec<_>>(), [grant]);
    }
    Ok(())
}

#[tokio::test]
async fn an_outage_of_the_token_endpoint_is_no_rejection() -> Test {
    let vendor = Arc::new(Vendor::default());
    let url = start(&vendor).await?;
    let held = Held::of(&url, &[OLD[0], OLD[1], DUE]);
    vendor.failures.lock().map_err(|error| error.to_string())?.extend([503, 503]);
    let error = call(Kind::Code, &url, &held, &Context::default()).await?.err().ok_or("no error")?;
    assert_eq!((error.kind, error.status), (VendorErrorKind::Unavailable, Some(503)));
    // One failure is not noticed.
    vendor.failures.lock().map_err(|error| error.to_string())?.push(503);
    assert_eq!(call(Kind::Code, &url, &held, &Context::default()).await?.ok(), Some(200));
    Ok(())
}

#[tokio::test]
async fn a_token_that_is_due_but_valid_is_used_during_an_outage() -> Test {
    let vendor = Arc::new(Vendor { issued: AtomicUsize::new(7), ..Vendor::default() });
    let url = start(&vendor).await?;
    let begin = (login::now_ms() - 3_580_000).to_string();
    let held = Held::of(&url, &[(keys::USER_TOKEN, "hush-7"), OLD[1], (keys::REFRESH_TIME, begin.as_str())]);
    vendor.failures.lock().map_err(|error| error.to_string())?.extend([503, 503]);
    assert_eq!(call(Kind::Code, &url, &held, &Context::default()).await?.ok(), Some(200));
    assert_eq!(list(&vendor.forms).len(), 2);
    Ok(())
}

/// A writer into a shared buffer.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_error_log_or_trace_contains_a_secret() -> Test {
    let log = Log::default();
    let written = log.clone();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false);
    let _logging = tracing::subscriber::set_default(subscriber.with_writer(move || written.clone()).finish());
    let vendor = Arc::new(Vendor::default());
    let url = start(&vendor).await?;
    let trace = Arc::new(VendorTrace::default());
    let cx = Context::default().traced(Arc::clone(&trace));
    for failures in [vec![], vec![400], vec![503, 503]] {
        vendor.failures.lock().map_err(|error| error.to_string())?.extend(failures);
        let held = Held::of(&url, &[OLD[0], OLD[1], DUE]);
        let outcome = call(Kind::Code, &url, &held, &cx).await?;
        let text = format!("{outcome:?} {}", outcome.as_ref().err().map(ToString::to_string).unwrap_or_default());
        assert!(!text.contains("hush"), "{text}");
    }
    let client = client()?;
    vendor.failures.lock().map_err(|error| error.to_string())?.push(400);
    let held = Held::of(&url, &[]);
    let grant = Grant::Code { code: "hush-code".into(), verifier: Some("hush-verifier".into()), state: None };
    let error = held.renew(Generation(1), login(&client, grant)).await.err().ok_or("no error")?;
    assert_eq!(error.provider_message().as_deref(), Some("invalid_grant: bad ********"));
    let calls = serde_json::to_string(&trace.take())?;
    assert!(calls.contains("/data") && !calls.contains("hush") && !calls.contains("/token"), "{calls}");
    let log = String::from_utf8_lossy(&log.0.lock().map_err(|error| error.to_string())?).into_owned();
    assert!(log.contains("oauth token") && !log.contains("hush"), "{log}");
    Ok(())
}
