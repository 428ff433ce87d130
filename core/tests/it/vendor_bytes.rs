//! Pages of the vendor as bytes: the records do not depend on how the bytes are split, and a page without its end gives
//! none (spec BT 1.12 Q14).

use std::sync::{Arc, Mutex};
use std::time::Duration;

use brighttalk_sim::{Config, Quirks, Simulator};
use elementkit::elements::brighttalk::call::{Endpoint, Ids};
use elementkit::elements::brighttalk::xml::{ParseOptions, parse};
use proptest::prelude::*;
use proptest::test_runner::{Config as Cases, TestRunner};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support;
use crate::support::raw::World;

/// Returns one list of every kind that the vendor has, with the parents in its path.
fn lists() -> Vec<(&'static str, Endpoint, Ids)> {
    let none = Ids::default();
    let channel = Ids { channel: Some(1001), ..none };
    let webcast = Ids { webcast: Some(10_001), ..channel };
    let survey = Ids { survey: Some(60_001), ..none };
    vec![
        ("my/channels", Endpoint::MyChannels, none),
        ("channel/1001/subscribers", Endpoint::ChannelSubscribers, channel),
        (
            "channel/1001/subscribers_webcast_activity?expand=channelSurveyResponse",
            Endpoint::ChannelActivities,
            channel,
        ),
        ("channel/1001/surveys", Endpoint::ChannelSurveys, channel),
        ("survey/60001", Endpoint::Survey, survey),
        ("survey/60001/responses", Endpoint::SurveyResponses, survey),
        ("channel/1001/webcasts", Endpoint::ChannelWebcasts, channel),
        ("channel/1001/webcast/10001", Endpoint::Webcast, webcast),
        ("channel/1001/webcast/10001/registrations", Endpoint::WebcastRegistrations, webcast),
        ("channel/1001/webcast_viewings", Endpoint::ChannelViewings, channel),
        ("channel/1001/subscriber_webcast_attachment_access_summaries", Endpoint::ChannelAccessSummaries, channel),
        ("channel/1001/webcast_attachments", Endpoint::ChannelAttachments, channel),
    ]
}

/// Returns a page of the simulator, including oddities.
async fn page_of(simulator: &Simulator, path: &str) -> String {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let join = if path.contains('?') { '&' } else { '?' };
    let url = format!("{}/v1/{path}{join}pageSize=4", simulator.url());
    let call = reqwest::Client::new().get(url).basic_auth("1", Some("0123456789ABCDEF0123456789ABCDEF"));
    let answer = call.send().await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    answer.text().await.unwrap()
}

async fn odd_simulator() -> Simulator {
    let config =
        Config { subscribers: 40, channels: 1, webcasts_per_channel: 3, quirks: Quirks::Recorded, ..Config::default() };
    Simulator::start(config).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_cut_at_any_byte_is_an_error() {
    let simulator = odd_simulator().await;
    let mut cuts = 0;
    for (path, endpoint, ids) in lists() {
        let page = page_of(&simulator, path).await;
        let parsed = |text: &str| parse(text, endpoint.info(), &ids, ParseOptions::default());
        assert!(parsed(&page).is_ok(), "{path}: {page}");
        let end = page.rfind('>').unwrap();
        for at in (0..=end).filter(|at| page.is_char_boundary(*at)) {
            assert!(parsed(&page[..at]).is_err(), "{path} cut at {at} of {end} passes for a page:\n{}", &page[..at]);
            cuts += 1;
        }
    }
    assert!(cuts > 10_000, "only {cuts} cuts");
}

/// Responses of the vendor: two pages of contacts, and how they are split.
#[derive(Clone, Default)]
struct Script {
    first: String,
    last: String,
    channels: String,
    /// Lengths of the pieces, repeated.
    pieces: Vec<usize>,
    /// Bytes of the last page that are sent before the connection ends.
    cut: Option<usize>,
}

/// Runs a vendor that sends bodies in pieces.
async fn vendor(script: Arc<Mutex<Script>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let script = script.lock().unwrap().clone();
            tokio::spawn(async move { serve(stream, &script).await });
        }
    });
    url
}

/// Responds to one request and closes the connection.
async fn serve(mut stream: TcpStream, script: &Script) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let line = head.lines().next().unwrap_or_default();
    let (body, cut) = match line {
        line if line.contains("/my/channels") => (&script.channels, None),
        line if line.contains("cursor=") => (&script.last, script.cut),
        _ => (&script.first, None),
    };
    let head =
        "HTTP/1.1 200 OK\r\ncontent-type: application/xml\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n";
    stream.write_all(head.as_bytes()).await.ok()?;
    let mut rest = &body.as_bytes()[..cut.unwrap_or(body.len())];
    for length in script.pieces.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (piece, after) = rest.split_at((*length).min(rest.len()));
        stream.write_all(format!("{:x}\r\n", piece.len()).as_bytes()).await.ok()?;
        stream.write_all(piece).await.ok()?;
        stream.write_all(b"\r\n").await.ok()?;
        stream.flush().await.ok()?;
        rest = after;
    }
    // A truncated page may end normally for HTTP; it must still be rejected.
    stream.write_all(b"0\r\n\r\n").await.ok()
}

#[test]
fn however_a_page_is_cut_on_its_way_the_same_records_come_out() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (script, world, wanted, _folder) = runtime.block_on(async {
        let simulator = odd_simulator().await;
        let contacts = "channel/1001/subscribers";
        let first = page_of(&simulator, contacts).await;
        let cursor = first.split("cursor=").nth(1).unwrap().split(['&', '"']).next().unwrap().to_owned();
        let last = page_of(&simulator, &format!("{contacts}?cursor={cursor}")).await;
        // Without its next link it is the last page; a multi-byte name is harder to split.
        let start = last
            .find("<link rel=\"next\"")
            .or_else(|| last.find("<link href"))
            .unwrap_or_else(|| last.rfind("<link").unwrap());
        let end = start + last[start..].find("/>").unwrap() + 2;
        let last = format!("{}<!-- “ü€😀” -->{}", &last[..start], &last[end..]);
        let channels = page_of(&simulator, "my/channels").await;
        let script = Arc::new(Mutex::new(Script { first, last, channels, pieces: vec![usize::MAX], cut: None }));
        let folder = tempfile::tempdir().unwrap();
        let mut options = support::engine_options(folder.path(), &simulator);
        options.vendor_urls = support::vendor_urls(vendor(Arc::clone(&script)).await);
        options.vendor_retry.attempts = 1;
        options.vendor_retry.base = Duration::from_millis(1);
        let world = World::new(options).await;
        let wanted = world.get("/channels/1001/contacts", &[]).await;
        assert_eq!((wanted.status, wanted.json().as_array().map(Vec::len)), (200, Some(8)), "{}", wanted.text());
        (script, world, wanted.json(), folder)
    });
    let length = script.lock().unwrap().last.rfind('>').unwrap();
    let strategy = (proptest::collection::vec(1_usize..40, 1..6), proptest::option::of(0..length));
    let cases = Cases { cases: 64, failure_persistence: None, ..Cases::default() };
    let outcome = TestRunner::new(cases).run(&strategy, |(pieces, cut)| {
        {
            let mut script = script.lock().unwrap();
            (script.pieces, script.cut) = (pieces, cut);
        }
        let answer = runtime.block_on(world.get("/channels/1001/contacts", &[]));
        match cut {
            None => prop_assert_eq!((answer.status, answer.json()), (200, wanted.clone())),
            // Not even the page before it: half a list would pass for a whole one.
            Some(_) => {
                prop_assert_eq!(answer.status, 502, "{}", answer.text());
                prop_assert!(answer.json()["message"].is_string());
            }
        }
        Ok(())
    });
    runtime.block_on(world.engine.close());
    outcome.unwrap();
}
