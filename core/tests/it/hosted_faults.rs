//! The hosted client against a network and a platform that fail (spec P 3.1, 14.6): the outcome of each fault, and the
//! number of attempts.

use std::time::{Duration, Instant};

use elementkit::{ErrorKind, HostedOptions, Platform, RetryPolicy};
use futures::{StreamExt, TryStreamExt};
use http::Method;
use serde_json::Value;
use tokio::net::TcpListener;

use crate::support;
use crate::support::faulty::{Act, Faulty, answer, head, json};

const BODY: &str = r#"[{"id":1}]"#;
/// Long compared with a response here, also on a busy machine.
const READ_TIMEOUT: Duration = Duration::from_secs(2);

fn options(origin: &str) -> HostedOptions {
    let retry = RetryPolicy { base: Duration::from_millis(1), cap: Duration::from_secs(5), ..RetryPolicy::HOSTED };
    let options = HostedOptions::new().base_url(origin).user("user-secret").organization("organization-secret");
    options.retry(retry).read_timeout(READ_TIMEOUT).answer_limit(1000)
}

fn platform(origin: &str) -> Platform {
    Platform::hosted(options(origin)).unwrap()
}

fn ok() -> Act {
    json(200, "", BODY)
}

/// A fault with the outcomes of a read and of a change: the error, if any, and the number of connections.
struct Row {
    name: &'static str,
    acts: Vec<Act>,
    read: (Option<ErrorKind>, usize),
    change: (Option<ErrorKind>, usize),
}

fn row(
    name: &'static str,
    acts: impl IntoIterator<Item = Act>,
    read: (impl Into<Option<ErrorKind>>, usize),
    change: (impl Into<Option<ErrorKind>>, usize),
) -> Row {
    let acts = acts.into_iter().collect();
    Row { name, acts, read: (read.0.into(), read.1), change: (change.0.into(), change.1) }
}

fn rows() -> Vec<Row> {
    use Act::{BreakOff, ResetWhenRead, Silence, Stall, Trickle};
    use ErrorKind::{Decode, InvalidRequest, NotFound, RateLimited, Server, Timeout, Transport, Vendor};
    let partial = || format!("{}[{{\"id\"", head(200, "", 100));
    let html = |status| Act::Answer(answer(status, "Content-Type: text/html\r\n", "<html>A proxy</html>"));
    let status = |status| json(status, "", r#"{"message":"as told","requestId":"abc"}"#);
    let wait = |seconds: &str| json(503, &format!("Retry-After: {seconds}\r\n"), "{}");
    let elsewhere = || json(302, "Location: http://127.0.0.1:9/\r\n", "");
    let slow = Trickle("HTTP/1.1 200 OK\r\nX-Slow: 123456789\r\n\r\n", READ_TIMEOUT / 4);
    vec![
        row("nothing fails", [ok()], (None, 1), (None, 1)),
        row("reset when the request was read", [ResetWhenRead], (Transport, 4), (Transport, 1)),
        row("reset once when the request was read", [ResetWhenRead, ok()], (None, 2), (Transport, 1)),
        row("no answer", [Silence], (Timeout, 1), (Timeout, 1)),
        row("headers that come too slowly", [slow], (Timeout, 1), (Timeout, 1)),
        row("a body that stalls", [Stall(partial())], (Timeout, 1), (Timeout, 1)),
        row("a body that breaks off", [BreakOff(partial())], (Transport, 4), (Transport, 1)),
        row("a body that breaks off once", [BreakOff(partial()), ok()], (None, 2), (Transport, 1)),
        row("a body that ends too early", [Act::Answer(partial())], (Transport, 4), (Transport, 1)),
        row("overload that passes", [wait("0"), ok()], (None, 2), (Server, 1)),
        row("overload that lasts", [wait("0")], (Server, 4), (Server, 1)),
        row("overload for longer than anyone waits", [wait("3600"), ok()], (Server, 1), (Server, 1)),
        row("429", [status(429)], (RateLimited, 4), (RateLimited, 1)),
        row("502", [status(502)], (Vendor, 4), (Vendor, 1)),
        row("504", [status(504)], (Timeout, 4), (Timeout, 1)),
        row("500 is not tried again", [status(500), ok()], (Server, 1), (Server, 1)),
        row("413", [status(413)], (InvalidRequest, 1), (InvalidRequest, 1)),
        row("a redirect is not followed", [elsewhere(), ok()], (Decode, 1), (Decode, 1)),
        row("an HTML error page that passes", [html(502), ok()], (None, 2), (Vendor, 1)),
        row("an HTML error page", [html(404)], (NotFound, 1), (NotFound, 1)),
        row("an HTML page in place of JSON", [html(200)], (Decode, 1), (Decode, 1)),
        row("broken JSON", [json(200, "", "[{\"id\":")], (Decode, 1), (Decode, 1)),
        row("JSON without an end in sight", [json(200, "", &" ".repeat(1001))], (Decode, 1), (Decode, 1)),
        row("an empty body in place of JSON", [json(200, "", "")], (Decode, 1), (Decode, 1)),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_becomes_the_error_it_should_be() {
    let checks = rows().into_iter().map(|row| async move {
        let server = Faulty::start(row.acts.clone()).await;
        let read = platform(&server.origin).elements().list().await;
        let found = (read.as_ref().err().map(elementkit::Error::kind), server.connections());
        assert_eq!(found, row.read, "{}, read: {read:?}", row.name);

        let server = Faulty::start(row.acts).await;
        let definitions = platform(&server.origin).definitions(elementkit::Level::Organization);
        let change = definitions.rename("a", "b").await;
        let kind = change.as_ref().err().map(elementkit::Error::kind);
        // The response of this change has no body to parse.
        let unread = row.change.0 == Some(ErrorKind::Decode) && kind.is_none() && server.requests().len() == 1;
        assert!(unread || (kind, server.connections()) == row.change, "{}, change: {change:?}", row.name);
    });
    futures::stream::iter(checks).buffer_unordered(8).collect::<Vec<()>>().await;
}

/// A reset that comes first may be noticed before the client has sent anything, or while it sends: a read is retried in
/// either case, a change only in the first, when the platform cannot have seen it.
#[tokio::test]
async fn a_reset_before_anything_was_read_loses_nothing() {
    for _ in 0..10 {
        let server = Faulty::start([Act::ResetAtOnce, ok()]).await;
        platform(&server.origin).elements().list().await.unwrap();
        assert_eq!((server.connections(), server.requests().len()), (2, 1));

        let server = Faulty::start([Act::ResetAtOnce, ok()]).await;
        let change = platform(&server.origin).definitions(elementkit::Level::Organization).rename("a", "b").await;
        let kind = change.err().map(|error| error.kind());
        let (sent, unsent) = ((Some(ErrorKind::Transport), 1, 0), (None, 2, 1));
        let found = (kind, server.connections(), server.requests().len());
        assert!(found == sent || found == unsent, "{found:?}");
    }
    let server = Faulty::start([Act::ResetAtOnce]).await;
    let kind = platform(&server.origin).elements().list().await.unwrap_err().kind();
    assert!(matches!(kind, ErrorKind::Transport | ErrorKind::Connect) && server.connections() == 4, "{kind:?}");
}

#[tokio::test]
async fn an_error_says_what_the_platform_said_and_never_a_secret() {
    let body = r#"{"message":"Bad Request","providerMessage":"X: y","requestId":"6a1f0c3be4b07d2a91c35e02"}"#;
    let server = Faulty::start([json(400, "", body)]).await;
    let error = platform(&server.origin).elements().list().await.unwrap_err();
    let info = error.info();
    assert_eq!((info.message.as_str(), info.provider_message.as_deref()), ("Bad Request", Some("X: y")));
    assert_eq!(info.request_id.as_deref(), Some("6a1f0c3be4b07d2a91c35e02"));
    for text in [format!("{error}"), format!("{error:?}"), format!("{:?}", options(&server.origin))] {
        assert!(!text.contains("user-secret") && !text.contains("organization-secret"), "{text}");
    }
}

#[tokio::test]
async fn overload_says_how_long_to_wait() {
    let server = Faulty::start([json(503, "Retry-After: 3600\r\n", "{}")]).await;
    let error = platform(&server.origin).elements().list().await.unwrap_err();
    assert_eq!(error.info().retry_after, Some(Duration::from_secs(3600)));

    let server = Faulty::start([json(503, "Retry-After: 1\r\n", "{}"), ok()]).await;
    let start = Instant::now();
    platform(&server.origin).elements().list().await.unwrap();
    assert!(start.elapsed() >= Duration::from_secs(1), "the pause was not kept");
}

#[tokio::test]
async fn a_change_is_repeated_only_if_nothing_was_sent() {
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = port.local_addr().unwrap();
    drop(port);
    let late = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(300)).await;
        Faulty::on(TcpListener::bind(address).await.unwrap(), vec![ok()])
    });
    let retry = RetryPolicy { retries: 5, base: Duration::from_millis(200), ..RetryPolicy::HOSTED };
    let platform = Platform::hosted(options(&format!("http://{address}")).retry(retry)).unwrap();
    let definitions = platform.definitions(elementkit::Level::Organization);
    definitions.create_all(&Default::default()).await.unwrap();
    assert_eq!(late.await.unwrap().lines(), ["POST /organizations/objects/definitions"]);

    let unreachable = Platform::hosted(options("http://127.0.0.1:9")).unwrap();
    let error = unreachable.elements().list().await.unwrap_err();
    assert!(error.message().contains("cannot connect to http://127.0.0.1:9: "), "{error}");
    assert_eq!(error.kind(), ErrorKind::Connect);
}

#[tokio::test]
async fn a_limit_to_the_time_holds_for_retries_and_body_and_can_be_set_for_each_call() {
    let server = Faulty::start([Act::Stall(head(200, "", 100))]).await;
    let limit = Duration::from_secs(1);
    let platform = Platform::hosted(options(&server.origin).read_timeout(Duration::from_secs(60))).unwrap();
    let kind = |error: elementkit::Error| error.kind();
    let typed = platform.with_timeout(limit).elements().list().await;
    assert_eq!(typed.map_err(kind).err(), Some(ErrorKind::Timeout));
    let raw = platform.request(Method::GET, "elements").timeout(limit).send().await.unwrap();
    assert_eq!(raw.json::<Value>().await.map_err(kind).err(), Some(ErrorKind::Timeout));
    let instance = platform.instances().with_token("token").with_timeout(limit);
    assert_eq!(instance.objects().await.map_err(kind).err(), Some(ErrorKind::Timeout));

    let waits = Faulty::start([json(503, "Retry-After: 4\r\n", "{}")]).await;
    let platform = Platform::hosted(options(&waits.origin).timeout(Duration::from_secs(2))).unwrap();
    // The platform's error, not a timeout: the client did not wait in vain.
    assert_eq!(platform.elements().list().await.map_err(kind).err(), Some(ErrorKind::Server));
}

#[tokio::test]
async fn credentials_go_to_no_other_origin() {
    let other = Faulty::start([ok()]).await;
    for status in [301, 302, 303, 307, 308] {
        let redirect = json(status, &format!("Location: {}/elements/api-v2/elements\r\n", other.origin), "");
        let server = Faulty::start([redirect]).await;
        let error = platform(&server.origin).elements().list().await.unwrap_err();
        assert!(error.message().contains(&other.origin), "{error}");
    }
    assert_eq!(other.connections(), 0);
}

#[tokio::test]
async fn a_list_whose_pages_form_a_cycle_is_stopped() {
    let page = |token: &str| json(200, &format!("Elements-Next-Page-Token: {token}\r\n"), BODY);
    let server = Faulty::start([page("a"), page("a")]).await;
    let records = platform(&server.origin).instances().with_token("t").records("channels");
    let found: Vec<_> = records.stream().collect().await;
    assert_eq!(found.iter().filter(|record| record.is_ok()).count(), 2);
    let kinds: Vec<_> = found.into_iter().filter_map(|record| record.err()).map(|error| error.kind()).collect();
    assert_eq!((kinds, server.connections()), (vec![ErrorKind::Decode], 2));

    let server = Faulty::start([page("a"), page("b"), page("a"), page("b"), page("a"), page("b"), page("a")]).await;
    let error = platform(&server.origin).instances().list().await.unwrap_err();
    assert!(error.kind() == ErrorKind::Decode && server.connections() <= 6, "{error}");
}

#[tokio::test]
async fn only_list_calls_that_say_so_are_empty() {
    let none = |message: &str| json(404, "", &format!("{{\"message\":\"{message}\"}}"));
    let server = Faulty::start([none("No element instances found"), none("No object definitions found")]).await;
    let platform_ = platform(&server.origin);
    assert!(platform_.instances().list().await.unwrap().is_empty());
    assert!(platform_.definitions(elementkit::Level::Organization).list().await.unwrap().is_empty());

    let server = Faulty::start([none("No bulk file found")]).await;
    let instance = platform(&server.origin).instances().with_token("t");
    let page = instance.records("channels").page(None).await.unwrap_err();
    let job = instance.bulk().job(7).await.unwrap_err();
    assert_eq!((page.kind(), job.kind()), (ErrorKind::NotFound, ErrorKind::NotFound));
    let one = platform(&server.origin).instances().get(7).await.unwrap_err();
    assert!(one.is_none_found());
}

#[tokio::test]
async fn adjustments_of_the_platform_are_reported() {
    let told =
        "Elements-Error: pageSize was capped at 5000\r\nElements-Request-Id: abc\r\nElements-Returned-Count: 1\r\n";
    let server = Faulty::start([json(200, told, BODY), json(200, told, BODY)]).await;
    let log = support::log::Log::default();
    let guard = log.install();
    let records = platform(&server.origin).instances().with_token("hush").records("channels");
    let pages: Vec<_> = records.pages().try_collect().await.unwrap();
    drop(guard);
    assert_eq!(pages[0].warning(), Some("pageSize was capped at 5000"));
    assert_eq!((pages[0].request_id(), pages[0].returned_count()), (Some("abc"), Some(1)));
    // A platform that sends only a message.
    let other = (pages[0].warnings()[0].code, pages[0].warnings()[0].message.as_str());
    assert_eq!(other, (elementkit::WarningCode::Other, "pageSize was capped at 5000"));
    let strict = platform(&server.origin).with_warnings(elementkit::Warnings::Deny);
    let denied = strict.instances().with_token("hush").records("channels").page(None).await.unwrap_err();
    assert_eq!((denied.kind(), denied.message()), (ErrorKind::InvalidRequest, "pageSize was capped at 5000"));
    let text = log.text();
    assert!(text.contains("WARN") && text.contains("pageSize was capped at 5000") && text.contains("abc"), "{text}");
    assert!(!text.contains("hush") && !text.contains("user-secret"), "{text}");
}
