//! Comparison of two lists of records, for instance the same read of a hosted platform and of the embedded engine.
//!
//! Both lists are read in step. A record waits in memory until that of the other list with the same key arrives, so lists
//! in the same order need memory for a few records, however long they are. Too many waiting records move to temporary
//! files, split by key, and are compared file by file.

mod digest;
mod join;
mod spill;

use std::collections::{BTreeMap, BTreeSet};

use futures::{Stream, TryStreamExt};
use serde::Serialize;

use crate::client::Record;
use crate::error::Result;
use join::Join;

/// Options of a comparison.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CompareOptions {
    /// Paths of the fields that identify a record. Default: `id`.
    pub key: Vec<String>,
    /// Paths of fields that are not compared; with all fields below them.
    pub ignored: BTreeSet<String>,
    /// Number of differences that the result lists; all are counted. Default: 20.
    pub listed: usize,
    /// Shows values and keys, which may be personal data. Without this, keys that are not numbers are hidden, and temporary
    /// files hold no value.
    pub values: bool,
    /// Number of records in memory that wait for the other list. Default: 50,000.
    pub waiting: usize,
}

impl Default for CompareOptions {
    fn default() -> Self {
        Self { key: vec!["id".to_owned()], ignored: BTreeSet::new(), listed: 20, values: false, waiting: 50_000 }
    }
}

/// Result of a comparison.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Comparison {
    /// Number of records of the first list.
    pub first: u64,
    /// Number of records of the other list.
    pub other: u64,
    /// Number of records that are equal in both.
    pub equal: u64,
    /// Number of records of the first list that the other one lacks.
    pub missing: u64,
    /// Number of records of the other list that the first one lacks.
    pub extra: u64,
    /// Number of records that differ.
    pub changed: u64,
    /// Number of differing records by the path of the field that differs.
    pub fields: BTreeMap<String, FieldCounts>,
    /// The first differences.
    pub differences: Vec<Difference>,
}

/// Number of records in which a field differs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FieldCounts {
    /// Records of the other list without the field.
    pub missing: u64,
    /// Records of the first list without the field.
    pub extra: u64,
    /// Records whose values differ.
    pub changed: u64,
}

/// Kind of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DifferenceKind {
    /// The other list lacks the record, or its record the field.
    Missing,
    /// The first list lacks the record, or its record the field.
    Extra,
    /// Both have it with different values.
    Changed,
}

/// A record that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Difference {
    /// The key of the record: numbers, and texts if values are shown, else `#` and a number that stands for the text.
    pub key: String,
    /// Kind of the difference.
    pub kind: DifferenceKind,
    /// The fields that differ, of a changed record.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldDifference>,
}

/// A field that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FieldDifference {
    /// Its path.
    pub path: String,
    /// Kind of the difference.
    pub kind: DifferenceKind,
    /// The value in the first list, if values are shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<serde_json::Value>,
    /// The value in the other list, if values are shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other: Option<serde_json::Value>,
}

impl Comparison {
    /// Returns whether both lists have the same records.
    pub fn is_equal(&self) -> bool {
        self.missing == 0 && self.extra == 0 && self.changed == 0
    }
}

/// Compares two lists. A field that is null equals one that is absent, `1.0` equals `1`, and the order of the records and of
/// the members of objects means nothing. Of records with the same key, the first is compared with the first, and so on.
///
/// # Errors
/// The error of a list that cannot be read; `storage` if temporary files cannot be written.
pub async fn compare(
    first: impl Stream<Item = Result<Record>>,
    other: impl Stream<Item = Result<Record>>,
    options: CompareOptions,
) -> Result<Comparison> {
    let (mut first, mut other) = (std::pin::pin!(first), std::pin::pin!(other));
    let mut join = Join::new(options);
    let (mut first_ended, mut other_ended) = (false, false);
    while !first_ended || !other_ended {
        let next_first = async { if first_ended { Ok(None) } else { first.try_next().await } };
        let next_other = async { if other_ended { Ok(None) } else { other.try_next().await } };
        let (from_first, from_other) = futures::future::try_join(next_first, next_other).await?;
        (first_ended, other_ended) = (from_first.is_none(), from_other.is_none());
        for (side, record) in [(0, from_first), (1, from_other)] {
            if let Some(record) = record {
                join.take(side, record)?;
            }
        }
    }
    join.end()
}

#[cfg(test)]
mod tests {
    use futures::stream;
    use serde_json::{Value, json};

    use super::*;

    fn records(values: Vec<Value>) -> impl Stream<Item = Result<Record>> {
        let record = |value| match value {
            Value::Object(record) => Ok(record),
            other => panic!("{other} is no record"),
        };
        stream::iter(values.into_iter().map(record))
    }

    async fn compared(first: Vec<Value>, other: Vec<Value>, options: CompareOptions) -> Comparison {
        compare(records(first), records(other), options).await.unwrap()
    }

    #[tokio::test]
    async fn differences_are_counted_and_named_by_field() -> Result<()> {
        let first = vec![
            json!({"id": 1, "name": "Ada", "at": {"city": "Bonn", "zip": 5}}),
            json!({"id": 2, "name": "Bob", "gone": "x"}),
            json!({"id": 3}),
            json!({"id": 4, "tags": [{"a": 1, "b": 2}], "none": null}),
        ];
        let other = vec![
            json!({"id": 4, "tags": [{"b": 2.0, "a": 1}]}),
            json!({"id": 2, "name": "Bea", "new": true}),
            json!({"id": 1, "at": {"zip": 5, "city": "Bonn"}, "name": "Ada"}),
            json!({"id": 5}),
        ];
        let options = CompareOptions::default();
        let result = compared(first.clone(), other.clone(), options.clone()).await;
        assert_eq!((result.first, result.other, result.equal), (4, 4, 2));
        assert_eq!((result.missing, result.extra, result.changed), (1, 1, 1));
        assert!(!result.is_equal());
        let shown = serde_json::to_value(&result.differences).unwrap_or_default();
        assert_eq!(
            shown,
            json!([
                {"key": "2", "kind": "changed", "fields": [
                    {"path": "gone", "kind": "missing"}, {"path": "name", "kind": "changed"}, {"path": "new", "kind": "extra"}]},
                {"key": "3", "kind": "missing"},
                {"key": "5", "kind": "extra"}])
        );
        assert_eq!(result.fields["name"], FieldCounts { changed: 1, ..FieldCounts::default() });
        // Values only if they are asked for.
        assert!(!shown.to_string().contains("Bob"));
        let open = compared(first.clone(), other.clone(), CompareOptions { values: true, ..options.clone() }).await;
        let field = &open.differences[0].fields[1];
        assert_eq!((field.first.clone(), field.other.clone()), (Some(json!("Bob")), Some(json!("Bea"))));
        // Temporary files give the same result.
        for values in [false, true] {
            let spilled = CompareOptions { waiting: 1, values, ..options.clone() };
            let whole = if values { &open } else { &result };
            let mut found = compared(first.clone(), other.clone(), spilled).await;
            found.differences.sort_by(|left, right| left.key.cmp(&right.key));
            assert_eq!(found, *whole, "values: {values}");
        }
        let ignoring = CompareOptions { ignored: ["name", "gone", "new"].map(str::to_owned).into(), ..options };
        assert_eq!(compared(first, other, ignoring).await.changed, 0);
        Ok(())
    }

    #[tokio::test]
    async fn keys_may_be_texts_of_several_fields_and_repeat() {
        let options = CompareOptions { key: vec!["mail".to_owned(), "at.day".to_owned()], ..CompareOptions::default() };
        let one = |mail: &str, n: i64| json!({"mail": mail, "at": {"day": 1}, "n": n});
        let first = vec![one("a@x.org", 1), one("a@x.org", 2), one("b@x.org", 1)];
        let other = vec![one("a@x.org", 1), one("a@x.org", 3), json!({"n": 1})];
        let result = compared(first, other, options).await;
        assert_eq!((result.equal, result.changed, result.missing, result.extra), (1, 1, 1, 1));
        let text = serde_json::to_string(&result).unwrap_or_default();
        assert!(!text.contains("x.org"), "{text}");
        let keys: Vec<_> = result.differences.iter().map(|found| found.key.as_str()).collect();
        assert!(keys.len() == 3 && keys.iter().all(|key| key.starts_with('#')), "{keys:?}");
        assert_eq!(keys.iter().filter(|key| key.ends_with("(without a key)")).count(), 1, "{keys:?}");
    }

    #[tokio::test]
    async fn long_lists_in_the_same_order_never_wait() -> Result<()> {
        let list = || stream::iter((0..100_000).map(|id| Ok(Record::from_iter([("id".to_owned(), id.into())]))));
        // With room for two records, files would be written if anything waited.
        let options = CompareOptions { waiting: 2, ..CompareOptions::default() };
        let mut join = Join::new(options.clone());
        for id in 0..1000 {
            for side in [0, 1] {
                join.take(side, Record::from_iter([("id".to_owned(), id.into())]))?;
            }
            assert!(join.waiting() == 0 && !join.has_spilled());
        }
        let result = compare(list(), list(), options).await?;
        assert!(result.is_equal() && result.equal == 100_000);
        Ok(())
    }
}
