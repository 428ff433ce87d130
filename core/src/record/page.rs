//! Parsing of the platform's pages of records into a [`Batch`].

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value as Json;

use super::{Batch, Value};

impl Batch {
    /// Appends the records of a page, a JSON array of objects, as rows. Members without a column are ignored.
    ///
    /// # Errors
    /// Returns an error if the page is not an array of objects.
    pub(crate) fn read_json(&mut self, page: &[u8]) -> serde_json::Result<()> {
        let mut text = serde_json::Deserializer::from_slice(page);
        text.deserialize_seq(Rows(self))?;
        text.end()
    }
}

struct Rows<'b>(&'b mut Batch);

impl<'de> Visitor<'de> for Rows<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of records")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<(), A::Error> {
        while rows.next_element_seed(Row(self.0))?.is_some() {}
        Ok(())
    }
}

struct Row<'b>(&'b mut Batch);

impl<'de> DeserializeSeed<'de> for Row<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, record: D) -> Result<(), D::Error> {
        record.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Row<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        self.0.push_null_row();
        while let Some(name) = members.next_key::<Name<'de>>()? {
            match self.0.schema().position(&name.0) {
                Some(column) => members.next_value_seed(Member { batch: self.0, column })?,
                None => members.next_value::<IgnoredAny>().map(drop)?,
            }
        }
        Ok(())
    }
}

/// Name of a member; copied only if it contains escapes.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// Value of a member with its target column.
struct Member<'b> {
    batch: &'b mut Batch,
    column: usize,
}

impl Member<'_> {
    fn set<E>(self, value: Value<'_>) -> Result<(), E> {
        self.batch.set_last(self.column, value);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Member<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<(), D::Error> {
        value.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Member<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.set(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.set(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.set(Value::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        #[allow(clippy::cast_precision_loss)] // beyond 64 bits with a sign there are only decimal numbers here
        let beyond = Value::Float(value as f64);
        self.set(i64::try_from(value).map_or(beyond, Value::Int))
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.set(Value::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        self.set(Value::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<(), A::Error> {
        let json = Json::deserialize(SeqAccessDeserializer::new(items))?;
        self.set(Value::Json(&json.to_string()))
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<(), A::Error> {
        let json = Json::deserialize(MapAccessDeserializer::new(members))?;
        self.set(Value::Json(&json.to_string()))
    }
}
