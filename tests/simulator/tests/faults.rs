//! Every fault is visible to a plain HTTP client (spec BT 3.7, check 5), and none occurs without one (check 6).
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)]

mod common;

use std::time::{Duration, Instant};

use brighttalk_sim::{Config, Simulator};
use common::{Answer, Client, Node, start};
use serde_json::{Value, json};

const LIST: &str = "/v1/channel/1001/subscribers?pageSize=10";

/// Adds a fault on the list, for any number of hits.
async fn with(client: &Client, simulator: &Simulator, fault: Value) -> Answer {
    simulator.clear_faults();
    simulator.add_faults(&json!({"match": {"path": "*/subscribers"}, "fault": fault})).unwrap();
    client.get(LIST).await
}

fn ids(records: &[Node]) -> Vec<u64> {
    records.iter().map(Node::id).collect()
}

/// Requests the next page of a page.
async fn follow(client: &Client, page: &Answer) -> Answer {
    let cursor = Node::parse(&page.body).page().1.unwrap();
    client.get(&format!("{LIST}&cursor={cursor}")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn statuses_and_limits() {
    let (simulator, client) = start(Config::default()).await;
    for status in [400, 401, 403, 404, 406, 410, 500, 502, 503, 504] {
        let fault = json!({"type": "status", "status": status, "code": "Odd", "message": "m", "headers": {"x-a": "b"}});
        let answer = with(&client, &simulator, fault).await;
        assert_eq!((answer.status, answer.headers["x-a"].to_str().unwrap()), (status, "b"));
        assert!(answer.body.contains("<error><code>Odd</code><message>m</message></error>"));
    }
    for (body, start) in [("html", "<html>"), ("empty", ""), ("other-xml", "<fault>")] {
        let answer = with(&client, &simulator, json!({"type": "status", "status": 502, "body": body})).await;
        assert!(answer.body.starts_with(start) && answer.body.is_empty() == start.is_empty(), "{body}");
    }
    for (form, digits) in [("seconds", Some(true)), ("date", Some(false)), ("none", None)] {
        let answer = with(&client, &simulator, json!({"type": "rate_limit", "retry_after": 7, "form": form})).await;
        let header = answer.headers.get("retry-after").map(|value| value.to_str().unwrap().parse::<u64>().is_ok());
        assert_eq!((answer.status, header), (429, digits), "{form}");
    }
    let fault = json!({"type": "rate_limit", "limit": 2, "window_ms": 60_000});
    assert_eq!(with(&client, &simulator, fault).await.status, 200);
    assert_eq!(client.get(LIST).await.status, 200);
    assert_eq!(client.get(LIST).await.status, 429, "the bucket is empty");
    let answer = with(&client, &simulator, json!({"type": "redirect", "to": "/elsewhere", "status": 307})).await;
    assert_eq!((answer.status, answer.headers["location"].to_str().unwrap()), (307, "/elsewhere"));
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_transfers() {
    let (simulator, client) = start(Config::default()).await;
    let whole = client.get(LIST).await.body;
    let cut = |fault: Value| {
        simulator.clear_faults();
        simulator.add_faults(&json!({"match": {"path": "*/subscribers"}, "fault": fault})).unwrap();
        client.request(LIST).send()
    };
    for fault in [json!({"type": "truncate", "at": 0.5, "how": "close"}), json!({"type": "reset", "at": 100})] {
        let answer = cut(fault.clone()).await.unwrap();
        assert_eq!(answer.headers()["content-length"], whole.len().to_string().as_str());
        let error = answer.bytes().await.unwrap_err();
        let mut cause: &dyn std::error::Error = &error;
        while let Some(next) = cause.source() {
            cause = next;
        }
        let is_reset = fault["type"] == "reset";
        assert_eq!(cause.to_string().contains("reset"), is_reset, "{fault}: {cause}");
    }
    let answer = with(&client, &simulator, json!({"type": "truncate", "at": 200, "how": "clean"})).await;
    assert_eq!(answer.body, whole[..200]);
    let started = Instant::now();
    let answer = with(&client, &simulator, json!({"type": "slow_body", "stall_after": 10, "ms": 300})).await;
    assert!(answer.body == whole && started.elapsed() >= Duration::from_millis(300));
    let started = Instant::now();
    let rate = whole.len() * 2;
    let answer = with(&client, &simulator, json!({"type": "slow_body", "bytes_per_sec": rate})).await;
    assert!(answer.body == whole && started.elapsed() >= Duration::from_millis(300));
    simulator.clear_faults();
    simulator.add_faults(&json!({"fault": {"type": "slow_headers", "ms": 300}})).unwrap();
    let started = Instant::now();
    let _ = client.request(LIST).send().await.unwrap();
    assert!(started.elapsed() >= Duration::from_millis(300));
    let answer = with(&client, &simulator, json!({"type": "bad_gzip"})).await;
    assert_eq!(answer.headers["content-encoding"], "gzip");
    assert!(!answer.body.contains("channelSubscriber"));
    let answer = with(&client, &simulator, json!({"type": "wrong_type", "content_type": "application/json"})).await;
    assert_eq!((answer.headers["content-type"].to_str().unwrap(), answer.body == whole), ("application/json", true));
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_documents() {
    let (simulator, client) = start(Config::default()).await;
    for (kind, holds) in [
        ("mismatched_tag", "<a><b></a></b></channelSubscribers>"),
        ("raw_ampersand", "> fish & chips "),
        ("control_char", ">\u{1}"),
        ("unterminated_comment", "<!-- and so on</channelSubscribers>"),
        ("doctype_bomb", "<!ENTITY e11 \"&e10;&e10;"),
        ("external_entity", "<!DOCTYPE page [<!ENTITY e SYSTEM \"http://127.0.0.1:9/entity\">]>"),
        ("wrong_root", "<somethingElse>"),
        ("empty_body", ""),
        ("html_200", "<html>"),
        ("error_200", "<error><code>InternalError</code>"),
        ("deep_nesting", "<a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a>"),
        ("huge_text", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
    ] {
        let answer = with(&client, &simulator, json!({"type": "malformed", "kind": kind})).await;
        assert_eq!((answer.status, answer.body.contains(holds)), (200, true), "{kind}");
        assert_eq!(answer.body.is_empty(), kind == "empty_body");
    }
    for place in ["text", "attribute"] {
        simulator.clear_faults();
        simulator.add_faults(&json!({"fault": {"type": "invalid_utf8", "where": place}})).unwrap();
        let bytes = client.request(LIST).send().await.unwrap().bytes().await.unwrap();
        let at = bytes.windows(2).position(|pair| pair == b"\xC3\x28").unwrap();
        assert_eq!(bytes[at - 1], if place == "text" { b'>' } else { b'"' }, "{place}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_pages() {
    let (simulator, client) = start(Config::default()).await;
    let first = client.get(LIST).await;
    let second = follow(&client, &first).await;
    let page = |answer: &Answer| Node::parse(&answer.body).page();
    let ((first_records, next), (second_records, _)) = (page(&first), page(&second));
    let on_page = |number: u64, times: u64, fault: Value| {
        simulator.clear_faults();
        simulator.add_faults(&json!({"match": {"page": number}, "times": times, "fault": fault})).unwrap();
    };

    on_page(2, 1, json!({"type": "duplicate_page"}));
    let again = follow(&client, &first).await;
    assert_eq!(ids(&page(&again).0), ids(&first_records));
    assert_ne!(page(&again).1, next, "the cursor is a fresh one");
    assert_eq!(follow(&client, &again).await.body, second.body);

    on_page(2, 1, json!({"type": "overlap", "records": 3}));
    let overlap = page(&follow(&client, &first).await).0;
    assert_eq!(ids(&overlap)[..3], ids(&first_records)[7..]);
    assert_eq!(ids(&overlap)[3..], ids(&second_records)[..7]);

    on_page(1, 1, json!({"type": "empty_pages", "count": 2}));
    let empty = client.get(LIST).await;
    let another = follow(&client, &empty).await;
    assert!(page(&empty).0.is_empty() && page(&another).0.is_empty());
    assert_eq!(ids(&page(&follow(&client, &another).await).0), ids(&first_records));

    on_page(1, 1, json!({"type": "short_page", "records": 4}));
    let short = client.get(LIST).await;
    assert_eq!(ids(&page(&short).0), ids(&first_records)[..4]);
    assert_eq!(ids(&page(&follow(&client, &short).await).0)[..6], ids(&first_records)[4..]);

    on_page(1, 1, json!({"type": "reorder"}));
    let mut shuffled = ids(&page(&client.get(LIST).await).0);
    assert_ne!(shuffled, ids(&first_records));
    shuffled.sort_unstable_by(|a, b| b.cmp(a));
    assert_eq!(shuffled, ids(&first_records));

    on_page(2, 1, json!({"type": "loop", "to_page": 2}));
    let back = follow(&client, &first).await;
    assert_eq!(page(&back).1, next, "the page leads to itself");

    on_page(2, 1, json!({"type": "cursor_expired", "status": 410, "after_pages": 1}));
    assert_eq!(follow(&client, &first).await.status, 410);
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_fields() {
    let (simulator, client) = start(Config::default()).await;
    let record = |answer: &Answer, at: usize| Node::parse(&answer.body).page().0.swap_remove(at);
    let fault =
        json!({"type": "field", "record": 1, "set": {"@id": "foo", "lastSubscribed": "foo", "user/phone": "1 < 2"}});
    let answer = with(&client, &simulator, fault).await;
    let changed = record(&answer, 1);
    let got = ["@id", "lastSubscribed", "user/phone"].map(|path| changed.get(path));
    assert_eq!(got, [Some("foo"), Some("foo"), Some("1 < 2")]);
    assert_ne!(record(&answer, 0).get("@id"), Some("foo"));
    let fault =
        json!({"type": "field", "record": "every", "remove": ["user/email"], "duplicate": {"user/country": "Texas"}});
    let answer = with(&client, &simulator, fault).await;
    for at in 0..10 {
        let user = record(&answer, at).child("user").unwrap().clone();
        assert!(user.child("email").is_none());
        let countries: Vec<_> = user.children.iter().filter(|child| child.name == "country").collect();
        assert_eq!((countries.len(), countries[1].text.as_str()), (2, "Texas"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_links() {
    let config = Config { foreign_listen: Some(([127, 0, 0, 1], 0).into()), ..Config::default() };
    let (simulator, client) = start(config).await;
    let links = |answer: &Answer| -> Vec<String> {
        let root = Node::parse(&answer.body);
        let next = root.children.iter().filter(|child| child.attribute("rel") == Some("next"));
        next.map(|link| link.attribute("href").unwrap().to_owned()).collect()
    };
    for (kind, count, fits) in [
        ("no_cursor", 1, Box::new(|href: &str| !href.contains("cursor=")) as Box<dyn Fn(&str) -> bool>),
        ("not_http", 1, Box::new(|href: &str| href.starts_with("ftp://"))),
        ("relative", 1, Box::new(|href: &str| href.starts_with("/v1/"))),
        ("upper_case_name", 1, Box::new(|href: &str| href.contains("?CURSOR="))),
        ("cursor_first", 1, Box::new(|href: &str| href.contains("?cursor=") && href.ends_with("order=newest"))),
        ("cursor_last", 1, Box::new(|href: &str| href.contains("pageSize=10&cursor="))),
        ("double_escaped", 1, Box::new(|href: &str| href.contains("&amp;pageSize"))),
        ("two_next", 2, Box::new(|href: &str| href.contains("cursor="))),
    ] {
        let answer = with(&client, &simulator, json!({"type": "next_broken", "kind": kind})).await;
        let links = links(&answer);
        assert_eq!((links.len(), links.iter().all(|href| fits(href))), (count, true), "{kind}: {links:?}");
    }
    // Every caller of the foreign host is recorded, with or without credentials.
    let host = simulator.foreign_host().unwrap();
    let answer = with(&client, &simulator, json!({"type": "next_host", "host": host, "scheme": "http"})).await;
    let href = links(&answer).remove(0);
    assert!(href.starts_with(&format!("http://{host}/v1/channel/1001/subscribers?cursor=")), "{href}");
    assert!(simulator.requests().iter().all(|entry| !entry.foreign));
    client.http.get(&href).basic_auth("1", Some("x")).send().await.unwrap();
    client.http.get(&href).send().await.unwrap();
    let requests = simulator.requests();
    let foreign = requests.iter().filter(|entry| entry.foreign).map(|entry| entry.authorization_present);
    assert_eq!(foreign.collect::<Vec<_>>(), [true, false]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_protocol_without_faults() {
    let (_simulator, client) = start(Config::default()).await;
    for (path, status, code) in [
        ("/v1/channel/foo/webcasts", 400, "InvalidChannelId"),
        ("/v1/channel/0/webcasts", 400, "InvalidChannelId"),
        ("/v1/channel/99/webcasts", 400, "ChannelNotFound"),
        ("/v1/channel/1006/webcasts", 403, "NotAuthorisedForChannel"),
        ("/v1/channel/1001/webcast/x", 400, "InvalidWebcastId"),
        ("/v1/channel/1001/webcast/9", 404, "WebcastNotFound"),
        ("/v1/survey/9", 404, "SurveyNotFound"),
        ("/v1/channel_subscriber/9", 404, "ChannelSubscriberNotFound"),
        ("/v1/channel/1001/webcasts?since=yesterday", 400, "InvalidDate"),
        ("/v1/channel/1001/webcasts?since=2030-01-01", 200, ""),
        ("/v1/channel/1001/webcasts?pageSize=0", 400, "InvalidPageSize"),
        ("/v1/channel/1001/webcasts?pageSize=-1", 400, "InvalidPageSize"),
        ("/v1/channel/1001/webcasts?pageSize=x", 400, "InvalidPageSize"),
        ("/v1/channel/1001/webcasts?pageSize=99999", 200, ""),
        ("/v1/channel/1001/webcasts?cursor=foo", 400, "InvalidCursor"),
        ("/v1/channel/1001/webcasts?cursor=5000001-1861920000", 400, "InvalidCursor"),
        ("/v1/channel/1001/subscribers?subscribed=maybe", 400, "InvalidParameter"),
        ("/v1/channel/1001/webcast_viewings?webcastStatus=upcoming", 400, "InvalidParameter"),
        ("/v1/channel/1001/subscribers_webcast_activity?expand=all", 400, "InvalidParameter"),
        ("/v1/channel/1001/subscribers?unsubscribedSince=2030-01-01&subscribed=true", 400, "InvalidParameter"),
        ("/v1/nothing", 404, ""),
    ] {
        let answer = client.get(path).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.body);
        assert!(answer.body.contains(code), "{path}: {}", answer.body);
    }
    let bare = client.http.get(format!("{}{LIST}", client.origin)).send().await.unwrap();
    assert_eq!(bare.status().as_u16(), 401);
    assert_eq!(bare.headers()["www-authenticate"], "Basic realm=\"BrightTALK API\"");
    let posted = client.http.post(format!("{}{LIST}", client.origin)).basic_auth("1", Some(common::SECRET));
    assert_eq!(posted.send().await.unwrap().status().as_u16(), 405);
    let head = client.http.head(format!("{}{LIST}", client.origin)).basic_auth("1", Some(common::SECRET));
    let head = head.send().await.unwrap();
    let whole = client.get(LIST).await.body;
    assert_eq!(head.headers()["content-length"], whole.len().to_string().as_str());
    assert_eq!(head.text().await.unwrap(), "");
    let other = Client { key: "2".to_owned(), http: client.http.clone(), origin: client.origin.clone() };
    assert_eq!(other.get("/v1/channel/1006/webcasts").await.status, 200);
    assert_eq!(other.get("/v1/channel/1001/webcasts").await.status, 403);
}
