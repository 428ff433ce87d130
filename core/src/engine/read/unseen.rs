//! Fields that a call names and that no record has, where objects do not list their fields (spec E 6.29).

use crate::element::ReadPlan;
use crate::query::{Expr, OrderBy};
use crate::record::{Batch, FieldReader, Value};

/// Names that were not seen in any record yet.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unseen {
    names: Vec<String>,
    /// Whether there was a record.
    looked: bool,
}

impl Unseen {
    pub fn new(names: impl IntoIterator<Item = String>) -> Self {
        let mut names: Vec<String> = names.into_iter().collect();
        names.sort_unstable();
        names.dedup();
        Self { names, looked: false }
    }

    /// Creates the names that a read of an object compares, orders by and returns, as far as the engine does so.
    pub fn of(plan: &ReadPlan, order: &[OrderBy], fields: Option<&[String]>) -> Self {
        let compared = plan.residual.iter().flat_map(Expr::comparisons).map(|comparison| &comparison.field.name);
        let order = order.iter().map(|order| &order.field.name);
        Self::new(compared.chain(order).chain(fields.into_iter().flatten()).cloned())
    }

    /// Returns all names that were not seen, whether or not there was a record.
    pub fn into_names(self) -> Vec<String> {
        self.names
    }

    /// Looks for the names in records. Returns those that were found for the first time.
    pub fn look(&mut self, batch: &Batch) -> Vec<String> {
        if self.names.is_empty() || batch.is_empty() {
            return Vec::new();
        }
        self.looked = true;
        let reader = FieldReader::new(self.names.iter().map(String::as_str), batch.schema());
        let mut seen = vec![false; self.names.len()];
        for row in batch.rows() {
            for (seen, value) in seen.iter_mut().zip(reader.values(row)) {
                *seen |= value.get() != Value::Null;
            }
            if seen.iter().all(|seen| *seen) {
                break;
            }
        }
        let mut seen = seen.into_iter();
        let (found, names) = std::mem::take(&mut self.names).into_iter().partition(|_| seen.next().unwrap_or_default());
        self.names = names;
        found
    }

    /// Returns the names that no record has, if there was any record.
    pub fn names(&self) -> &[String] {
        if self.looked { &self.names } else { &[] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Schema;

    #[test]
    fn names_are_those_that_no_record_has() {
        let mut unseen = Unseen::new(["a.b", "c", "d", "c"].map(str::to_owned));
        unseen.look(&Batch::new(Schema::documents()));
        assert!(unseen.names().is_empty(), "nothing was read");
        let mut batch = Batch::new(Schema::documents());
        for record in [r#"{"a": {"b": 1}}"#, r#"{"c": null}"#] {
            batch.push_document(record).unwrap_or_else(|error| panic!("{error}"));
        }
        assert_eq!(unseen.look(&batch), ["a.b"]);
        assert_eq!(unseen.names(), ["c", "d"]);
        let mut later = Batch::new(Schema::documents());
        later.push_document(r#"{"d": false}"#).unwrap_or_else(|error| panic!("{error}"));
        unseen.look(&later);
        assert_eq!(unseen.names(), ["c"]);
    }
}
