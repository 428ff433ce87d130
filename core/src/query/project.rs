//! Projection with `fields` (spec P 7.5): only the named paths of each record.

#[cfg(feature = "embedded")]
use serde_json::{Map, Value as Json};

use crate::record::kept::Kept;
use crate::record::{Kind, Row, Schema, Value};

/// The chosen fields of one schema.
#[derive(Clone, Debug)]
pub struct Projection {
    /// Columns in the order of the schema with the parts of their JSON; `None` selects the whole column.
    columns: Vec<(usize, Option<Kept>)>,
    /// Whether rows are documents, whose parts are those of the only column.
    documents: bool,
}

impl Projection {
    /// Compiles a list of fields; unknown names are ignored.
    pub fn compile(fields: &[String], schema: &Schema) -> Self {
        if schema.is_documents() {
            return Self { columns: vec![(0, Some(Kept::of_documents(fields)))], documents: true };
        }
        let mut columns: Vec<(usize, Option<Kept>)> = Vec::new();
        for (position, column) in schema.columns().iter().enumerate() {
            let prefix = format!("{}.", column.name);
            let bare = |field: &String| field.replace("[*]", "");
            let below = fields.iter().map(bare).filter_map(|field| {
                field.strip_prefix(&prefix).map(|rest| rest.split('.').map(str::to_owned).collect())
            });
            if fields.iter().map(bare).any(|field| field == column.name) {
                columns.push((position, None));
            } else if column.kind == Kind::Json {
                // Only JSON columns have paths below them.
                let paths: Vec<Vec<String>> = below.collect();
                if !paths.is_empty() {
                    columns.push((position, Some(Kept::of(paths.iter().map(Vec::as_slice)))));
                }
            }
        }
        Self { columns, documents: false }
    }

    /// Appends the chosen fields of a row as a JSON object; see [`Row::write_json`] for `nulls`. A document that is no
    /// object is appended as it is.
    pub fn write_json(&self, row: Row<'_>, nulls: bool, out: &mut Vec<u8>) {
        if self.documents {
            let columns = self.columns.iter();
            return columns.for_each(|(column, kept)| write_parts(row.get(*column), kept.as_ref(), nulls, out));
        }
        out.push(b'{');
        let mut first = true;
        for (column, kept) in &self.columns {
            let value = row.get(*column);
            if value == Value::Null && !nulls {
                continue;
            }
            out.extend_from_slice(&row.schema().keys()[*column][usize::from(first)..]);
            first = false;
            write_parts(value, kept.as_ref(), nulls, out);
        }
        out.push(b'}');
    }
}

/// Appends a value, or the kept parts of its JSON.
pub(crate) fn write_parts(value: Value<'_>, kept: Option<&Kept>, nulls: bool, out: &mut Vec<u8>) {
    match (value, kept) {
        (Value::Json(text), Some(kept)) => kept.write(text, nulls, out),
        (value, _) => value.write_json(nulls, out),
    }
}

/// Returns the part of a tree that the paths select; below arrays a path applies to every element.
#[cfg(feature = "embedded")]
pub(crate) fn kept(json: &Json, paths: &[Vec<String>]) -> Json {
    match json {
        Json::Array(items) => items.iter().map(|item| kept(item, paths)).collect(),
        Json::Object(members) => {
            let mut out = Map::new();
            for (name, member) in members {
                let below: Vec<&[String]> =
                    paths.iter().filter(|path| path.first() == Some(name)).map(|path| &path[1..]).collect();
                if below.is_empty() {
                    continue;
                }
                let whole = below.iter().any(|path| path.is_empty());
                let rest: Vec<Vec<String>> = below.into_iter().map(<[String]>::to_vec).collect();
                out.insert(name.clone(), if whole { member.clone() } else { kept(member, &rest) });
            }
            Json::Object(out)
        }
        other => other.clone(),
    }
}

#[cfg(all(test, feature = "embedded"))]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::record::samples::json;
    use crate::record::strip_nulls;

    proptest! {
        #[test]
        fn parts_are_those_of_a_tree(
            paths in prop::collection::vec(prop::collection::vec("[a-d\"]", 1..4), 0..5),
            record in json(),
        ) {
            let compiled = Kept::of(paths.iter().map(Vec::as_slice));
            let mut expected = kept(&record, &paths);
            for nulls in [true, false] {
                if !nulls {
                    strip_nulls(&mut expected);
                }
                let mut out = Vec::new();
                compiled.write(&record.to_string(), nulls, &mut out);
                prop_assert_eq!(String::from_utf8(out).unwrap(), expected.to_string());
            }
        }
    }
}
