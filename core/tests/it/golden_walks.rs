//! Golden walks: the exact requests to the vendor, and their results, of a fixed set of demands, each as a live list and
//! as a bulk job (spec BT 2.4 to 2.7, P 7.4, P 10).
//!
//! `golden_walks/walks.json` has one entry for each demand. `UPDATE=1 cargo test -p elementkit --test it golden_walks`
//! rewrites it, and a change of it is a change of behaviour. Requests to lists that a job reads concurrently are sorted
//! by list; within a list they keep their order. Rows are recorded as their ids and a hash of their bytes.
//!
//! # Differences between live lists and jobs
//!
//! Those that follow from the purpose:
//! - A job enumerates the parents of all channels before it reads; a live list enumerates channel by channel. A live list
//!   requests pages of the caller's size if the page needs no condition, order or count; a job requests 200 records.
//! - A job drops records that it has read before, in the list or in an earlier list of an object whose lists overlap. It
//!   reads a survey of several channels once. A live list returns them again.
//! - A record without id is a failed row of a job, and a row of a live list. People without an email address are left
//!   out of jobs alone, if the instance asks for it.
//! - A job warns about each list that it skips and reports the partition as pending, also one that a condition names and
//!   that does not exist. A live list skips without a trace. Only paths of live lists must exist; where a condition
//!   chooses the list below, `webcasts?pageSize=1` checks whether the channel does.
//! - After a rejected cursor, a live list repeats the whole call, with enumeration and finished lists; a job repeats the
//!   list. After a failure a live list returns nothing, while a job keeps the rows before, and waits through outages.
//! - A channel that is forbidden ends a job of nested lists while it enumerates, and a live list at that channel.
//! - A job that stops at its limit or at the match of an id leaves its partition unfinished, so that the watermark of the
//!   partition stays where it was.
//!
//! Accidents, which may go with a change of their own:
//! - Channels are in the order of their ids in a job, and in the vendor's order in a live list.
//! - A paging loop fails a live list at once; a job restarts the list first.
//! - If every webcast of the channels is missing, a live list is empty and a job fails. If every channel is missing, a
//!   live list returns the vendor's error and a job one of its own, without a status.
//! - A list that a condition names and that disappears between two pages counts as complete without the rest. A job
//!   reports it as pending, but ends as `COMPLETED`.
//! - `/channels/{channelId}/contacts/{id}` returns a contact of any channel, with the channel of the path, unless it is
//!   found by scanning.
//! - The last page of a walk that resumed inside a list requests the channels although no list is left.
//! - The phase of a job that fails on the first page of its first list is still `enumerating`.
//! - `apiLimit` counts the calls of an enumeration but does not stop it, and does not stop a job of channels.

mod bulk;
mod conditions;
mod demand;
mod faults;
mod lists;
mod live;
mod print;
mod record;
mod steps;
mod world;

use std::path::{Path, PathBuf};

use futures::{StreamExt, stream};
use serde_json::{Map, Value};

use demand::Group;

/// Number of groups that are recorded at a time.
const AT_ONCE: usize = 4;

const FILE: &str = "tests/it/golden_walks/walks.json";

fn groups() -> Vec<Group> {
    let mut groups = lists::groups();
    groups.extend(conditions::groups());
    groups.extend(faults::groups());
    groups.extend(bulk::groups());
    groups
}

#[tokio::test(flavor = "multi_thread")]
async fn every_demand_reads_what_it_read_before() {
    let recording = |group: Group| async move { (group.name, tokio::spawn(record::group(group)).await.unwrap()) };
    let entries: Vec<_> = stream::iter(groups()).map(recording).buffered(AT_ONCE).collect().await;
    let walks: Map<String, Value> =
        entries.into_iter().map(|(name, entries)| (name.to_owned(), Value::Object(entries))).collect();
    let walks = Value::Object(walks);
    let text = print::printed(&walks);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, text).unwrap();
        return;
    }
    let wanted = std::fs::read_to_string(&path).unwrap_or_default();
    if text != wanted {
        let found: PathBuf = Path::new(env!("CARGO_TARGET_TMPDIR")).join("walks.json");
        std::fs::write(&found, &text).unwrap();
        let differences = differences(&serde_json::from_str(&wanted).unwrap_or_default(), &walks);
        let differences = differences.join("\n");
        panic!("{FILE} differs from {}:\n{differences}", found.display());
    }
}

/// Returns the first difference of each demand.
fn differences(wanted: &Value, found: &Value) -> Vec<String> {
    let members = |value: &Value| value.as_object().cloned().unwrap_or_default();
    let (wanted, found) = (members(wanted), members(found));
    let mut names: Vec<(&String, String)> = Vec::new();
    for (group, demands) in wanted.iter().chain(&found) {
        names.extend(members(demands).into_iter().map(|(name, _)| (group, name)));
    }
    let mut differences = Vec::new();
    for (group, name) in names {
        let of = |walks: &Map<String, Value>| walks.get(group).and_then(|demands| demands.get(&name)).cloned();
        let difference = first_difference(&of(&wanted).unwrap_or_default(), &of(&found).unwrap_or_default());
        let line = difference.map(|difference| format!("{group} / {name}: {difference}"));
        differences.extend(line.filter(|line| !differences.contains(line)));
    }
    differences
}

/// Returns the first lines in which two entries differ.
fn first_difference(wanted: &Value, found: &Value) -> Option<String> {
    let text = |value: &Value| serde_json::to_string_pretty(value).unwrap_or_default();
    let (wanted, found) = (text(wanted), text(found));
    let (mut wanted, mut found) = (wanted.lines(), found.lines());
    loop {
        match (wanted.next(), found.next()) {
            (None, None) => return None,
            (wanted, found) if wanted == found => {}
            (wanted, found) => {
                let line = |line: Option<&str>| line.unwrap_or("nothing").trim().to_owned();
                return Some(format!("{} instead of {}", line(found), line(wanted)));
            }
        }
    }
}
