//! The simulator keeps its own contract (spec BT 3.7, checks 2 to 4 and 6 to 8).
//!
//! `BTSIM_LONG=1` runs the long forms: every rule at 100 000 subscribers without sampling, and a complete pull of ten
//! million subscribers. They print their time and memory.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)]

mod common;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::{Duration, Instant};

use brighttalk_sim::Config;
use common::{Client, Node, start};

const NOW: &str = "2031-01-01T00:00:00Z";

fn is_long() -> bool {
    std::env::var_os("BTSIM_LONG").is_some()
}

/// Returns the resident memory of this process, simulator and test together, in MB.
fn resident_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<u64>().ok()).unwrap_or_default() / 1024
}

/// Returns all lists of a world below `/v1`.
fn lists(channels: u64, webcasts: u64) -> Vec<String> {
    let mut lists = vec!["/v1/my/channels".to_owned(), "/v1/user/9001/channels".to_owned()];
    for channel in 1..=channels {
        let id = 1000 + channel;
        for list in [
            "subscribers",
            "subscribers_webcast_activity",
            "surveys",
            "webcasts",
            "webcast_viewings",
            "subscriber_webcast_attachment_access_summaries",
            "webcast_attachments",
        ] {
            lists.push(format!("/v1/channel/{id}/{list}"));
        }
        lists.push(format!("/v1/survey/{}/responses", 60_000 + channel));
        for webcast in 1..=webcasts {
            let webcast = 10_000 + (channel - 1) * webcasts + webcast;
            for list in [
                "subscribers_webcast_activity",
                "registrations",
                "viewings",
                "subscriber_attachment_access_summaries",
                "attachments",
            ] {
                lists.push(format!("/v1/channel/{id}/webcast/{webcast}/{list}"));
            }
        }
    }
    lists
}

/// Returns one hash over all pages of all lists.
async fn digest(config: Config) -> Vec<u8> {
    let (channels, webcasts) = (config.channels, config.webcasts_per_channel);
    let (_simulator, client) = start(Config { link_base: Some("https://sim".to_owned()), ..config }).await;
    let mut context = ring::digest::Context::new(&ring::digest::SHA256);
    for list in lists(channels, webcasts) {
        let mut cursor = String::new();
        loop {
            let answer = client.get(&format!("{list}?pageSize=1000{cursor}")).await;
            assert_eq!(answer.status, 200, "{list}: {}", answer.body);
            context.update(answer.body.as_bytes());
            match Node::parse(&answer.body).page().1 {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
    }
    context.finish().as_ref().to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_options_give_equal_bytes() {
    let config = || Config { subscribers: 10_000, channels: 2, webcasts_per_channel: 8, ..Config::default() };
    let (first, second) = (digest(config()).await, digest(config()).await);
    assert_eq!(first, second);
    assert_ne!(first, digest(Config { seed: 2, ..config() }).await, "the seed chooses the world");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rules_hold_at_any_scale() {
    let whole = usize::MAX;
    for (subscribers, most) in
        [(10, whole), (1000, whole), (100_000, if is_long() { whole } else { 3000 }), (10_000_000, 3000)]
    {
        let started = Instant::now();
        let config = Config { subscribers, channels: 3, webcasts_per_channel: 6, ..Config::default() };
        let (_simulator, client) = start(config).await;
        for channel in [1, 3] {
            check_channel(&client, channel, 6, most).await;
        }
        let how = if most == whole { "all records" } else { "sampled" };
        eprintln!("{subscribers} subscribers, {how}: {:?}, {} MB", started.elapsed(), resident_mb());
    }
}

/// Compared fields of an activity.
struct Activity {
    id: u64,
    user: u64,
    webcast: u64,
    preregistered: bool,
    totals: [u64; 6],
    response: Option<Node>,
}

/// Checks the rules of spec BT 3.3 in one channel; with `most` only for its newest records.
async fn check_channel(client: &Client, channel: u64, webcasts: u64, most: usize) {
    let base = format!("/v1/channel/{}", 1000 + channel);
    let is_whole = most == usize::MAX;
    let subscribers = client.records(&format!("{base}/subscribers"), "", 1000, most).await;
    check_subscribers(client, &base, &subscribers, is_whole).await;
    let users: HashSet<u64> = subscribers.iter().map(|record| record.number("user/@id")).collect();
    assert_eq!(users.len(), subscribers.len(), "a user is subscribed once");
    let known = check_webcasts(client, &base, webcasts).await;

    // Rule 1: every person who occurs is a subscriber of the channel.
    let members = Members { client, users, is_whole };
    let activities = activities(client, &base, most).await;
    for (number, activity) in activities.iter().enumerate() {
        assert!(known.contains(&activity.webcast), "rule 2");
        members.check(activity.user, number, &base).await;
    }
    check_parts(client, &base, &known, &activities, most).await;
    check_viewings(client, &base, &known, &activities, most, &members).await;
    check_registrations(client, &base, &known, &activities, most).await;
    check_responses(client, channel, &activities, most).await;
    check_surveys(client, &base, channel).await;
    if is_whole {
        assert_eq!(activities.len() as u64, client.count(&format!("{base}/subscribers_webcast_activity")).await);
    }
}

async fn check_subscribers(client: &Client, base: &str, all: &[Node], is_whole: bool) {
    let ids: Vec<u64> = all.iter().map(Node::id).collect();
    assert!(ids.is_sorted_by(|a, b| a > b), "newest first, no id twice");
    // Rule 6: the two halves are the whole.
    let most = if is_whole { usize::MAX } else { 1000 };
    let mut halves = Vec::new();
    for half in ["&subscribed=true", "&subscribed=false"] {
        halves.extend(client.records(&format!("{base}/subscribers"), half, 1000, most).await.iter().map(Node::id));
    }
    halves.sort_unstable_by(|a, b| b.cmp(a));
    let shared = halves.iter().zip(&ids).take_while(|(half, id)| half == id).count();
    if is_whole {
        assert_eq!(halves, ids, "rule 6");
        assert_eq!(ids.len() as u64, client.count(&format!("{base}/subscribers")).await);
    } else {
        assert!(shared >= 1000, "rule 6: {shared}");
    }
}

/// Checks rule 2. Returns the ids of all webcasts.
async fn check_webcasts(client: &Client, base: &str, webcasts: u64) -> HashSet<u64> {
    let all = client.records(&format!("{base}/webcasts"), "", 50, usize::MAX).await;
    assert_eq!(all.len() as u64, webcasts);
    for webcast in &all {
        let one = client.page(&format!("{base}/webcast/{}", webcast.id())).await;
        assert_eq!(one.raw, webcast.raw, "rule 2: alone and in the list");
        check_dates(webcast);
    }
    all.iter().map(Node::id).collect()
}

/// Checks rule 8.
fn check_dates(record: &Node) {
    let (created, updated) = (record.get("created").unwrap(), record.get("lastUpdated").unwrap());
    assert!(created <= updated && updated <= NOW, "rule 8: {created} {updated}");
}

struct Members<'a> {
    client: &'a Client,
    users: HashSet<u64>,
    is_whole: bool,
}

impl Members<'_> {
    /// Checks rule 1. For some records of a sample it requests the vendor's own list of one.
    async fn check(&self, user: u64, number: usize, base: &str) {
        if self.is_whole {
            assert!(self.users.contains(&user), "rule 1: {user} is no subscriber of {base}");
        } else if number.is_multiple_of(500) {
            let activity = self.client.page(&format!("{base}/subscribers_webcast_activity?pageSize=1")).await;
            let (records, _) = activity.page();
            let link = records[0]
                .children
                .iter()
                .find(|child| child.attribute("rel").is_some_and(|rel| rel.ends_with("/channel_subscriber")));
            let href = link.unwrap().attribute("href").unwrap();
            let path = href.strip_prefix(&self.client.origin).unwrap();
            let subscriber = self.client.page(path).await;
            assert_eq!(subscriber.number("user/@id"), records[0].number("user/@id"), "rule 1");
        }
    }
}

async fn activities(client: &Client, base: &str, most: usize) -> Vec<Activity> {
    let path = format!("{base}/subscribers_webcast_activity");
    let all = client.records(&path, "&expand=channelSurveyResponse", 1000, most).await;
    let totals = [
        "totalViewings",
        "totalViewingDuration",
        "liveViewings",
        "liveViewingDuration",
        "recordedViewings",
        "recordedViewingDuration",
    ];
    let read = |record: &Node| {
        check_dates(record);
        Activity {
            id: record.id(),
            user: record.number("user/@id"),
            webcast: record.number("webcast/@id"),
            preregistered: record.get("preregistered") == Some("true"),
            totals: totals.map(|name| record.number(name)),
            response: record.child("surveyResponse").cloned(),
        }
    };
    all.iter().map(read).collect()
}

/// Returns the number of records of a webcast to compare: a page is enough for a sample.
fn part(most: usize) -> usize {
    if most == usize::MAX { most } else { 1 }
}

/// Checks rule 5 for activities: the channel's list is the union of its webcasts'.
async fn check_parts(client: &Client, base: &str, webcasts: &HashSet<u64>, all: &[Activity], most: usize) {
    let mut seen = 0;
    for webcast in webcasts {
        let path = format!("{base}/webcast/{webcast}/subscribers_webcast_activity");
        let own: Vec<u64> = client.records(&path, "", 1000, part(most)).await.iter().map(Node::id).collect();
        let here = all.iter().filter(|activity| activity.webcast == *webcast).map(|activity| activity.id);
        let here: Vec<u64> = here.collect();
        let length = if most == usize::MAX { own.len().max(here.len()) } else { own.len().min(here.len()) };
        assert_eq!(own[..length.min(own.len())], here[..length.min(here.len())], "rule 5");
        seen += own.len();
    }
    assert!(most != usize::MAX || seen == all.len(), "rule 5");
}

/// Checks rules 3 and 5 for viewings.
async fn check_viewings(
    client: &Client,
    base: &str,
    webcasts: &HashSet<u64>,
    activities: &[Activity],
    most: usize,
    members: &Members<'_>,
) {
    // Eight activities have ten viewings, so the newest viewings reach further than the newest activities.
    let reach = most.saturating_mul(2);
    let all = client.records(&format!("{base}/webcast_viewings"), "", 1000, reach).await;
    let mut sums: HashMap<(u64, u64), [u64; 6]> = HashMap::new();
    let mut ids: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    for (number, viewing) in all.iter().enumerate() {
        check_dates(viewing);
        let (user, webcast) = (viewing.number("user/@id"), viewing.number("webcast/@id"));
        members.check(user, number + 1, base).await;
        ids.entry(webcast).or_default().push(viewing.id());
        let sum = sums.entry((user, webcast)).or_default();
        let (count, length) = if viewing.get("webcastStatus") == Some("live") { (2, 3) } else { (4, 5) };
        let duration = viewing.number("duration");
        for (at, value) in [(0, 1), (1, duration), (count, 1), (length, duration)] {
            sum[at] += value;
        }
    }
    for activity in activities {
        let sum = sums.get(&(activity.user, activity.webcast)).copied().unwrap_or_default();
        assert_eq!(activity.totals, sum, "rule 3: activity {}", activity.id);
    }
    for webcast in webcasts {
        let path = format!("{base}/webcast/{webcast}/viewings");
        let own: Vec<u64> = client.records(&path, "", 1000, part(most)).await.iter().map(Node::id).collect();
        let here = ids.remove(webcast).unwrap_or_default();
        if most == usize::MAX {
            assert_eq!(own, here, "rule 5");
        } else {
            let length = own.len().min(here.len());
            assert_eq!(own[..length], here[..length], "rule 5");
        }
    }
}

/// Checks rule 4.
async fn check_registrations(
    client: &Client,
    base: &str,
    webcasts: &HashSet<u64>,
    activities: &[Activity],
    most: usize,
) {
    for webcast in webcasts {
        let path = format!("{base}/webcast/{webcast}/registrations");
        let all = client.records(&path, "", 1000, part(most)).await;
        let users: Vec<u64> = all.iter().map(|record| record.number("user/@id")).collect();
        let registered = activities.iter().filter(|activity| activity.webcast == *webcast && activity.preregistered);
        let expected: Vec<u64> = registered.map(|activity| activity.user).collect();
        let length = if most == usize::MAX { users.len().max(expected.len()) } else { users.len().min(expected.len()) };
        assert_eq!(users[..length.min(users.len())], expected[..length.min(expected.len())], "rule 4");
        let viewed: HashMap<u64, bool> =
            activities.iter().filter(|a| a.webcast == *webcast).map(|a| (a.user, a.totals[0] > 0)).collect();
        let mut halves = 0;
        for wanted in [true, false] {
            let half = client.records(&path, &format!("&viewed={wanted}"), 1000, part(most)).await;
            halves += half.len();
            for record in half {
                let has_viewed = viewed.get(&record.number("user/@id")).copied();
                assert!(has_viewed.is_none_or(|viewed| viewed == wanted), "rule 4: viewed");
            }
        }
        assert!(most != usize::MAX || halves == all.len(), "rule 4: the halves are the whole");
    }
}

/// Checks rule 7, and the anonymous responses of rule 9.
async fn check_responses(client: &Client, channel: u64, activities: &[Activity], most: usize) {
    let path = format!("/v1/survey/{}/responses", 60_000 + channel);
    let all = client.records(&path, "", 1000, most).await;
    let without_user = |record: &Node| {
        let kept = record.children.iter().filter(|child| child.name != "user");
        kept.map(|child| child.raw.clone()).collect::<Vec<_>>()
    };
    let own: HashMap<u64, &Node> = all.iter().map(|record| (record.id(), record)).collect();
    let mut compared = 0;
    for nested in activities.iter().filter_map(|activity| activity.response.as_ref()) {
        let Some(record) = own.get(&nested.id()) else {
            assert_ne!(most, usize::MAX, "rule 7: response {} is in no list", nested.id());
            continue;
        };
        assert_eq!(without_user(nested), without_user(record), "rule 7");
        assert_eq!(nested.child("user").unwrap().children.len(), 0, "rule 7: the user is a reference");
        assert_eq!(nested.get("user/@id"), record.get("user/@id"), "rule 7");
        compared += 1;
    }
    assert!(compared > 0 || activities.len() < 20, "rule 7: nothing to compare");
    let anonymous = all.iter().filter(|record| record.child("user").is_none()).count();
    assert!(all.len() < 500 || (all.len() / 200..all.len() / 20).contains(&anonymous), "rule 9: {anonymous} anonymous");
    if most == usize::MAX {
        assert_eq!(all.len() as u64, client.count(&path).await);
    }
}

/// Checks rule 9.
async fn check_surveys(client: &Client, base: &str, channel: u64) {
    let surveys = client.page(&format!("{base}/surveys")).await.children;
    assert_eq!(surveys.len(), if channel.is_multiple_of(3) { 2 } else { 1 }, "rule 9");
    assert_eq!(surveys[0].id(), 60_000 + channel);
    let active: Vec<_> = surveys.iter().map(|survey| survey.get("active").unwrap()).collect();
    assert_eq!(active[..1], ["true"]);
    assert!(active[1..].iter().all(|active| *active == "false"));
    let deleted = &surveys[0].child("questions").unwrap().children;
    assert!(deleted.iter().any(|question| question.attribute("deleted") == Some("true")), "rule 9");
}

#[tokio::test(flavor = "multi_thread")]
async fn since_is_exclusive_to_the_second() {
    let (_simulator, client) = start(Config::default()).await;
    for list in ["webcasts", "subscribers_webcast_activity", "webcast_viewings"] {
        let path = format!("/v1/channel/1002/{list}");
        let records = client.records(&path, "", 50, 40).await;
        for record in records.iter().step_by(7) {
            let own = record.get("lastUpdated").unwrap();
            let earlier: jiff::Timestamp = own.parse().unwrap();
            let earlier = earlier - jiff::SignedDuration::from_secs(1);
            for (since, expected) in [(own.to_owned(), false), (earlier.to_string(), true)] {
                let found = client.records(&path, &format!("&since={since}"), 50, usize::MAX).await;
                assert_eq!(found.iter().any(|other| other.id() == record.id()), expected, "{list} since {since}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_that_are_not_sent_again_change_the_result() {
    let (_simulator, client) = start(Config { subscribers: 2000, channels: 1, ..Config::default() }).await;
    let path = "/v1/channel/1001/subscribers";
    let kept = client.records(path, "&subscribed=false", 20, usize::MAX).await;
    let (mut lost, mut next) = client.page(&format!("{path}?pageSize=20&subscribed=false")).await.page();
    while let Some(cursor) = next {
        let (records, behind) = client.page(&format!("{path}?pageSize=20&cursor={cursor}")).await.page();
        lost.extend(records);
        next = behind;
    }
    assert!(lost.len() > kept.len(), "a client that forgets its filters must be found out");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_world_is_what_incremental_pulls_need() {
    let (simulator, client) = start(Config { subscribers: 300, channels: 3, ..Config::default() }).await;
    let before = simulator.stats();
    let list = "/v1/channel/1001/subscribers_webcast_activity";
    let old = client.records(list, "", 7, usize::MAX).await;
    let step = serde_json::json!({"seconds": 3600, "updates": 24, "new_subscribers": 6, "unsubscribes": 9});
    client.admin(http::Method::POST, "advance", step).await;
    assert_eq!(client.get(list).await.headers["date"], "Wed, 01 Jan 2031 01:00:00 GMT");
    let after = client.records(list, "", 7, usize::MAX).await;
    assert_eq!(after.len(), old.len(), "touched records move, they do not multiply");
    let changed = client.records(list, &format!("&since={NOW}"), 7, usize::MAX).await;
    assert_eq!(changed.len(), 2, "one update in four falls on activities, one in three of those on this channel");
    assert_eq!(changed, after[..2]);
    let ids = |records: &[Node]| records.iter().map(Node::id).collect::<HashSet<_>>();
    assert_eq!(ids(&after), ids(&old));
    let stats = simulator.stats();
    assert_eq!(stats.total("channelSubscribers"), before.total("channelSubscribers") + 6);
    assert_eq!(stats.total("subscribersWebcastActivity"), before.total("subscribersWebcastActivity"));
    let subscribers = "/v1/channel/1001/subscribers";
    assert_eq!(client.records(subscribers, &format!("&subscribedSince={NOW}"), 5, usize::MAX).await.len(), 2);
    assert_eq!(client.records(subscribers, &format!("&unsubscribedSince={NOW}"), 5, usize::MAX).await.len(), 3);
    // A new subscriber can also be read individually.
    let newest = &client.records(subscribers, "", 1, 1).await[0];
    assert_eq!(client.page(&format!("/v1/channel_subscriber/{}", newest.id())).await.raw, newest.raw);
    client.admin(http::Method::POST, "reset", serde_json::json!({})).await;
    assert_eq!(simulator.stats(), before);
    assert_eq!(client.records(list, "", 7, usize::MAX).await, old);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_in_the_middle_of_a_scan_moves_records_before_the_cursor() {
    let (simulator, client) = start(Config { subscribers: 300, channels: 1, ..Config::default() }).await;
    let list = "/v1/channel/1001/webcasts";
    let before: Vec<u64> = client.records(list, "", 5, usize::MAX).await.iter().map(Node::id).collect();
    // Twelve touches apply to webcasts: all of the first two pages, and two of the third.
    let step = serde_json::json!({"seconds": 60, "updates": 48, "during": {"path": "/v1/*/webcasts", "page": 2}});
    simulator.advance(&step).unwrap();
    let during: Vec<u64> = client.records(list, "", 5, usize::MAX).await.iter().map(Node::id).collect();
    let missed: Vec<u64> = before.iter().copied().filter(|id| !during.contains(id)).collect();
    assert_eq!(during.len() + missed.len(), before.len(), "none is seen twice here");
    assert_eq!(missed, before[10..12], "what moved in front of the cursor is missed, as with the vendor");
    let after: Vec<u64> = client.records(list, "", 5, usize::MAX).await.iter().map(Node::id).collect();
    assert_eq!(after.len(), before.len());
    assert!(missed.iter().all(|id| after[..12].contains(id)), "the next pull finds it at the top");
}

#[tokio::test(flavor = "multi_thread")]
async fn quirks_are_counted() {
    let config =
        Config { subscribers: 5000, channels: 1, quirks: brighttalk_sim::Quirks::Recorded, ..Config::default() };
    let (simulator, client) = start(config).await;
    let quirks = simulator.stats().quirks;
    let names: Vec<&str> = quirks.keys().map(String::as_str).collect();
    let all = [
        "comment",
        "duplicateCountry",
        "emptyTrack",
        "hrefFirst",
        "noEmbed",
        "swallowedAttribute",
        "unreadableDate",
        "wrongLinkId",
    ];
    assert_eq!(names, all);
    let mut unreadable = 0;
    let mut cursor = String::new();
    loop {
        let body = client.get(&format!("/v1/channel/1001/subscribers?pageSize=1000{cursor}")).await.body;
        unreadable += body.matches("<lastSubscribed>yesterday<").count() as u64;
        match body.rsplit_once("cursor=").map(|(_, rest)| rest.split(['&', '"']).next().unwrap().to_owned()) {
            Some(next) if body.contains("rel=\"next\"") => cursor = format!("&cursor={next}"),
            _ => break,
        }
    }
    assert_eq!(quirks["unreadableDate"], unreadable);
}

#[tokio::test(flavor = "multi_thread")]
async fn start_and_pages_cost_the_same_at_ten_million() {
    let before = resident_mb();
    let started = Instant::now();
    let config = Config { subscribers: 10_000_000, channels: 1, ..Config::default() };
    let (_simulator, client) = start(config).await;
    let took = started.elapsed();
    // The first page, and the last one after the oldest but 200. Its cursor can be computed (3.2).
    let behind = 201_u64;
    let back = (10_000_000 - behind) * 730 * 86_400 / 10_000_000;
    let oldest = format!("&cursor={}-{}", 5_000_000 + behind, 1_924_992_000 - back);
    let mut pages = Vec::new();
    for cursor in ["", &oldest] {
        let path = format!("/v1/channel/1001/subscribers?pageSize=200{cursor}");
        let started = Instant::now();
        let (records, next) = client.page(&path).await.page();
        pages.push(started.elapsed());
        assert_eq!((records.len(), next.is_none()), (200, !cursor.is_empty()));
    }
    let grown = resident_mb().saturating_sub(before);
    eprintln!("10 000 000 subscribers: started in {took:?}, pages of 200 in {pages:?}, {grown} MB more");
    // Ten times the documented time, since other tests run at the same time.
    assert!(took < Duration::from_secs(20) && pages.iter().all(|page| *page < Duration::from_millis(500)), "{pages:?}");
    assert!(resident_mb() < 200 || !is_alone(), "{} MB", resident_mb());
}

/// Returns whether no other test shares this process's memory.
fn is_alone() -> bool {
    std::env::args().any(|argument| argument == "--exact")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_complete_pull_of_ten_million() {
    let subscribers = if is_long() { 10_000_000 } else { 100_000 };
    let (_simulator, client) = start(Config { subscribers, channels: 1, ..Config::default() }).await;
    let (path, started) = ("/v1/channel/1001/subscribers", Instant::now());
    let (mut count, mut last, mut cursor, mut most_mb) = (0_u64, u64::MAX, String::new(), 0);
    loop {
        let body = client.get(&format!("{path}?pageSize=1000{cursor}")).await.body;
        for (at, start) in body.match_indices("<channelSubscriber id=\"") {
            let id: u64 = body[at + start.len()..].split('"').next().unwrap().parse().unwrap();
            // Ids only decrease, so none occurs twice.
            assert!(id < last);
            (last, count) = (id, count + 1);
        }
        most_mb = most_mb.max(resident_mb());
        match body.rsplit_once("?cursor=") {
            Some((_, rest)) => cursor = format!("&cursor={}", rest.split('&').next().unwrap()),
            None => break,
        }
    }
    eprintln!("{count} subscribers in {:?}, at most {most_mb} MB", started.elapsed());
    assert_eq!(count, client.count(path).await);
    assert_eq!(count, subscribers);
}
