//! Selection of the records of a pull.

use ring::digest::{SHA256, digest};

use crate::auth::hex;
use crate::error::{Error, ErrorKind, Result};
use crate::query::{self, Expr, parse_fields, parse_where};

/// Selection of a pull: an object, or a part of it. `"contacts"` alone is all of it.
///
/// A state belongs to its selection: with another filter, older records would be missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncOptions {
    object: String,
    fields: Option<String>,
    filter: Option<String>,
    channels: Vec<u64>,
}

impl SyncOptions {
    /// Selects all of an object.
    pub fn new(object: impl Into<String>) -> Self {
        Self { object: object.into(), fields: None, filter: None, channels: Vec::new() }
    }

    /// Selects only these fields, comma-separated.
    #[must_use]
    pub fn fields(mut self, fields: impl Into<String>) -> Self {
        self.fields = Some(fields.into());
        self
    }

    /// Selects only records that match this CEQL condition (spec P 8).
    #[must_use]
    pub fn filter(mut self, condition: impl Into<String>) -> Self {
        self.filter = Some(condition.into());
        self
    }

    /// Selects only records of this channel; may be repeated.
    #[must_use]
    pub fn channel(mut self, id: u64) -> Self {
        self.channels.push(id);
        self
    }

    /// Returns the object.
    pub fn object(&self) -> &str {
        &self.object
    }

    /// Returns the statement that reads the selection.
    ///
    /// # Errors
    /// `invalid_request` if the filter cannot be parsed, or a field is listed twice.
    pub(super) fn statement(&self) -> Result<String> {
        let mut select = query::select(&self.object);
        let fields = self.field_names()?;
        if !fields.is_empty() {
            select = select.fields(fields);
        }
        if let Some(condition) = self.condition()? {
            select = select.filter(condition);
        }
        let channels = self.sorted_channels();
        if !channels.is_empty() {
            select = select.filter(query::field("channelId").is_in(channels));
        }
        Ok(select.to_string())
    }

    /// Returns the id of the selection in a state, or `None` for the whole object. It is a hash, since a filter may
    /// contain personal data.
    pub(super) fn fingerprint(&self) -> Result<Option<String>> {
        let condition = self.condition()?.map(|condition| condition.to_string());
        let (fields, channels) = (self.field_names()?, self.sorted_channels());
        if fields.is_empty() && channels.is_empty() && condition.is_none() {
            return Ok(None);
        }
        let text = serde_json::json!([fields, condition, channels]).to_string();
        Ok(Some(hex(&digest(&SHA256, text.as_bytes()).as_ref()[..8])))
    }

    fn condition(&self) -> Result<Option<Expr>> {
        let text = self.filter.as_deref().unwrap_or_default();
        parse_where(text).map_err(|error| Error::new(ErrorKind::InvalidRequest, error.to_string()))
    }

    fn field_names(&self) -> Result<Vec<String>> {
        let names = self.fields.as_deref().map(parse_fields).transpose();
        Ok(names.map_err(|error| Error::new(ErrorKind::InvalidRequest, error.to_string()))?.unwrap_or_default())
    }

    fn sorted_channels(&self) -> Vec<u64> {
        let mut channels = self.channels.clone();
        channels.sort_unstable();
        channels.dedup();
        channels
    }
}

impl From<&str> for SyncOptions {
    fn from(object: &str) -> Self {
        Self::new(object)
    }
}

impl From<String> for SyncOptions {
    fn from(object: String) -> Self {
        Self::new(object)
    }
}

impl From<&String> for SyncOptions {
    fn from(object: &String) -> Self {
        Self::new(object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selection_is_one_statement() -> Result<()> {
        let plain = SyncOptions::new("contacts");
        assert_eq!((plain.statement()?, plain.fingerprint()?), ("SELECT * FROM contacts".to_owned(), None));
        assert_eq!(SyncOptions::new("2nd").statement()?, "SELECT * FROM `2nd`");
        let some =
            SyncOptions::new("viewings").fields("id, email").filter("a=1 or b=2").channel(8).channel(7).channel(8);
        assert_eq!(some.statement()?, "SELECT id, email FROM viewings WHERE (a = 1 OR b = 2) AND channelId IN (7, 8)");
        assert_eq!(SyncOptions::new("x").filter(" ").fingerprint()?, None);
        let wrong = SyncOptions::new("x").filter("a >").statement();
        assert_eq!(wrong.map_err(|error| error.kind()), Err(ErrorKind::InvalidRequest));
        Ok(())
    }

    #[test]
    fn equal_selections_have_equal_fingerprints() -> Result<()> {
        let of = |filter: &str| SyncOptions::new("contacts").filter(filter).fingerprint();
        assert_eq!(of("email = 'a@x.example'")?, of("  email='a@x.example' ")?);
        assert_ne!(of("email = 'a@x.example'")?, of("email = 'b@x.example'")?);
        let fields = SyncOptions::new("contacts").fields("id").fingerprint()?;
        let channel = SyncOptions::new("contacts").channel(7).fingerprint()?;
        assert!(fields.is_some() && channel.is_some() && fields != channel);
        Ok(())
    }
}
