//! Uploads: bulk jobs that send the records of a file (spec P 10.9).

use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, StreamExt};
use http::{HeaderValue, Method};
use serde::Serialize;
use serde_json::{Map, Value};

use super::address::Address;
use super::bulk::{Bulk, CALLBACK_URL};
use super::job::{Job, write_file};
use super::outgoing::{Outgoing, segment};
use super::upload::{Form, Upload};
use crate::body::BoxError;
use crate::error::{Error, ErrorKind, Result};
use crate::warning::Warnings;

/// Number of bytes of records that are sent together.
const BLOCK: usize = 64 << 10;

/// Time limit of the request with the file, unless the call has another.
const TIMEOUT: Duration = Duration::from_secs(6 * 3600);

/// Effect of an upload on the records of its object (spec E 9.22).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum UploadMode {
    /// Creates every record.
    #[default]
    Create,
    /// Changes the fields that the file has, of the records with these keys.
    Update,
    /// Replaces the records with these keys. An extension of ElementKit's own engine.
    Replace,
    /// Changes the records with these keys, and creates those that do not exist or have no key.
    Upsert,
    /// Deletes the records with these keys.
    Delete,
}

/// Format of an uploaded file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UploadFormat {
    /// Comma-separated values with a header line. Dotted columns are nested members, `a[0].b` is in an array.
    Csv,
    /// A JSON array, or one JSON object on each line.
    Json,
}

/// An upload to start.
#[derive(Clone, Debug)]
pub struct BulkUpload {
    object: String,
    source: Source,
    metadata: Map<String, Value>,
    callback_url: Option<String>,
    warnings: Option<Warnings>,
}

#[derive(Clone, Debug)]
enum Source {
    File(PathBuf),
    Body(Upload),
}

impl UploadMode {
    /// Returns the name of the mode, which is that of the action in the contract (spec E 9.22): `create`, `update`,
    /// `replace`, `upsert` or `delete`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Replace => "replace",
            Self::Upsert => "upsert",
            Self::Delete => "delete",
        }
    }
}

impl UploadFormat {
    /// Returns the name of the format in the contract: `csv` or `json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }

    /// Returns the format of a file by its extension.
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "csv" => Some(Self::Csv),
            "json" | "jsonl" | "ndjson" => Some(Self::Json),
            _ => None,
        }
    }
}

impl BulkUpload {
    /// Creates an upload of a file to an object or a common resource. The extension of the file selects its format; other
    /// files are CSV unless [`format`](Self::format) is called. The file is read as it is sent.
    pub fn file(object: impl Into<String>, path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let format = UploadFormat::of(&path).unwrap_or(UploadFormat::Csv);
        Self::of(object.into(), Source::File(path)).format(format)
    }

    /// Creates an upload of the text of a file.
    pub fn text(object: impl Into<String>, format: UploadFormat, text: impl Into<String>) -> Self {
        Self::bytes(object, text.into()).format(format)
    }

    /// Creates an upload of the bytes of a file, which is CSV unless [`format`](Self::format) is called.
    pub fn bytes(object: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        Self::of(object.into(), Source::Body(Upload::bytes(bytes.into())))
    }

    /// Creates an upload of the bytes of a file as they arrive. It is CSV unless [`format`](Self::format) is called. Such
    /// an upload can be started once: if no job was started, create it again.
    pub fn stream<E: Into<BoxError> + 'static>(
        object: impl Into<String>,
        chunks: impl Stream<Item = std::result::Result<Bytes, E>> + Send + 'static,
    ) -> Self {
        Self::of(object.into(), Source::Body(Upload::stream(chunks, None)))
    }

    /// Creates an upload of records, which are read and written as JSON lines while they are sent, 64 KiB at a time. Each
    /// must serialize as an object. Such an upload can be started once.
    ///
    /// ```no_run
    /// # async fn upload(instance: elementkit::InstanceHandle) -> elementkit::Result<()> {
    /// use elementkit::{BulkUpload, UploadMode};
    /// use serde_json::json;
    ///
    /// let records = (1..=100_000).map(|number| json!({"id": number, "name": format!("Contact {number}")}));
    /// let upload = BulkUpload::records("contacts", records).mode(UploadMode::Upsert).key("id");
    /// let job = instance.bulk().upload(upload).await?;
    /// let ended = job.wait().await?;
    /// println!("{:?} failed, {:?} unknown", ended.records_failed_count, ended.records_unknown_count);
    /// # Ok(())
    /// # }
    /// ```
    pub fn records<R: Serialize>(
        object: impl Into<String>,
        records: impl IntoIterator<Item = R, IntoIter: Send + 'static>,
    ) -> Self {
        let blocks = futures::stream::iter(Blocks { records: records.into_iter() }.map(|block| block.map(Bytes::from)));
        Self::stream(object, blocks.boxed()).format(UploadFormat::Json)
    }

    fn of(object: String, source: Source) -> Self {
        Self { object, source, metadata: Map::new(), callback_url: None, warnings: None }
    }

    /// Sets the format of the file.
    #[must_use]
    pub fn format(self, format: UploadFormat) -> Self {
        self.metadata("format", format.name())
    }

    /// Sets the effect of the upload. Default: records are created.
    #[must_use]
    pub fn mode(self, mode: UploadMode) -> Self {
        self.metadata("action", mode.name())
    }

    /// Sets the field with the key of a record, which becomes the last part of the path. Default: the primary key of the
    /// object, but none for an upsert, which then creates every record.
    #[must_use]
    pub fn key(self, field: impl Into<String>) -> Self {
        self.metadata("identifierFieldName", field.into())
    }

    /// Sets the path of the list that records are written to, for instance `/lists/42/members`. Without it, columns named
    /// like the variables of the path have their values.
    #[must_use]
    pub fn path(self, path: impl Into<String>) -> Self {
        self.metadata("path", path.into())
    }

    /// Sets the number of records sent at a time, from 1 to 10. Default: 4.
    #[must_use]
    pub fn concurrency(self, records: u32) -> Self {
        self.metadata("bulkUploadRecordSize", records)
    }

    /// Sends columns that the object does not have, in place of refusing the file. An extension of ElementKit's own
    /// engine.
    #[must_use]
    pub fn unknown_columns(self) -> Self {
        self.metadata("unknownColumns", "send")
    }

    /// Sends the status to this URL when the job has ended (spec P 10.11).
    #[must_use]
    pub fn callback_url(mut self, url: impl Into<String>) -> Self {
        self.callback_url = Some(url.into());
        self
    }

    /// Sets any JSON that is sent along with the callback.
    #[must_use]
    pub fn callback_payload(self, payload: impl Into<Value>) -> Self {
        self.metadata("callback-payload", payload)
    }

    /// Sets any member of the job's metadata.
    #[must_use]
    pub fn metadata(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.metadata.insert(name.to_owned(), value.into());
        self
    }

    /// Sets the policy for warnings, in place of that of the platform or instance.
    #[must_use]
    pub fn warnings(mut self, policy: Warnings) -> Self {
        self.warnings = Some(policy);
        self
    }

    fn outgoing(self) -> Result<Outgoing> {
        // The metadata precede the file, so that a platform knows what to do with it.
        let form = Form::new().field("metaData", Value::Object(self.metadata).to_string());
        let form = match self.source {
            Source::File(path) => form.file("file", path, "application/octet-stream")?,
            Source::Body(body) => form.body("file", body),
        };
        let (media_type, upload) = form.upload()?;
        let kind = HeaderValue::try_from(media_type);
        let kind = kind.map_err(|_| Error::new(ErrorKind::Internal, "a boundary cannot be sent"))?;
        let call = Outgoing::new(Method::POST, format!("bulk/{}", segment(&self.object))).at(Address::Instance);
        let mut call = call.upload(kind, upload);
        if let Some(url) = self.callback_url {
            call = call.header(CALLBACK_URL, &url)?;
        }
        Ok(Outgoing { warnings: self.warnings, timeout: Some(TIMEOUT), ..call })
    }
}

/// Records as JSON lines, in blocks.
struct Blocks<I> {
    records: I,
}

impl<R: Serialize, I: Iterator<Item = R>> Iterator for Blocks<I> {
    type Item = Result<Vec<u8>>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut block = Vec::new();
        while block.len() < BLOCK {
            let Some(record) = self.records.next() else { break };
            if let Err(error) = serde_json::to_writer(&mut block, &record) {
                let message = format!("a record cannot be written as JSON: {error}");
                return Some(Err(Error::new(ErrorKind::Config, message)));
            }
            block.push(b'\n');
        }
        (!block.is_empty()).then_some(Ok(block))
    }
}

impl Bulk {
    /// Starts an upload (spec P 10.9). Returns when the platform has the whole file.
    ///
    /// # Errors
    /// `invalid_request` if the object takes no uploads or has no resource for the mode, `not_found` for an unknown object,
    /// `storage` if the file cannot be read.
    pub async fn upload(&self, upload: BulkUpload) -> Result<Job> {
        let object = upload.object.clone();
        Ok(self.begin(upload.outgoing()?, object).await?.0)
    }
}

impl Job {
    /// Returns the records of an upload that failed, as a file of its format, which can be corrected and uploaded again.
    /// The [errors](Self::error_rows) have the reasons.
    ///
    /// # Errors
    /// `not_found` if the job is no upload or its file has expired, and on platforms other than ElementKit's own engine.
    pub async fn failed_records(&self) -> Result<impl Stream<Item = Result<Bytes>> + Send + use<>> {
        self.rows_of("false").await
    }

    /// Returns the records of an upload whose outcome is not known, as [`failed_records`](Self::failed_records): they were
    /// sent, and no answer arrived. Look for them at the vendor before sending them again.
    ///
    /// # Errors
    /// As [`failed_records`](Self::failed_records).
    pub async fn unknown_records(&self) -> Result<impl Stream<Item = Result<Bytes>> + Send + use<>> {
        self.rows_of("true").await
    }

    /// Writes the records of an upload that failed into a file, as [`failed_records`](Self::failed_records) returns them.
    /// Returns its size in bytes.
    ///
    /// # Errors
    /// As [`failed_records`](Self::failed_records); `storage` if the file cannot be written.
    pub async fn download_failed(&self, path: impl AsRef<Path>) -> Result<u64> {
        write_file(path.as_ref(), self.failed_records().await?).await
    }

    /// Writes the records of an upload whose outcome is not known into a file, as
    /// [`unknown_records`](Self::unknown_records) returns them. Returns its size in bytes.
    ///
    /// # Errors
    /// As [`download_failed`](Self::download_failed).
    pub async fn download_unknown(&self, path: impl AsRef<Path>) -> Result<u64> {
        write_file(path.as_ref(), self.unknown_records().await?).await
    }

    async fn rows_of(&self, unknown: &str) -> Result<impl Stream<Item = Result<Bytes>> + Send + use<>> {
        let call = Outgoing::get(format!("bulk/{}/failed", segment(self.id())));
        let call = call.at(Address::Instance).query("unknown", unknown).streamed();
        Ok(self.instance().send(call).await?.into_stream())
    }
}
