//! Projection with `fields` (spec P 7.5): only the named paths of each record.

use serde_json::{Map, Value as Json};

use crate::record::{Kind, Row, Schema, Value};

/// The chosen fields of one schema.
#[derive(Clone, Debug)]
pub struct Projection {
    /// Columns in the order of the schema with their paths; an empty list selects the whole column.
    columns: Vec<(usize, Vec<Vec<String>>)>,
}

impl Projection {
    /// Compiles a list of fields; unknown names are ignored.
    pub fn compile(fields: &[String], schema: &Schema) -> Self {
        let mut columns: Vec<(usize, Vec<Vec<String>>)> = Vec::new();
        for (position, column) in schema.columns().iter().enumerate() {
            let prefix = format!("{}.", column.name);
            let bare = |field: &String| field.replace("[*]", "");
            let below = fields.iter().map(bare).filter_map(|field| {
                field.strip_prefix(&prefix).map(|rest| rest.split('.').map(str::to_owned).collect())
            });
            if fields.iter().map(bare).any(|field| field == column.name) {
                columns.push((position, Vec::new()));
            } else if column.kind == Kind::Json {
                // Only JSON columns have paths below them.
                let paths: Vec<Vec<String>> = below.collect();
                if !paths.is_empty() {
                    columns.push((position, paths));
                }
            }
        }
        Self { columns }
    }

    /// Appends the chosen fields of a row as a JSON object; see [`Row::write_json`] for `nulls`.
    pub fn write_json(&self, row: Row<'_>, nulls: bool, out: &mut Vec<u8>) {
        out.push(b'{');
        let mut first = true;
        for (column, paths) in &self.columns {
            let value = row.get(*column);
            if value == Value::Null && !nulls {
                continue;
            }
            out.extend_from_slice(&row.schema().keys()[*column][usize::from(first)..]);
            first = false;
            match value {
                Value::Json(text) if !paths.is_empty() => {
                    let kept = serde_json::from_str(text).map(|json| kept(&json, paths)).unwrap_or_default();
                    Value::Json(&kept.to_string()).write_json(nulls, out);
                }
                value => value.write_json(nulls, out),
            }
        }
        out.push(b'}');
    }
}

/// Returns the part of a value that the paths select; below arrays a path applies to every element.
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
