//! Named fields of rows, resolved once for a schema.

use std::borrow::Cow;

use super::extract::{Leaf, Paths, steps_of};
use super::reader::string_of;
use super::{Row, Schema, Value};

/// Reads some fields of the rows of a schema: columns, or dotted paths of documents.
pub(crate) struct FieldReader {
    fields: Fields,
}

enum Fields {
    /// Positions of the columns; `None` where the schema does not have one.
    Columns(Vec<Option<usize>>),
    /// As many paths as fields.
    Documents(Paths, usize),
}

/// Value of a field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum FoundValue<'a> {
    Value(Value<'a>),
    /// Text that is written with escapes.
    Text(String),
}

impl FieldReader {
    /// Resolves the names of the fields.
    pub fn new<'n>(names: impl IntoIterator<Item = &'n str>, schema: &Schema) -> Self {
        let names = names.into_iter();
        if !schema.is_documents() {
            return Self { fields: Fields::Columns(names.map(|name| schema.position(name)).collect()) };
        }
        let mut paths = Paths::default();
        let count = names.map(|name| paths.add(&steps_of(name))).count();
        Self { fields: Fields::Documents(paths, count) }
    }

    /// Returns the values of the fields in their order; null for a field that a row does not have. Of several values
    /// below an array it is the first.
    pub fn values<'a>(&self, row: Row<'a>) -> Vec<FoundValue<'a>> {
        match &self.fields {
            Fields::Columns(columns) => {
                let value = |column: &Option<usize>| column.map_or(Value::Null, |column| row.get(column));
                columns.iter().map(value).map(FoundValue::Value).collect()
            }
            Fields::Documents(paths, count) => {
                let Value::Json(text) = row.get(0) else { return vec![FoundValue::Value(Value::Null); *count] };
                let leaves = paths.leaves(text);
                let first = |field| leaves.iter().find(|(path, leaf)| *path == field && *leaf != Leaf::Null);
                let value = |field| first(field).map_or(FoundValue::Value(Value::Null), |(_, leaf)| leaf.value());
                (0..*count).map(value).collect()
            }
        }
    }
}

impl FoundValue<'_> {
    pub fn get(&self) -> Value<'_> {
        match self {
            Self::Value(value) => *value,
            Self::Text(text) => Value::Text(text),
        }
    }
}

impl<'a> Leaf<'a> {
    /// Returns the value. A number that no type holds exactly is JSON.
    fn value(self) -> FoundValue<'a> {
        let text = match self {
            Leaf::Null => return FoundValue::Value(Value::Null),
            Leaf::Container(text) => return FoundValue::Value(Value::Json(text)),
            Leaf::Scalar(text) => text,
        };
        match (string_of(text), text) {
            (Some(Cow::Borrowed(text)), _) => FoundValue::Value(Value::Text(text)),
            (Some(Cow::Owned(text)), _) => FoundValue::Text(text),
            (None, "true") => FoundValue::Value(Value::Bool(true)),
            (None, "false") => FoundValue::Value(Value::Bool(false)),
            (None, text) => FoundValue::Value(text.parse().map_or(Value::Json(text), Value::Int)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Batch, Column, Kind};
    use super::*;

    #[test]
    fn fields_of_documents_are_paths() {
        let mut batch = Batch::new(Schema::documents());
        let record = r#"{"a":{"id":7,"n":"x\ty","big":12345678901234567890},"l":[{"k":null},{"k":"v"}],"t":true}"#;
        assert!(batch.push_document(record).is_ok() && batch.push_document("5").is_ok());
        let reader = FieldReader::new(["a.id", "a.n", "l.k", "no", "t", "a.big", "l"], batch.schema());
        let found = reader.values(batch.row(0));
        let found: Vec<_> = found.iter().map(FoundValue::get).collect();
        let expected = [
            Value::Int(7),
            Value::Text("x\ty"),
            Value::Text("v"),
            Value::Null,
            Value::Bool(true),
            Value::Json("12345678901234567890"),
            Value::Json(r#"[{"k":null},{"k":"v"}]"#),
        ];
        assert_eq!(found, expected);
        assert!(reader.values(batch.row(1)).iter().all(|value| value.get() == Value::Null));
    }

    #[test]
    fn fields_of_other_rows_are_columns() {
        let columns = ["a", "b"].map(|name| Column { name: name.into(), kind: Kind::Int });
        let mut batch = Batch::new(std::sync::Arc::new(Schema::new(columns)));
        batch.push_null_row();
        batch.set_last(1, Value::Int(3));
        let found = FieldReader::new(["b", "no", "a"], batch.schema()).values(batch.row(0));
        let found: Vec<_> = found.iter().map(FoundValue::get).collect();
        assert_eq!(found, [Value::Int(3), Value::Null, Value::Null]);
    }
}
