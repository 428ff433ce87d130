//! Pushing down to the vendor (spec BT 2.4) changes what is read, never what is found: a call with a `where` returns
//! the rows that the reference finds among all rows, and so does a bulk job.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

use brighttalk_sim::{Config, Simulator};
use elementkit::query::{Comparison, Expr, Literal, Operator, Test, field, parse_where};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use serde_json::Value;

use super::{expressions, reference};
use crate::support::raw::World;

const OBJECTS: [&str; 10] = [
    "channels",
    "webcasts",
    "contacts",
    "activities",
    "registrations",
    "viewings",
    "surveys",
    "responses",
    "subscriberWebcastAttachmentAccessSummaries",
    "webcastAttachments",
];

/// An engine on a simulator, and all rows of an object.
struct Stage {
    world: World,
    simulator: Simulator,
    /// The number of the last vendor call that was checked.
    seen: AtomicU64,
    _folder: tempfile::TempDir,
}

struct Rows {
    object: &'static str,
    all: Vec<Value>,
    /// Names of its date-typed fields.
    dates: Vec<String>,
}

impl Stage {
    async fn new() -> Self {
        let config = Config { subscribers: 60, channels: 3, webcasts_per_channel: 4, ..Config::default() };
        let simulator = Simulator::start(config).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        Self { world: World::on(folder.path(), &simulator).await, simulator, seen: AtomicU64::new(0), _folder: folder }
    }

    async fn get(&self, path: &str, condition: &str) -> Result<Vec<Value>, u16> {
        let query: String = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("where", condition)
            .append_pair("pageSize", "5000")
            .finish();
        let answer = self.world.get(&format!("/hubs/marketing/{path}?{query}"), &[]).await;
        assert_eq!(answer.header("Elements-Next-Page-Token"), None, "{path}: more than a page");
        if answer.status == 200 { Ok(answer.json().as_array().unwrap().clone()) } else { Err(answer.status) }
    }

    async fn rows(&self, object: &'static str) -> Rows {
        let all = self.get(object, "").await.unwrap();
        assert!(all.len() > 2, "{object} has {} rows", all.len());
        let metadata = self.world.get(&format!("/hubs/marketing/objects/{object}/metadata"), &[]).await.json();
        let fields = metadata["fields"].as_array().unwrap().iter();
        let dates = fields
            .filter(|field| field["type"] == "date")
            .map(|field| field["vendorPath"].as_str().unwrap().to_owned());
        Rows { object, all, dates: dates.collect() }
    }

    async fn bulk(&self, object: &str, condition: &Expr) -> Result<Vec<Value>, Value> {
        let job = self.world.query(&format!("select * from {object} where {condition}")).await;
        let status = self.world.ended(&job).await;
        if status["status"] != "COMPLETED" {
            return Err(status);
        }
        let result = self.world.result(&job, object, "application/jsonl").await.text();
        Ok(result.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
    }

    /// Returns the queries of the vendor calls since the last time.
    fn calls(&self) -> Vec<String> {
        let all = self.simulator.requests();
        let seen = self.seen.swap(all.last().map_or(0, |entry| entry.number), Ordering::SeqCst);
        let new = all.into_iter().filter(|entry| entry.number > seen);
        new.map(|entry| format!("{}?{}", entry.path, entry.query)).collect()
    }
}

impl Rows {
    fn meeting(&self, condition: &Expr) -> BTreeSet<String> {
        let dates: Vec<&str> = self.dates.iter().map(String::as_str).collect();
        shown(self.object, self.all.iter().filter(|row| reference::holds(condition, row, &dates)))
    }
}

/// Returns rows as a set. A response that is read by its survey alone has no channel (spec BT 2.3.8).
fn shown<'a>(object: &str, rows: impl Iterator<Item = &'a Value>) -> BTreeSet<String> {
    let one = |row: &Value| {
        let mut row = row.clone();
        if object == "responses" {
            row.as_object_mut().unwrap().retain(|name, _| name != "channelId");
        }
        row.to_string()
    };
    rows.map(one).collect()
}

/// Returns a literal near a value of a field, so that conditions split the rows.
fn near(value: &Value, way: usize, date: bool) -> Literal {
    let quoted = way.is_multiple_of(2);
    let text = match value {
        Value::String(text) if date && !text.is_empty() => {
            let seconds = elementkit::record::parse_iso(text).unwrap() + [0, -1, 1][way % 3];
            match way % 5 {
                0 => (seconds * 1000).to_string(),
                1 => format!("{}.5Z", iso(seconds).trim_end_matches('Z')),
                2 => iso(seconds)[..10].to_owned(),
                _ => iso(seconds),
            }
        }
        Value::String(text) if way.is_multiple_of(4) => text.to_uppercase(),
        Value::String(text) => text.clone(),
        Value::Number(number) if way.is_multiple_of(5) => format!("{number}.0"),
        other => other.to_string(),
    };
    let bare = text.chars().all(|next| next.is_alphanumeric() || "-:.".contains(next)) && !text.is_empty();
    Literal { quoted: quoted || !bare, text }
}

fn iso(seconds: i64) -> String {
    let mut out = Vec::new();
    elementkit::record::format_seconds(seconds, &mut out);
    String::from_utf8(out).unwrap()
}

/// Returns conditions on the fields of these rows with literals of these rows; mostly what can be pushed down.
fn condition(rows: &Rows) -> impl Strategy<Value = Expr> + use<> {
    let literals: Vec<(String, Vec<Literal>)> = fields(rows);
    let one = (any::<prop::sample::Index>(), any::<[prop::sample::Index; 3]>(), 0..14_usize).prop_map(
        move |(name, picks, test)| {
            let (name, values) = name.get(&literals);
            let value = |at: usize| picks[at].get(values).clone();
            let test = match test {
                0..=3 => Test::Compare(Operator::Equal, value(0)),
                4 | 5 => Test::Compare(Operator::Greater, value(0)),
                6 | 7 => Test::Compare(Operator::GreaterOrEqual, value(0)),
                8 => Test::Compare(Operator::Less, value(0)),
                9 => Test::Compare(Operator::NotEqual, value(0)),
                10 => Test::In(vec![value(0), value(1), value(2)]),
                11 => Test::NotIn(vec![value(0), value(1)]),
                12 => Test::Like(Literal { text: format!("%{}%", value(0).text), quoted: true }),
                _ => Test::Null,
            };
            Expr::Is(Comparison { field: field(name.as_str()), test })
        },
    );
    let top = prop::collection::vec(expressions::nested(one.boxed()), 1..4);
    top.prop_map(|mut parts| if parts.len() == 1 { parts.remove(0) } else { Expr::And(parts) })
}

/// Returns each field with literals near its values; those that the vendor or the choice of lists can use several
/// times.
fn fields(rows: &Rows) -> Vec<(String, Vec<Literal>)> {
    let names: BTreeSet<&String> = rows.all.iter().flat_map(|row| row.as_object().unwrap().keys()).collect();
    let mut fields = Vec::new();
    for name in names {
        let date = rows.dates.contains(name);
        let values = rows
            .all
            .iter()
            .map(|row| &row[name.as_str()])
            .filter(|value| !value.is_null() && !value.is_array() && !value.is_object());
        let literals: Vec<Literal> = values.enumerate().map(|(way, value)| near(value, way, date)).collect();
        let pushed = [
            "id",
            "channelId",
            "webcastId",
            "surveyId",
            "subscribed",
            "lastSubscribed",
            "unsubscribed",
            "webcastStatus",
        ];
        let times = if date || pushed.contains(&name.as_str()) { 4 } else { 1 };
        if !literals.is_empty() {
            fields.extend(std::iter::repeat_n((name.clone(), literals), times));
        }
    }
    fields
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_pushed_down_changes_no_result() {
    let stage = Stage::new().await;
    let config = ProptestConfig::default();
    let rounds = config.cases / 5;
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]));
    for object in OBJECTS {
        let rows = stage.rows(object).await;
        let conditions = condition(&rows);
        let mut found = 0;
        for round in 0..rounds {
            let condition = conditions.new_tree(&mut runner).unwrap().current();
            let wanted = rows.meeting(&condition);
            found += usize::from(!wanted.is_empty() && wanted.len() < rows.all.len());
            match stage.get(object, &condition.to_string()).await {
                Ok(got) => assert_eq!(shown(object, got.iter()), wanted, "{object}: {condition}"),
                // Naming a list that does not exist is an error; then there is nothing to find either.
                Err(status) => assert!(status == 404 && wanted.is_empty(), "{object}: {condition}: {status}"),
            }
            if round % 10 == 0 {
                match stage.bulk(object, &condition).await {
                    Ok(got) => assert_eq!(shown(object, got.iter()), wanted, "bulk {object}: {condition}"),
                    Err(status) => assert!(wanted.is_empty(), "bulk {object}: {condition}: {status}"),
                }
            }
        }
        assert!(
            found * 10 > usize::try_from(rounds).unwrap(),
            "{object}: {found} of {rounds} conditions told rows apart"
        );
    }
}

/// Checks every row of the table of BT 2.4: what the vendor is sent, and that the result is the reference's. A
/// pseudo-field has a condition on real fields that means the same.
#[tokio::test(flavor = "multi_thread")]
async fn every_row_of_the_table_is_sent() {
    let stage = Stage::new().await;
    let mut rows = Vec::new();
    for object in OBJECTS {
        rows.push(stage.rows(object).await);
    }
    let of = |object: &str| rows.iter().find(|rows| rows.object == object).unwrap();
    let middle = |object: &str, name: &str| {
        let mut values: Vec<&Value> =
            of(object).all.iter().map(|row| &row[name]).filter(|value| !value.is_null()).collect();
        values.sort_by_key(|value| value.to_string());
        values[values.len() / 2].as_str().map_or_else(|| values[values.len() / 2].to_string(), str::to_owned)
    };
    let sent = |text: &str| text.replace(':', "%3A");
    let second_before = |text: &str| iso(elementkit::record::parse_iso(text).unwrap() - 1);

    // Object, condition, parameters of each call of the list, and equivalent condition.
    let mut table: Vec<(&str, String, Vec<String>, Option<String>)> = Vec::new();
    for object in [
        "webcasts",
        "activities",
        "registrations",
        "viewings",
        "responses",
        "subscriberWebcastAttachmentAccessSummaries",
        "webcastAttachments",
    ] {
        for name in ["lastUpdated", "created"] {
            let at = middle(object, name);
            table.push((object, format!("{name} > '{at}'"), vec![format!("since={}", sent(&at))], None));
            table.push((
                object,
                format!("{name} >= '{at}'"),
                vec![format!("since={}", sent(&second_before(&at)))],
                None,
            ));
        }
        let at = middle(object, "lastUpdated");
        table.push((
            object,
            format!("since = '{at}'"),
            vec![format!("since={}", sent(&at))],
            Some(format!("lastUpdated > '{at}'")),
        ));
    }
    for (name, parameter) in [("lastSubscribed", "subscribedSince"), ("unsubscribed", "unsubscribedSince")] {
        let at = middle("contacts", name);
        table.push(("contacts", format!("{name} > '{at}'"), vec![format!("{parameter}={}", sent(&at))], None));
        table.push((
            "contacts",
            format!("{name} >= '{at}'"),
            vec![format!("{parameter}={}", sent(&second_before(&at)))],
            None,
        ));
        table.push((
            "contacts",
            format!("{parameter} = '{at}'"),
            vec![format!("{parameter}={}", sent(&at))],
            Some(format!("{name} > '{at}'")),
        ));
    }
    let (joined, left) = (middle("contacts", "lastSubscribed"), middle("contacts", "unsubscribed"));
    let both = format!("subscribedSince = '{joined}' AND unsubscribedSince = '{left}'");
    let meaning = format!("lastSubscribed > '{joined}' AND unsubscribed > '{left}'");
    table.push(("contacts", both, vec![format!("unsubscribedSince={}", sent(&left))], Some(meaning)));
    let gone = format!("subscribed = true AND unsubscribedSince = '{left}'");
    table.push((
        "contacts",
        gone,
        vec!["subscribed=true".to_owned()],
        Some(format!("subscribed = true AND unsubscribed > '{left}'")),
    ));
    for value in ["true", "false"] {
        table.push(("contacts", format!("subscribed = {value}"), vec![format!("subscribed={value}")], None));
    }
    let at = middle("contacts", "lastUpdated");
    let two = vec![format!("subscribedSince={}", sent(&at)), format!("unsubscribedSince={}", sent(&at))];
    table.push(("contacts", format!("lastUpdated > '{at}'"), two, None));
    for value in ["live", "recorded"] {
        table.push(("viewings", format!("webcastStatus = '{value}'"), vec![format!("webcastStatus={value}")], None));
    }
    table.push(("viewings", "webcastStatus = 'soon'".to_owned(), vec![], None));
    let channel = middle("contacts", "channelId");
    table.push(("contacts", format!("channelId = {channel}"), vec![format!("channel/{channel}/subscribers")], None));
    table.push((
        "contacts",
        format!("channelId IN ('{channel}')"),
        vec![format!("channel/{channel}/subscribers")],
        None,
    ));
    for (object, list) in
        [("activities", "subscribers_webcast_activity"), ("viewings", "viewings"), ("registrations", "registrations")]
    {
        let (channel, webcast) = (&of(object).all[0]["channelId"], &of(object).all[0]["webcastId"]);
        table.push((
            object,
            format!("channelId = {channel} AND webcastId = {webcast}"),
            vec![format!("webcast/{webcast}/{list}")],
            None,
        ));
    }
    let survey = middle("responses", "surveyId");
    table.push(("responses", format!("surveyId = {survey}"), vec![format!("survey/{survey}/")], None));
    let (channel, webcast) = (&of("webcasts").all[1]["channelId"], &of("webcasts").all[1]["id"]);
    table.push((
        "webcasts",
        format!("channelId = {channel} AND id = {webcast}"),
        vec![format!("webcast/{webcast}?")],
        None,
    ));
    let late = |name: &str| format!("channelId = {channel} AND id = {webcast} AND {name} '2099-01-01'");
    table.push(("webcasts", late("since ="), vec![format!("webcast/{webcast}?")], Some(late("lastUpdated >"))));
    let (channel, survey) = (&of("surveys").all[1]["channelId"], &of("surveys").all[1]["id"]);
    table.push((
        "surveys",
        format!("channelId = {channel} AND id = {survey}"),
        vec![format!("channel/{channel}/surveys")],
        None,
    ));
    let (channel, id) = (&of("contacts").all[1]["channelId"], &of("contacts").all[1]["id"]);
    table.push((
        "contacts",
        format!("channelId = {channel} AND id = {id}"),
        vec![format!("channel/{channel}/subscribers")],
        None,
    ));
    table.push(("channels", "name LIKE '%a%'".to_owned(), vec!["my/channels".to_owned()], None));
    table.push((
        "responses",
        format!("surveyId = {} AND channelId > 0", middle("responses", "surveyId")),
        vec!["survey/".to_owned()],
        None,
    ));

    stage.calls();
    for (object, condition, parts, meaning) in table {
        let meant = parse_where(meaning.as_deref().unwrap_or(&condition)).unwrap().unwrap();
        let got =
            stage.get(object, &condition).await.unwrap_or_else(|status| panic!("{object}: {condition}: {status}"));
        let calls = stage.calls();
        assert_eq!(shown(object, got.iter()), of(object).meeting(&meant), "{object}: {condition}");
        for part in &parts {
            assert!(
                calls.iter().any(|call| call.contains(part.as_str())),
                "{object}: {condition}: {part} is not in {calls:#?}"
            );
        }
        assert!(!parts.is_empty() || calls.is_empty(), "{object}: {condition}: {calls:#?}");
    }

    // Fields without a pushed-down condition: the two halves are the whole, and survey answers are complete.
    let mut halves = BTreeSet::new();
    for viewed in ["true", "false"] {
        let half = stage.get("registrations", &format!("viewed = {viewed}")).await.unwrap();
        assert!(stage.calls().iter().any(|call| call.contains(&format!("viewed={viewed}"))));
        for row in &half {
            assert!(halves.insert(row["id"].as_i64()), "{row}");
        }
    }
    assert_eq!(halves.len(), of("registrations").all.len());
    let expanded = stage.get("activities", "expand = 'channelSurveyResponse'").await.unwrap();
    assert!(stage.calls().iter().any(|call| call.contains("expand=channelSurveyResponse")));
    assert_eq!(expanded.len(), of("activities").all.len());
    for condition in
        ["viewed = 'maybe'", "viewed = true OR id = 1", "viewed != true", "since = 'soon'", "NOT viewed = true"]
    {
        assert_eq!(stage.get("registrations", condition).await, Err(400), "{condition}");
    }
}
