//! Writes of records (spec P 7.1, 9.8).

use std::fmt::Display;

use bytes::Bytes;
use http::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::address::Address;
use super::answer::Answer;
use super::outgoing::{Outgoing, segment};
use super::records::Records;
use crate::error::{Error, ErrorKind, Result};
use crate::warning::Warning;

/// Hint of errors after which a change may have been made.
pub const OPEN_OUTCOME: &str = "The change may have been made. Look before you send it again.";

/// Parameters of lists, which do not apply to writes.
const OF_LISTS: [&str; 6] = ["where", "fields", "orderBy", "pageSize", "nextPage", "returnCount"];

/// A record as the vendor has it after a write.
#[derive(Clone, Debug)]
pub struct WrittenRecord {
    json: Bytes,
    warnings: Vec<Warning>,
    request_id: Option<String>,
}

impl Records {
    /// Creates a record in this list, and returns what the vendor returned: usually the record, with its id.
    ///
    /// A condition, an order and the like of the list do not apply; other [parameters](Self::param) are sent. Fields
    /// that the object does not have are [warned](Self::warnings) about, and sent nevertheless.
    ///
    /// A write is sent once. It is repeated only if no connection could be made.
    ///
    /// # Errors
    /// `not_found` or, with status 405, `invalid_request` if the element does not create such records;
    /// `invalid_request` or `conflict` if the vendor rejects it. After `timeout`, `transport` and `vendor` the vendor may
    /// have created it; the hint of the error says so if that is possible.
    ///
    /// ```no_run
    /// # async fn example(instance: elementkit::InstanceHandle) -> elementkit::Result<()> {
    /// use serde_json::json;
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Account {
    ///     id: String,
    /// }
    ///
    /// let accounts = instance.records("accounts");
    /// let created = accounts.create(&json!({"name": "Acme"})).await?;
    /// if let Some(account) = created.record::<Account>()? {
    ///     accounts.update(&account.id, &json!({"name": "Acme Ltd"})).await?;
    ///     accounts.delete(&account.id).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn create<T: Serialize + ?Sized>(&self, record: &T) -> Result<WrittenRecord> {
        self.write(Outgoing::new(Method::POST, self.path.clone()).json(record)?).await
    }

    /// Replaces the record with this id: fields that the new one leaves out are gone.
    ///
    /// # Errors
    /// As [`create`](Self::create); `not_found` if there is no such record, `config` if the id is empty.
    pub async fn replace<T: Serialize + ?Sized>(&self, id: impl Display, record: &T) -> Result<WrittenRecord> {
        self.write(Outgoing::new(Method::PUT, self.path_of(id)?).json(record)?).await
    }

    /// Changes fields of the record with this id; the others stay.
    ///
    /// # Errors
    /// As [`replace`](Self::replace).
    pub async fn update<T: Serialize + ?Sized>(&self, id: impl Display, changes: &T) -> Result<WrittenRecord> {
        self.write(Outgoing::new(Method::PATCH, self.path_of(id)?).json(changes)?).await
    }

    /// Deletes the record with this id.
    ///
    /// # Errors
    /// As [`replace`](Self::replace).
    pub async fn delete(&self, id: impl Display) -> Result<()> {
        self.write(Outgoing::new(Method::DELETE, self.path_of(id)?)).await?;
        Ok(())
    }

    /// Returns the path of a record of this list.
    fn path_of(&self, id: impl Display) -> Result<String> {
        let id = id.to_string();
        // An empty part would make it the path of the list; the others would be resolved to a path above.
        if matches!(id.as_str(), "" | "." | "..") {
            return Err(Error::new(ErrorKind::Config, format!("no record can have the id {id:?}")));
        }
        Ok(format!("{}/{}", self.path, segment(&id)))
    }

    async fn write(&self, mut call: Outgoing) -> Result<WrittenRecord> {
        let method = call.method.clone();
        call = call.at(Address::Resource);
        let own = self.query.iter().filter(|(name, _)| !OF_LISTS.contains(&name.as_str()));
        call.query = own.cloned().collect();
        self.apply_warnings(&mut call);
        let answer = self.instance.send(call).await.map_err(|error| with_open_outcome(&method, error))?;
        WrittenRecord::read(answer).await
    }
}

impl WrittenRecord {
    async fn read(answer: Answer) -> Result<Self> {
        let (warnings, request_id) = (answer.warnings().to_vec(), answer.request_id().map(str::to_owned));
        Ok(Self { warnings, request_id, json: answer.bytes().await? })
    }

    /// Returns the record, as [`Record`](super::Record) or as your own type; `None` if the vendor returned none.
    ///
    /// # Errors
    /// `decode` if the record does not fit the type. The write was made.
    pub fn record<T: DeserializeOwned>(&self) -> Result<Option<T>> {
        let Some(json) = self.json() else { return Ok(None) };
        let wrong = |error| {
            let message = format!("the record was written, but the answer could not be understood: {error}");
            Error::new(ErrorKind::Decode, message)
        };
        serde_json::from_slice(json).map(Some).map_err(wrong)
    }

    /// Returns the record as the platform sent it; `None` if the vendor returned none.
    pub fn json(&self) -> Option<&Bytes> {
        Some(&self.json).filter(|json| !json.trim_ascii().is_empty())
    }

    /// Returns what the platform ignored, adjusted or questions about the request.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Returns the request id to quote to support.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }
}

/// Adds to an error of this client whether the change may have been made; those of the platform say so themselves.
pub(super) fn with_open_outcome(method: &Method, error: Error) -> Error {
    let broke_off = matches!(error.kind(), ErrorKind::Timeout | ErrorKind::Transport) && error.status().is_none();
    match broke_off && !method.is_safe() {
        true => error.with_hint(OPEN_OUTCOME),
        false => error,
    }
}
