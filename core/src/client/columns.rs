//! The columns of records, from the platform's metadata (spec P 7.7).

use std::collections::BTreeMap;

use serde::Deserialize;

use super::records::Records;
use crate::error::{Error, ErrorKind, Result};
use crate::query::parse_fields;
use crate::record::{Column, Kind, Schema};

#[derive(Deserialize)]
struct Metadata {
    fields: Vec<Field>,
    /// Whether records may have other fields too.
    #[serde(default)]
    open: bool,
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
    /// Returns the names of the columns: those of [`fields`](Self::fields) in their order, or else those of the object
    /// in the platform's metadata.
    ///
    /// # Errors
    /// `not_found` if the platform does not know the object.
    pub async fn columns(&self) -> Result<Vec<String>> {
        match self.asked_fields()? {
            Some(fields) => Ok(fields),
            None => Ok(self.known_schema().await?.columns().iter().map(|column| column.name.to_string()).collect()),
        }
    }

    /// Returns the names of the columns, or `None` if records may have other fields than those that are known.
    pub(super) async fn open_columns(&self) -> Result<Option<Vec<String>>> {
        if let Some(fields) = self.asked_fields()? {
            return Ok(Some(fields));
        }
        let metadata = self.metadata().await?;
        let schema = schema_of(metadata.fields);
        if metadata.open || schema.columns().is_empty() {
            return Ok(None);
        }
        Ok(Some(schema.columns().iter().map(|column| column.name.to_string()).collect()))
    }

    pub(super) fn asked_fields(&self) -> Result<Option<Vec<String>>> {
        let names = self.query.iter().find(|(known, _)| known == "fields").map(|(_, names)| parse_fields(names));
        let fields = names.transpose().map_err(|error| Error::new(ErrorKind::InvalidRequest, error.to_string()))?;
        Ok(fields.filter(|fields| !fields.is_empty()))
    }

    /// Returns the columns of the object of a path: its last segment.
    async fn schema(&self) -> Result<Schema> {
        Ok(schema_of(self.metadata().await?.fields))
    }

    /// Returns the columns for a table of these fields, or of all.
    #[cfg(feature = "arrow")]
    pub(super) async fn schema_for(&self, fields: Option<&[String]>) -> Result<Schema> {
        if fields.is_some() { self.schema().await } else { self.known_schema().await }
    }

    /// Returns the columns of the object of a path, of which there is at least one: a table without columns would have
    /// nothing of its records.
    async fn known_schema(&self) -> Result<Schema> {
        let schema = self.schema().await?;
        if schema.columns().is_empty() {
            let unknown =
                Error::new(ErrorKind::InvalidRequest, "the platform does not tell the columns of these records");
            return Err(unknown.with_hint("Choose the columns with `fields`, or read the records as JSON."));
        }
        Ok(schema)
    }

    async fn metadata(&self) -> Result<Metadata> {
        let object = self.path.rsplit('/').next().unwrap_or_default();
        self.instance.metadata_as(object).await
    }
}

/// Returns the columns of a list of fields. Nested fields (`a.b`, `a[*].b`) share one column of JSON.
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
}
