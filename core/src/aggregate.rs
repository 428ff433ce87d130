//! Counts and groups of records in bounded memory, so that a question needs no rows.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};

use serde_json::{Map, Number, Value};

use crate::error::{Error, ErrorKind, Result};

/// Maximum size of the keys of all groups, in bytes.
const KEYS: usize = 64 << 20;

/// Length of the spans of time into which dates are grouped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// Years.
    Year,
    /// Months.
    Month,
    /// Days.
    Day,
}

/// Options of an [`Aggregation`].
#[derive(Clone, Debug)]
pub struct AggregateOptions {
    /// Paths of the fields whose values make a group. None: all records are one group.
    pub group_by: Vec<String>,
    /// Length to which dates among them are cut. `None` leaves them as they are.
    pub period: Option<Period>,
    /// Path of a field whose different values are counted in each group.
    pub distinct: Option<String>,
    /// Path of a field whose numbers are summed up in each group.
    pub measure: Option<String>,
    /// Maximum number of groups. Default: 10,000.
    pub max_groups: usize,
    /// Maximum number of different values in all groups. Default: 1,000,000.
    pub max_values: usize,
}

impl Default for AggregateOptions {
    fn default() -> Self {
        let (group_by, max_groups, max_values) = (Vec::new(), 10_000, 1_000_000);
        Self { group_by, period: None, distinct: None, measure: None, max_groups, max_values }
    }
}

/// Numbers of a field in a group.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measure {
    /// Number of values.
    pub count: u64,
    /// Their sum.
    pub sum: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
}

/// A group of records.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Values of the fields, in the order of [`AggregateOptions::group_by`]; null where a record has none.
    pub key: Vec<Value>,
    /// Number of records. A record with a list in a field is once in the group of each of its values.
    pub count: u64,
    /// Number of different values of [`AggregateOptions::distinct`].
    pub distinct: Option<u64>,
    /// Numbers of [`AggregateOptions::measure`]. `None` if no record has one.
    pub measure: Option<Measure>,
}

/// Groups that are being counted.
#[derive(Debug)]
pub struct Aggregation {
    options: AggregateOptions,
    groups: HashMap<String, Counted>,
    records: u64,
    values: usize,
    /// Size of the keys, in bytes.
    keys: usize,
    hasher: (RandomState, RandomState),
}

#[derive(Debug)]
struct Counted {
    group: Group,
    /// Digests of the different values.
    seen: HashSet<u128>,
}

impl Aggregation {
    /// Creates an aggregation without records.
    #[must_use]
    pub fn new(options: AggregateOptions) -> Self {
        Self { options, groups: HashMap::new(), records: 0, values: 0, keys: 0, hasher: Default::default() }
    }

    /// Adds a record.
    ///
    /// # Errors
    /// `invalid_request` if there are too many groups or values.
    pub fn push(&mut self, record: &Map<String, Value>) -> Result<()> {
        self.records += 1;
        let keys = self.keys_of(record)?;
        let distinct = self.options.distinct.as_deref().map(|path| values(record, path)).unwrap_or_default();
        let digests: BTreeSet<u128> = distinct.into_iter().map(|value| self.digest(value)).collect();
        let measure = self.options.measure.as_deref().map(|path| values(record, path)).unwrap_or_default();
        let numbers: Vec<f64> = measure.into_iter().filter_map(number).collect();
        for key in keys {
            let name = Value::from(key.clone()).to_string();
            if !self.groups.contains_key(&name) {
                self.keys += name.len();
                if self.groups.len() >= self.options.max_groups {
                    return Err(too_many("groups", self.options.max_groups));
                }
                if self.keys > KEYS {
                    return Err(too_many("bytes in the values of the groups", KEYS));
                }
            }
            let distinct = self.options.distinct.as_ref().map(|_| 0);
            let group = Group { key, count: 0, distinct, measure: None };
            let counted = self.groups.entry(name).or_insert_with(|| Counted { group, seen: HashSet::new() });
            counted.group.count += 1;
            let before = counted.seen.len();
            counted.seen.extend(&digests);
            self.values += counted.seen.len() - before;
            if self.values > self.options.max_values {
                return Err(too_many("different values", self.options.max_values));
            }
            for number in &numbers {
                counted.group.measure = Some(with(counted.group.measure, *number));
            }
        }
        Ok(())
    }

    /// Returns the number of records.
    pub fn records(&self) -> u64 {
        self.records
    }

    /// Returns the groups: large ones first, those of one size in the order of their keys.
    #[must_use]
    pub fn finish(self) -> Vec<Group> {
        let mut groups: Vec<(String, Group)> = self
            .groups
            .into_iter()
            .map(|(name, Counted { group, seen })| {
                let distinct = group.distinct.map(|_| seen.len() as u64);
                (name, Group { distinct, ..group })
            })
            .collect();
        groups.sort_by(|(left_name, left), (right_name, right)| {
            right.count.cmp(&left.count).then_with(|| left_name.cmp(right_name))
        });
        groups.into_iter().map(|(_, group)| group).collect()
    }

    /// Returns the keys of the groups of a record: one of each combination of its different values.
    ///
    /// # Errors
    /// `invalid_request` if they alone are more than the groups may be.
    fn keys_of(&self, record: &Map<String, Value>) -> Result<Vec<Vec<Value>>> {
        let mut keys = vec![Vec::new()];
        for path in &self.options.group_by {
            let mut seen = HashSet::new();
            let mut found: Vec<Value> = values(record, path).into_iter().map(|value| self.cut(value)).collect();
            found.retain(|value| seen.insert(self.digest(value)));
            if found.is_empty() {
                found.push(Value::Null);
            }
            if keys.len().saturating_mul(found.len()) > self.options.max_groups {
                return Err(too_many("groups", self.options.max_groups));
            }
            keys = keys
                .into_iter()
                .flat_map(|key| found.iter().map(move |value| [key.as_slice(), std::slice::from_ref(value)].concat()))
                .collect();
        }
        Ok(keys)
    }

    /// Cuts a date to its period.
    fn cut(&self, value: &Value) -> Value {
        let length = match self.options.period {
            None => return value.clone(),
            Some(Period::Year) => 4,
            Some(Period::Month) => 7,
            Some(Period::Day) => 10,
        };
        let form = |text: &&str| {
            let day = text.as_bytes().get(..10);
            day.is_some_and(|day| day[4] == b'-' && day[7] == b'-' && day[..4].iter().all(u8::is_ascii_digit))
        };
        match value.as_str().filter(form).and_then(|text| text.get(..length)) {
            Some(cut) => Value::from(cut),
            None => value.clone(),
        }
    }

    fn digest(&self, value: &Value) -> u128 {
        let text = value.to_string();
        u128::from(self.hasher.0.hash_one(&text)) << 64 | u128::from(self.hasher.1.hash_one(&text))
    }
}

fn too_many(what: &str, most: usize) -> Error {
    Error::new(ErrorKind::InvalidRequest, format!("there are more than {most} {what}"))
        .with_hint("Narrow the records by a condition, or group by a field with fewer values.")
}

fn with(measure: Option<Measure>, number: f64) -> Measure {
    match measure {
        None => Measure { count: 1, sum: number, min: number, max: number },
        Some(Measure { count, sum, min, max }) => {
            Measure { count: count + 1, sum: sum + number, min: min.min(number), max: max.max(number) }
        }
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => Number::as_f64(number),
        Value::String(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
        _ => None,
    }
}

/// Returns the values at a path; below lists those of every member. Nulls are none.
fn values<'a>(record: &'a Map<String, Value>, path: &str) -> Vec<&'a Value> {
    let bare = path.trim_matches('`').replace("[*]", "");
    if let Some(value) = record.get(&bare) {
        return leaves(value);
    }
    let mut parts = bare.split('.');
    let first = parts.next().and_then(|name| record.get(name)).map(leaves).unwrap_or_default();
    parts.fold(first, |found, name| found.into_iter().filter_map(|value| value.get(name)).flat_map(leaves).collect())
}

fn leaves(value: &Value) -> Vec<&Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(members) => members.iter().flat_map(leaves).collect(),
        value => vec![value],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn counted(options: AggregateOptions) -> Result<Vec<Group>> {
        let mut counting = Aggregation::new(options);
        for record in [
            json!({"id": 1, "who": 7, "on": "2026-01-05T10:00:00Z", "n": 2, "tags": ["a", "b"], "at": {"x": "y"}}),
            json!({"id": 2, "who": 7, "on": "2026-01-09T10:00:00Z", "n": "3", "tags": ["a"]}),
            json!({"id": 3, "who": 8, "on": "2026-02-01T10:00:00Z", "n": null}),
        ] {
            counting.push(record.as_object().unwrap_or(&Map::new()))?;
        }
        assert_eq!(counting.records(), 3);
        Ok(counting.finish())
    }

    fn by(fields: &[&str]) -> AggregateOptions {
        AggregateOptions { group_by: fields.iter().map(|&field| field.to_owned()).collect(), ..Default::default() }
    }

    #[test]
    fn records_are_counted_in_groups() -> Result<()> {
        let sizes = |groups: Vec<Group>| groups.into_iter().map(|group| (group.key, group.count)).collect::<Vec<_>>();
        assert_eq!(sizes(counted(by(&[]))?), [(vec![], 3)]);
        let months = AggregateOptions { period: Some(Period::Month), ..by(&["on"]) };
        assert_eq!(sizes(counted(months)?), [(vec![json!("2026-01")], 2), (vec![json!("2026-02")], 1)]);
        let tags = [(vec![json!("a")], 2), (vec![json!("b")], 1), (vec![json!(null)], 1)];
        assert_eq!(sizes(counted(by(&["tags[*]"]))?), tags);
        assert_eq!(sizes(counted(by(&["at.x"]))?), [(vec![json!(null)], 2), (vec![json!("y")], 1)]);
        Ok(())
    }

    #[test]
    fn values_are_counted_and_summed_up() -> Result<()> {
        let options = AggregateOptions { distinct: Some("id".into()), measure: Some("n".into()), ..by(&["who"]) };
        let groups = counted(options)?;
        assert_eq!(groups.iter().map(|group| group.distinct).collect::<Vec<_>>(), [Some(2), Some(1)]);
        assert_eq!(groups[0].measure, Some(Measure { count: 2, sum: 5.0, min: 2.0, max: 3.0 }));
        assert_eq!(groups[1].measure, None);
        Ok(())
    }

    #[test]
    fn memory_is_bounded() {
        let kind = |options| counted(options).map(|_| ()).map_err(|error| error.kind());
        assert_eq!(kind(AggregateOptions { max_groups: 2, ..by(&["id"]) }), Err(ErrorKind::InvalidRequest));
        let values = AggregateOptions { distinct: Some("id".into()), max_values: 2, ..by(&[]) };
        assert_eq!(kind(values), Err(ErrorKind::InvalidRequest));
        // The combinations of the lists of one record are counted before they are made.
        let numbers: Vec<u32> = (0..3000).collect();
        let record = json!({"a": numbers, "b": numbers, "c": numbers, "d": numbers});
        let pushed = Aggregation::new(by(&["a", "b", "c", "d"])).push(record.as_object().unwrap_or(&Map::new()));
        assert_eq!(pushed.map_err(|error| error.kind()), Err(ErrorKind::InvalidRequest));
        let mut long = Aggregation::new(by(&["text"]));
        let outcome = (0..100).try_for_each(|number: u32| {
            let record = json!({"text": format!("{number}{}", "x".repeat(1 << 20))});
            long.push(record.as_object().unwrap_or(&Map::new()))
        });
        assert_eq!(outcome.map_err(|error| error.kind()), Err(ErrorKind::InvalidRequest));
    }

    #[test]
    fn a_record_is_once_in_the_group_of_a_value() -> Result<()> {
        let mut tags = Aggregation::new(by(&["tags"]));
        tags.push(json!({"tags": ["a", "b", "a"]}).as_object().unwrap_or(&Map::new()))?;
        let sizes: Vec<_> = tags.finish().into_iter().map(|group| (group.key, group.count)).collect();
        assert_eq!(sizes, [(vec![json!("a")], 1), (vec![json!("b")], 1)]);
        Ok(())
    }
}
