//! Incremental pulls of every object of a definition that names its dates (spec E 9.2, E 9.8 to 9.11, BT 2.7).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use elementkit::engine::Workers;
use elementkit::model::{NewInstance, PendingReason};
use elementkit::{EmbeddedOptions, InstanceHandle, Platform, Record, SyncState};
use futures::TryStreamExt;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::world::{Asked, DOCUMENT, Reply, Vendor, definition, options};

/// Noon of 2030-05-01: all pulls are within one day.
const START: i64 = 1_903_867_200;

/// A record of the vendor: the time of its last change, its value, and whether it was deleted.
type Stored = (i64, u64, bool);
type Records = BTreeMap<(u64, u64), Stored>;

/// The vendor: its clock, and its records by list and id.
#[derive(Clone, Default)]
struct Clock(Arc<Mutex<(i64, Records)>>);

impl Clock {
    fn new() -> Self {
        let clock = Self::default();
        clock.0.lock().unwrap().0 = START;
        for id in 0..20 {
            clock.change(id, 0, 7 * 86_400);
        }
        clock
    }

    fn advance(&self, seconds: i64) {
        self.0.lock().unwrap().0 += seconds;
    }

    /// Changes a record of the first list so many seconds ago.
    fn change(&self, id: u64, value: u64, ago: i64) {
        self.put((1, id), value, ago, false);
    }

    fn put(&self, key: (u64, u64), value: u64, ago: i64, deleted: bool) {
        let mut state = self.0.lock().unwrap();
        let at = state.0 - ago;
        state.1.insert(key, (at, value, deleted));
    }

    /// Answers with the records of a list that a filter keeps, as they are written.
    fn answer(&self, list: u64, since: Option<i64>, write: impl Fn(i64) -> Value) -> Reply {
        let state = self.0.lock().unwrap();
        let kept = state.1.iter().filter(|((of, _), (at, ..))| *of == list && since.is_none_or(|since| *at >= since));
        let rows: Value = kept
            .map(|((_, id), (at, value, deleted))| {
                let mut record = json!({"id": id, "value": value, "updated": write(*at)});
                if *deleted {
                    record["deleted"] = json!(true);
                }
                record
            })
            .collect();
        drop(state);
        Reply::json(rows).header("date", &self.date())
    }

    /// Returns the header `Date`.
    fn date(&self) -> String {
        let now = at(self.0.lock().unwrap().0);
        jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&now).unwrap()
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

fn iso(seconds: i64) -> Value {
    json!(at(seconds).to_string())
}

fn day(seconds: i64) -> Value {
    json!(at(seconds).strftime("%Y-%m-%d").to_string())
}

/// Returns the beginning of a date, of a day too, which a filter has in quotation marks.
fn seconds(text: &str) -> i64 {
    let text = text.trim_matches('\'');
    let text = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
    text.parse::<Timestamp>().unwrap().as_second()
}

type Held = BTreeMap<String, Record>;

struct World {
    platform: Platform,
    instance: InstanceHandle,
    _folder: tempfile::TempDir,
}

impl World {
    async fn new(vendor: &Vendor, document: Value) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(DOCUMENT), definition(vendor, document).to_string()).unwrap();
        let engine = options(folder.path(), Workers::Auto);
        let mut embedded = EmbeddedOptions::new(&engine.database);
        *embedded.engine_mut() = engine;
        let platform = Platform::embedded(embedded).await.unwrap();
        let new = NewInstance { element: "acme".to_owned(), name: "one".to_owned(), ..NewInstance::default() };
        let instance = platform.instances().create(&new).await.unwrap();
        Self { platform, instance, _folder: folder }
    }

    /// Runs one pull. Returns the number of rows, and the state for the next, which survives conversion to text.
    async fn pull(&self, object: &str, state: Option<&SyncState>, held: &mut Held) -> (usize, SyncState) {
        let sync = self.instance.sync(object, state).await.unwrap();
        let pages: Vec<_> = sync.pages(7).await.unwrap().try_collect().await.unwrap();
        let records: Vec<Record> = pages.iter().flat_map(|page| page.records::<Record>().unwrap()).collect();
        let count = records.len();
        held.extend(records.into_iter().map(|record| (key(&record), record)));
        (count, sync.state().await.unwrap().to_string().parse().unwrap())
    }
}

fn key(record: &Record) -> String {
    format!("{} {}", record.get("listsId").unwrap_or(&Value::Null), record["id"])
}

/// An object with its dates, what is sent to the vendor, and how the vendor writes its dates.
struct Case {
    name: &'static str,
    object: Value,
    configuration: Value,
    /// Vendor name of the condition, if it is sent.
    converter: Option<&'static str>,
    write: fn(i64) -> Value,
    /// Returns the time since which the vendor is asked for changes.
    since: fn(&Asked) -> Option<i64>,
    /// Number of records that are never read without a need: whole days are.
    exact: bool,
}

fn cases() -> Vec<Case> {
    let case = |name, object| Case {
        name,
        object,
        configuration: json!([]),
        converter: None,
        write: iso,
        since: |_| None,
        exact: true,
    };
    let epoch = |seconds: i64| json!(seconds);
    let setting = json!([{"key": "bulk.query.field_name", "defaultValue": "updated"}]);
    let attribute = json!([{"key": "bulk.attribute.modified_time", "defaultValue": "updated"}]);
    let filter = |asked: &Asked| Some(seconds(asked.get("$filter")?.split_whitespace().nth(2)?));
    vec![
        case("evaluated here", json!({"updatedDateName": "updated"})),
        case("the field of queries", json!({"queryDateName": "updated", "createdDateName": "born"})),
        Case {
            write: day,
            exact: false,
            ..case("whole days", json!({"updatedDateName": "updated", "updatedDateFormat": "yyyy-MM-dd"}))
        },
        Case { write: day, exact: false, ..case("undeclared days", json!({"updatedDateName": "updated"})) },
        Case { write: epoch, ..case("epoch", json!({"updatedDateName": "updated"})) },
        Case { configuration: setting, ..case("a setting of queries", json!({})) },
        Case { configuration: attribute, ..case("a setting of the element", json!({})) },
        Case {
            converter: Some("converter:toQueryParameters"),
            since: |asked| asked.get("updated").map(seconds),
            ..case(
                "a parameter",
                json!({"queryDateName": "updated", "queryDateFormat": "yyyy-MM-dd'T'HH:mm:ssX", "queryDateOperator": "="}),
            )
        },
        Case {
            converter: Some("converter:toODataFilter"),
            since: filter,
            ..case("a filter", json!({"updatedDateName": "updated"}))
        },
        Case {
            converter: Some("converter:toODataFilter"),
            // The vendor compares days, of which the condition excludes one.
            since: |asked| Some(seconds(asked.get("$filter")?.split_whitespace().nth(2)?) + 86_400),
            exact: false,
            ..case(
                "days after",
                json!({"updatedDateName": "updated", "updatedDateFormat": "yyyy-MM-dd", "queryDateOperator": ">"}),
            )
        },
    ]
}

fn document(case: &Case) -> Value {
    let mut object = case.object.clone();
    object["name"] = json!("items");
    object["primaryKeyName"] = json!("id");
    object["bulkDownloadEnabled"] = json!(true);
    let parameters: Value = case
        .converter
        .iter()
        .map(|name| json!({"name": "where", "type": "query", "vendorName": name, "vendorType": "query"}))
        .collect();
    json!({"hub": "crm", "authentication": {"type": "none"}, "configuration": case.configuration, "objects": [object],
        "resources": [{"method": "GET", "path": "/items", "vendorPath": "/items", "parameters": parameters}]})
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_to_name_a_date_gives_what_changed_and_loses_nothing() {
    for case in cases() {
        let clock = Clock::new();
        let (vendor_clock, since, write) = (clock.clone(), case.since, case.write);
        let vendor = Vendor::start(move |asked| vendor_clock.answer(1, since(asked), write)).await;
        let world = World::new(&vendor, document(&case)).await;
        let mut held = Held::new();
        let (first, mut state) = world.pull("items", None, &mut held).await;
        assert_eq!(first, 20, "{}", case.name);
        for round in 1..4 {
            // In the second of the last pull, after its answer; and late, by less than the overlap.
            clock.change(round, round, 0);
            clock.change(round + 4, round, 30);
            clock.advance(3600);
            clock.change(round + 8, round, 1800);
            clock.change(round + 100, round, 0);
            vendor.asked();
            let (count, next) = world.pull("items", Some(&state), &mut held).await;
            if case.exact {
                assert!((4..=6).contains(&count), "{}, round {round}: {count} rows", case.name);
            }
            assert!(next.watermark() > state.watermark(), "{}: {state} {next}", case.name);
            assert!(
                case.converter.is_none() || vendor.asked().iter().all(|asked| since(asked).is_some()),
                "{}",
                case.name
            );
            state = next;
        }
        // A deletion that the vendor tells of is a change like any other.
        clock.put((1, 3), 3, 0, true);
        clock.advance(60);
        let (_, next) = world.pull("items", Some(&state), &mut held).await;
        assert_eq!(held["null 3"]["deleted"], json!(true), "{}", case.name);
        assert!(next.pending().is_empty());
        let mut whole = Held::new();
        world.pull("items", None, &mut whole).await;
        assert!(held == whole, "{}: what was pulled bit by bit differs from the whole", case.name);
        world.platform.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_below_others_have_their_own_watermarks() {
    let clock = Clock::new();
    let refused = Arc::new(Mutex::new(None::<u64>));
    clock.put((2, 1), 0, 86_400, false);
    let (vendor_clock, is_refused) = (clock.clone(), Arc::clone(&refused));
    let vendor = Vendor::start(move |asked| {
        let list: Option<u64> = asked.path.split('/').nth(2).and_then(|id| id.parse().ok());
        match list {
            None => {
                let lists: std::collections::BTreeSet<u64> =
                    vendor_clock.0.lock().unwrap().1.keys().map(|(list, _)| *list).collect();
                Reply::json(lists.into_iter().map(|id| json!({"id": id})).collect())
                    .header("date", &vendor_clock.date())
            }
            Some(list) if *is_refused.lock().unwrap() == Some(list) => Reply::status(403, json!({"message": "no"})),
            Some(list) => vendor_clock.answer(list, None, iso),
        }
    })
    .await;
    let path = json!([{"name": "id", "type": "path", "vendorName": "id", "vendorType": "path"}]);
    let object = |name: &str, date: &str| json!({"name": name, "primaryKeyName": "id", "updatedDateName": date, "bulkDownloadEnabled": true});
    let document = json!({"hub": "crm", "authentication": {"type": "none"},
        "objects": [object("lists", ""), object("lists_members", "updated")],
        "resources": [{"method": "GET", "path": "/lists", "vendorPath": "/lists"},
            {"method": "GET", "path": "/lists/{id}/members", "vendorPath": "/lists/{id}/members", "parameters": path}]});
    let world = World::new(&vendor, document).await;
    let mut held = Held::new();
    let (first, state) = world.pull("lists_members", None, &mut held).await;
    assert_eq!(first, 21);
    // A list that is new, with an old record; one that is refused; and one with a change.
    clock.put((3, 1), 0, 30 * 86_400, false);
    clock.advance(3600);
    clock.change(5, 1, 120);
    clock.put((2, 1), 1, 60, false);
    *refused.lock().unwrap() = Some(2);
    let (second, state) = world.pull("lists_members", Some(&state), &mut held).await;
    assert_eq!(second, 2, "{held:?}");
    let pending: Vec<(&str, &PendingReason)> =
        state.pending().iter().map(|entry| (entry.partition.as_str(), &entry.reason)).collect();
    assert_eq!(pending, [("2", &PendingReason::Forbidden)]);
    // What was refused is read from where it was, long after.
    *refused.lock().unwrap() = None;
    clock.advance(5 * 86_400);
    let (third, state) = world.pull("lists_members", Some(&state), &mut held).await;
    assert_eq!((third, state.pending().len()), (1, 0));
    let mut whole = Held::new();
    world.pull("lists_members", None, &mut whole).await;
    assert!(held == whole, "what was pulled bit by bit differs from the whole");
    world.platform.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_without_a_date_is_pulled_whole() {
    let clock = Clock::new();
    let vendor_clock = clock.clone();
    let vendor = Vendor::start(move |_| vendor_clock.answer(1, None, iso)).await;
    let case = Case { object: json!({}), ..cases().remove(0) };
    let world = World::new(&vendor, document(&case)).await;
    let mut held = Held::new();
    let (first, state) = world.pull("items", None, &mut held).await;
    clock.advance(3600);
    let (second, _) = world.pull("items", Some(&state), &mut held).await;
    assert_eq!((first, second), (20, 20));
    world.platform.close().await;
}
