//! Records as a table: an Arrow stream whose columns are those the platform's metadata tells (spec P 7.7, 16.5).

use std::collections::BTreeMap;
use std::io;
use std::mem;
use std::pin::pin;
use std::sync::Arc;

use arrow_ipc::writer::StreamWriter;
use arrow_schema::TimeUnit;
use async_stream::try_stream;
use bytes::Bytes;
use futures::{Stream, TryStreamExt};
use serde::Deserialize;

use super::outgoing::{Outgoing, segment};
use super::records::Records;
use crate::error::{Error, ErrorKind, Result};
use crate::record::columnar::Columns;
use crate::record::table::Table;
use crate::record::{Batch, Column, Kind, Schema};

#[derive(Deserialize)]
struct Metadata {
    fields: Vec<Field>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Field {
    #[serde(rename = "type")]
    kind: String,
    vendor_path: String,
    vendor_native_type: Option<String>,
}

impl Records {
    /// Every record in order, as the bytes of an Arrow IPC stream, a page after the other. The columns are those the
    /// platform's metadata tells of the object, or those of [`fields`](Self::fields); a value that does not fit its
    /// column is null.
    ///
    /// # Errors
    /// `not_found` when the platform does not know the object; otherwise as [`pages`](Self::pages).
    pub async fn arrow(self) -> Result<impl Stream<Item = Result<Bytes>> + Send + use<>> {
        let schema = self.schema().await?;
        let fields = self.asked_fields();
        Ok(try_stream! {
            let table = Table::new(&schema, fields.as_deref());
            let mut columns = Columns::new(&table, TimeUnit::Second);
            let mut out = StreamWriter::try_new(Vec::new(), columns.schema()).map_err(io::Error::other).map_err(failed)?;
            let mut batch = Batch::new(Arc::new(schema));
            let mut pages = pin!(self.pages());
            while let Some(page) = pages.try_next().await? {
                batch.clear();
                batch.read_json(page.json()).map_err(not_understood)?;
                columns.push(&batch, |full| out.write(full).map_err(io::Error::other)).map_err(failed)?;
                let ready = mem::take(out.get_mut());
                if !ready.is_empty() {
                    yield Bytes::from(ready);
                }
            }
            if let Some(rest) = columns.rest().map_err(failed)? {
                out.write(&rest).map_err(io::Error::other).map_err(failed)?;
            }
            out.finish().map_err(io::Error::other).map_err(failed)?;
            yield Bytes::from(mem::take(out.get_mut()));
        })
    }

    /// The names of the columns: those of [`fields`](Self::fields) in their order, or those the platform's metadata
    /// tells of the object.
    ///
    /// # Errors
    /// `not_found` when the platform does not know the object.
    pub async fn columns(&self) -> Result<Vec<String>> {
        match self.asked_fields() {
            Some(fields) => Ok(fields),
            None => Ok(self.schema().await?.columns().iter().map(|column| column.name.to_string()).collect()),
        }
    }

    fn asked_fields(&self) -> Option<Vec<String>> {
        let (_, names) = self.query.iter().find(|(known, _)| known == "fields")?;
        Some(names.split(',').map(|name| name.trim().to_owned()).collect())
    }

    /// The columns of the object a path leads to: its last part.
    async fn schema(&self) -> Result<Schema> {
        let object = self.path.rsplit('/').next().unwrap_or_default();
        let call = Outgoing::get(format!("objects/{}/metadata", segment(object)));
        let metadata: Metadata = self.instance.send(call).await?.json().await?;
        Ok(schema_of(metadata.fields))
    }
}

/// The columns of a list of fields. Fields inside others (`a.b`, `a[*].b`) are together one column of JSON.
fn schema_of(fields: Vec<Field>) -> Schema {
    let mut columns: Vec<Column> = Vec::new();
    let mut positions: BTreeMap<String, usize> = BTreeMap::new();
    for field in fields {
        let name = field.vendor_path.split(['.', '[']).next().unwrap_or_default().to_owned();
        let kind = if name == field.vendor_path { kind_of(&field) } else { Kind::Json };
        match positions.get(&name) {
            Some(position) => columns[*position].kind = Kind::Json,
            None => {
                positions.insert(name.clone(), columns.len());
                columns.push(Column { name: name.into(), kind });
            }
        }
    }
    Schema::new(columns)
}

fn kind_of(field: &Field) -> Kind {
    match field.kind.as_str() {
        "number" if field.vendor_native_type.as_deref() == Some("integer") => Kind::Int,
        "integer" | "long" => Kind::Int,
        "number" | "float" | "double" => Kind::Float,
        "boolean" => Kind::Bool,
        "date" => Kind::Date,
        "string" => Kind::Text,
        _ => Kind::Json,
    }
}

fn failed(error: io::Error) -> Error {
    Error::new(ErrorKind::Internal, format!("the table cannot be written: {error}"))
}

fn not_understood(error: serde_json::Error) -> Error {
    Error::new(ErrorKind::Decode, format!("the records could not be understood: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(kind: &str, path: &str, native: Option<&str>) -> Field {
        Field { kind: kind.into(), vendor_path: path.into(), vendor_native_type: native.map(str::to_owned) }
    }

    #[test]
    fn fields_become_columns() {
        let schema = schema_of(vec![
            field("number", "id", Some("integer")),
            field("number", "score", Some("decimal")),
            field("date", "at", Some("string")),
            field("array", "answers", None),
            field("string", "answers[*].text", None),
            field("string", "address.city", None),
            field("string", "address.zip", None),
        ]);
        let found: Vec<_> = schema.columns().iter().map(|column| (&*column.name, column.kind)).collect();
        let expected = [
            ("id", Kind::Int),
            ("score", Kind::Float),
            ("at", Kind::Date),
            ("answers", Kind::Json),
            ("address", Kind::Json),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_page_becomes_rows() {
        let kinds = [("id", Kind::Int), ("name", Kind::Text), ("more", Kind::Json)];
        let columns = kinds.map(|(name, kind)| Column { name: name.into(), kind });
        let mut batch = Batch::new(Arc::new(Schema::new(columns)));
        let page = br#"[{"id":1,"n\u0061me":"\u00e9","x":[{}]},{"more":{"b":[1,null]},"id":"7"},{}]"#;
        assert!(batch.read_json(page).is_ok());
        let mut rows = Vec::new();
        batch.rows().for_each(|row| row.write_json(false, &mut rows));
        let expected = r#"{"id":1,"name":"é"}{"id":"7","more":{"b":[1]}}{}"#;
        assert_eq!(String::from_utf8_lossy(&rows), expected);
        for wrong in ["{}", "[1]", "[{}", "[{}] x", ""] {
            assert!(batch.read_json(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
