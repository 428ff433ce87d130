//! The file layouts of a result (spec P 10.6): what is written before the rows, and for each of them.

use std::collections::BTreeSet;

use crate::query::Projection;
use crate::record::{Batch, Row, Schema, Value};

/// The formats a result can be had in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Csv,
    /// One object a line, called JSON on the wire.
    Json,
    JsonLines,
    NdJson,
}

impl Format {
    const ALL: [Self; 4] = [Self::Json, Self::Csv, Self::JsonLines, Self::NdJson];

    /// The format of a media type, or of a range like `*/*`.
    pub fn accepted(range: &str) -> Option<Self> {
        match range {
            "*/*" | "application/*" | "" => Some(Self::Json),
            "text/*" => Some(Self::Csv),
            range => Self::ALL.into_iter().find(|format| format.media_type() == range),
        }
    }

    /// Exactly these; clients compare them (spec P 10.6).
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv",
            Self::Json => "application/json",
            Self::JsonLines => "application/jsonl",
            Self::NdJson => "application/x-ndjson",
        }
    }

    /// The ending of a file name.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::JsonLines => "jsonl",
            Self::NdJson => "ndjson",
        }
    }
}

/// How the rows of one result are written.
pub(crate) enum Layout {
    Csv { columns: Vec<CsvColumn>, nulls: bool },
    Lines { projection: Option<Projection>, nulls: bool, texts: bool },
}

/// A column of a CSV file.
pub(crate) struct CsvColumn {
    name: String,
    /// The model's column; none for a name it does not have.
    column: Option<usize>,
    /// The path inside it, where it is an object.
    path: Vec<String>,
}

impl Layout {
    /// The layout of a result. `additional` are the names of further members that occur; `texts` writes every
    /// scalar as a text.
    pub fn new(
        format: Format,
        schema: &Schema,
        fields: Option<&[String]>,
        additional: &BTreeSet<String>,
        nulls: bool,
        texts: bool,
    ) -> Self {
        if format != Format::Csv {
            return Self::Lines { projection: fields.map(|fields| Projection::compile(fields, schema)), nulls, texts };
        }
        let columns = match fields {
            Some(fields) => fields.iter().map(|field| CsvColumn::of(field, schema)).collect(),
            None => all_columns(schema, additional),
        };
        Self::Csv { columns, nulls }
    }

    /// What stands before the rows.
    pub fn head(&self) -> Vec<u8> {
        match self {
            Self::Csv { columns, .. } => {
                let mut writer = csv_writer();
                // Writing into memory cannot fail, here and below.
                let _ = writer.write_record(columns.iter().map(|column| column.name.as_bytes()));
                writer.into_inner().unwrap_or_default()
            }
            Self::Lines { .. } => Vec::new(),
        }
    }

    /// The rows of a batch.
    pub fn rows(&self, batch: &Batch) -> Vec<u8> {
        match self {
            Self::Csv { columns, nulls } => csv_rows(columns, *nulls, batch),
            Self::Lines { projection, nulls, texts } => {
                let mut out = Vec::with_capacity(batch.text_len() * 2);
                for row in batch.rows() {
                    let start = out.len();
                    match projection {
                        Some(projection) => projection.write_json(row, *nulls, &mut out),
                        None => row.write_json(*nulls, &mut out),
                    }
                    if *texts {
                        scalars_as_texts(&mut out, start);
                    }
                    out.push(b'\n');
                }
                out
            }
        }
    }
}

impl CsvColumn {
    fn of(field: &str, schema: &Schema) -> Self {
        let mut parts = field.split('.');
        let first = parts.next().unwrap_or_default();
        Self { name: field.to_owned(), column: schema.position(first), path: parts.map(str::to_owned).collect() }
    }

    fn write(&self, row: Row<'_>, nulls: bool, cell: &mut Vec<u8>) {
        let value = self.column.map_or(Value::Null, |column| row.get(column));
        match value {
            Value::Json(text) if !self.path.is_empty() => {
                let json: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
                let at = self.path.iter().try_fold(&json, |json, name| json.get(name));
                match at {
                    None | Some(serde_json::Value::Null) => {}
                    Some(serde_json::Value::String(text)) => cell.extend_from_slice(text.as_bytes()),
                    Some(other) => Value::Json(&other.to_string()).write_json(nulls, cell),
                }
            }
            Value::Null => {}
            Value::Text(text) => cell.extend_from_slice(text.as_bytes()),
            Value::Date(seconds) => crate::record::format_seconds(seconds, cell),
            other => other.write_json(nulls, cell),
        }
    }
}

/// The model's columns in table order; in place of `additional` its members, sorted by name.
fn all_columns(schema: &Schema, additional: &BTreeSet<String>) -> Vec<CsvColumn> {
    let names = schema.columns().iter().map(|column| column.name.as_ref());
    let model = names.filter(|name| *name != "additional").map(|name| CsvColumn::of(name, schema));
    let members = additional.iter().map(|name| CsvColumn {
        name: format!("additional.{name}"),
        column: schema.position("additional"),
        path: vec![name.clone()],
    });
    model.chain(members).collect()
}

fn csv_writer() -> csv::Writer<Vec<u8>> {
    csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new())
}

fn csv_rows(columns: &[CsvColumn], nulls: bool, batch: &Batch) -> Vec<u8> {
    let mut writer = csv_writer();
    let mut cell = Vec::new();
    for row in batch.rows() {
        for column in columns {
            cell.clear();
            column.write(row, nulls, &mut cell);
            let _ = writer.write_field(&cell);
        }
        let _ = writer.write_record(None::<&[u8]>);
    }
    writer.into_inner().unwrap_or_default()
}

/// Rewrites the object at the end of the buffer (`convertToNativeType`, spec P 10.6).
fn scalars_as_texts(out: &mut Vec<u8>, start: usize) {
    if let Ok(mut json) = serde_json::from_slice::<serde_json::Value>(&out[start..]) {
        to_texts(&mut json);
        out.truncate(start);
        let _ = serde_json::to_writer(out, &json);
    }
}

fn to_texts(json: &mut serde_json::Value) {
    match json {
        serde_json::Value::Array(items) => items.iter_mut().for_each(to_texts),
        serde_json::Value::Object(members) => members.values_mut().for_each(to_texts),
        serde_json::Value::Bool(_) | serde_json::Value::Number(_) => *json = json.to_string().into(),
        serde_json::Value::Null | serde_json::Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::record::{Column, Kind};

    fn batch() -> Batch {
        let column = |name: &'static str, kind| Column { name: name.into(), kind };
        let schema = [
            column("id", Kind::Id),
            column("name", Kind::Text),
            column("tags", Kind::Json),
            column("additional", Kind::Json),
        ];
        let mut batch = Batch::new(Arc::new(Schema::new(schema)));
        batch.push_null_row();
        batch.set_last(0, Value::Int(7));
        batch.set_last(1, Value::Text("a,\"b\"\nc"));
        batch.set_last(2, Value::Json(r#"["x",null]"#));
        batch.push_null_row();
        batch.set_last(0, Value::Int(8));
        batch.set_last(3, Value::Json(r#"{"hue":"red","n":{"m":1}}"#));
        batch
    }

    fn text(format: Format, fields: Option<&[&str]>, texts: bool) -> String {
        let batch = batch();
        let fields: Option<Vec<String>> = fields.map(|fields| fields.iter().map(ToString::to_string).collect());
        let additional = ["hue".to_owned(), "n".to_owned()].into();
        let layout = Layout::new(format, batch.schema(), fields.as_deref(), &additional, false, texts);
        String::from_utf8([layout.head(), layout.rows(&batch)].concat()).unwrap_or_default()
    }

    #[test]
    fn csv_has_every_column_and_quotes_what_must_be() {
        assert_eq!(
            text(Format::Csv, None, false),
            "id,name,tags,additional.hue,additional.n\n7,\"a,\"\"b\"\"\nc\",\"[\"\"x\"\"]\",,\n8,,,red,\"{\"\"m\"\":1}\"\n"
        );
        assert_eq!(
            text(Format::Csv, Some(&["additional.hue", "id", "no"]), false),
            "additional.hue,id,no\n,7,\nred,8,\n"
        );
    }

    #[test]
    fn json_has_an_object_a_line() {
        assert_eq!(
            text(Format::Json, None, false),
            "{\"id\":7,\"name\":\"a,\\\"b\\\"\\nc\",\"tags\":[\"x\"]}\n{\"id\":8,\"additional\":{\"hue\":\"red\",\"n\":{\"m\":1}}}\n"
        );
        assert_eq!(text(Format::JsonLines, Some(&["id"]), true), "{\"id\":\"7\"}\n{\"id\":\"8\"}\n");
    }
}
