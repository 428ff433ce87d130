//! The tool that counts, so that no rows need to be returned.

use elementkit::aggregate::{AggregateOptions, Aggregation, Group, Measure, Period};
use futures::{FutureExt, TryStreamExt};
use serde::Deserialize;
use serde_json::{Value, json};

use super::records::Noted;
use super::{Definition, Needs};
use crate::agent::Shared;
use crate::answer::{Answer, Bounded};
use crate::arguments::{self, within};
use crate::conditions::{Selection, may_decide};
use crate::failure::{Failure, Outcome};
use crate::schema::{self, list, number, object, text, warnings};
use crate::task::Task;

/// Groups of an answer, unless another number is asked for.
const GROUPS: u64 = 20;
/// Maximum number of fields that make a group.
const KEYS: usize = 4;
/// Maximum of `at_least`.
const LEAST: u64 = 1_000_000;
/// Records of a page while counting.
const PAGE: u32 = 1000;
/// Records after which progress is reported, if it is time.
const TOLD: u64 = 100;

/// Counts records.
pub const COUNT: Definition = Definition {
    name: "count_records",
    title: "Count and group records",
    description: "Counts the records of an object that meet a condition, optionally in groups, and returns only numbers. For questions \
                  such as how many, how often, which has the most, per country, per month, average, sum. `distinct` counts the \
                  different values of a field (for instance userId for the number of people). With group_by userId, distinct \
                  webcastId and at_least 2, `groups` is the number of people who attended both of two webcasts.",
    needs: Needs::Reading,
    input: |view| {
        let (instance, required) = view.instance();
        let group_by = json!({"type": "array", "maxItems": KEYS, "items": {"type": "string", "minLength": 1},
            "description": "Fields whose values make the groups, for instance [\"country\"]. One group of all records if absent."});
        let period =
            json!({"enum": ["year", "month", "day"], "description": "Length to which dates in group_by are cut."});
        object([
            ("instance", instance, required),
            ("object", view.object(), true),
            ("where", view.condition(), false),
            ("group_by", group_by, false),
            ("period", period, false),
            ("distinct", text("Field whose different values are counted, in each group and in all."), false),
            ("measure", text("Field with numbers: their sum, mean, smallest and largest are returned."), false),
            (
                "at_least",
                number("Keep groups with at least this many different values of distinct, or records.", 1, LEAST),
                false,
            ),
            ("limit", number("Maximum number of groups, the largest first; 20 if absent.", 1, 1000), false),
        ])
    },
    output: || {
        let group = object([
            ("key", json!({"type": "array", "description": "Values of group_by, in its order."}), true),
            ("count", json!({"type": "integer"}), true),
            ("distinct", json!({"type": "integer"}), false),
            ("measure", measure_schema(), false),
        ]);
        object([
            ("instance", json!({"type": "integer"}), true),
            ("object", text("The object."), true),
            ("count", json!({"type": "integer", "description": "Number of records that meet the condition."}), true),
            (
                "distinct",
                json!({"type": "integer", "description": "Number of different values in all records."}),
                false,
            ),
            ("measure", measure_schema(), false),
            ("groups", json!({"type": "integer", "description": "Number of groups, after at_least."}), true),
            ("largest", list(&group.into(), "The largest groups."), true),
            warnings(),
        ])
    },
    run: |shared, arguments, task| count(shared, arguments::read(arguments), task).boxed(),
};

fn measure_schema() -> Value {
    let any = || json!({"type": "number"});
    let members = [
        ("count", any(), true),
        ("sum", any(), true),
        ("mean", any(), true),
        ("min", any(), true),
        ("max", any(), true),
    ];
    schema::object(members).into()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Count {
    instance: Option<i64>,
    object: String,
    r#where: Option<String>,
    #[serde(default)]
    group_by: Vec<String>,
    period: Option<Length>,
    distinct: Option<String>,
    measure: Option<String>,
    at_least: Option<u64>,
    limit: Option<u64>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Length {
    Year,
    Month,
    Day,
}

async fn count(shared: &Shared, arguments: Outcome<Count>, task: &mut Task) -> Outcome<Answer> {
    let arguments = arguments?;
    let instance = shared.catalogue.instance(arguments.instance).await?;
    let object = shared.catalogue.object(&instance, &arguments.object).await?;
    let Count { group_by, distinct, measure, .. } = &arguments;
    let limit = within("limit", arguments.limit, GROUPS, 1000)?;
    let least = within("at_least", arguments.at_least, 1, LEAST)? as u64;
    if group_by.len() > KEYS {
        return Err(Failure::wrong("`group_by` has too many fields", format!("Name at most {KEYS}.")));
    }
    let used: Vec<String> = group_by.iter().chain(distinct).chain(measure).cloned().collect();
    used.iter().try_for_each(|field| may_decide(&object.privacy, field))?;
    let mut needed = used.clone();
    if needed.is_empty() {
        needed.extend(object.primary_key.iter().cloned());
    }
    needed.sort();
    needed.dedup();
    let selection = Selection::read(&object.privacy, arguments.r#where.as_deref(), &needed, None)?;
    let period = arguments.period.map(|length| match length {
        Length::Year => Period::Year,
        Length::Month => Period::Month,
        Length::Day => Period::Day,
    });
    let options = AggregateOptions { distinct: distinct.clone(), measure: measure.clone(), ..Default::default() };
    let mut all = Aggregation::new(options.clone());
    let mut groups = Aggregation::new(AggregateOptions { group_by: group_by.clone(), period, ..options });
    let list = super::records::list_of(&instance, &object, &selection).page_size(PAGE);
    let found = Noted::default();
    let mut records = std::pin::pin!(found.stream(list));
    let mut read = 0;
    while let Some(mut record) = records.try_next().await? {
        read += 1;
        if selection.may_count(&object.privacy.mask(&mut record)) {
            all.push(&record)?;
            groups.push(&record)?;
        }
        if read % TOLD == 0 {
            task.progress(read, None, "records read").await;
        }
    }
    let is_kept = |group: &Group| group.distinct.unwrap_or(group.count) >= least;
    let kept: Vec<Group> = groups.finish().into_iter().filter(is_kept).collect();
    let largest = Bounded::new(limit, shared.options.max_bytes);
    let about = json!({"instance": instance.id, "object": object.name, "warnings": *found.all()});
    Ok(answer(about, all, &kept, largest))
}

/// Returns the numbers of all records, and as many groups as have room.
fn answer(mut value: Value, all: Aggregation, kept: &[Group], mut largest: Bounded) -> Answer {
    let count = all.records();
    let whole = all.finish().pop();
    let shown = kept.iter().map(|group| with_numbers(json!({"key": group.key, "count": group.count}), group));
    let _ = shown.map_while(|group| largest.push(group.as_object()?.clone()).then_some(())).count();
    let rows = largest.len();
    (value["count"], value["groups"]) = (count.into(), kept.len().into());
    value["largest"] = largest.into_records().into();
    if let Some(whole) = &whole {
        value = with_numbers(value, whole);
    }
    Answer::data(value, rows)
}

fn with_numbers(mut value: Value, group: &Group) -> Value {
    if let Some(distinct) = group.distinct {
        value["distinct"] = distinct.into();
    }
    if let Some(Measure { count, sum, min, max }) = group.measure {
        #[allow(clippy::cast_precision_loss)]
        let mean = sum / count as f64;
        value["measure"] = json!({"count": count, "sum": sum, "mean": mean, "min": min, "max": max});
    }
    value
}
