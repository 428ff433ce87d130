//! Starting and finding bulk jobs (spec P 10).

use std::collections::BTreeMap;
use std::fmt::Display;

use http::{HeaderName, HeaderValue, Method};
use serde_json::{Map, Value, json};

use super::address::Address;
use super::answer::Answer;
use super::format::Format;
use super::instance::InstanceHandle;
use super::job::Job;
use super::outgoing::{Judgement, LONG_QUERY, Outgoing, segment};
use super::pages;
use crate::auth::{hex, random_bytes};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{BulkJob, PartitionWatermark};
use crate::warning::Warnings;

pub(super) const CALLBACK_URL: HeaderName = HeaderName::from_static("elements-async-callback-url");

/// The bulk jobs of one instance.
#[derive(Clone, Debug)]
pub struct Bulk {
    instance: InstanceHandle,
}

/// A query job to start (spec P 10.2).
#[derive(Clone, Debug)]
pub struct BulkQuery {
    statement: String,
    from: Option<String>,
    to: Option<String>,
    continue_from: Option<String>,
    callback_url: Option<String>,
    metadata: Map<String, Value>,
    watermarks: Option<Vec<PartitionWatermark>>,
    warnings: Option<Warnings>,
}

/// A download job to start: the newer form, without a statement (spec P 10.4).
#[derive(Clone, Debug, Default)]
pub struct BulkDownload {
    body: Map<String, Value>,
    query: BTreeMap<String, String>,
    warnings: Option<Warnings>,
}

impl BulkQuery {
    /// Creates a job for a statement, for instance `select * from contacts where lastUpdated > '2026-01-01'`.
    pub fn new(statement: impl Into<String>) -> Self {
        Self {
            statement: statement.into(),
            from: None,
            to: None,
            continue_from: None,
            callback_url: None,
            metadata: Map::new(),
            watermarks: None,
            warnings: None,
        }
    }

    /// Reads only records changed at or after this ISO-8601 date.
    #[must_use]
    pub fn from(mut self, date: impl Into<String>) -> Self {
        self.from = Some(date.into());
        self
    }

    /// Reads only records changed at or before this ISO-8601 date.
    #[must_use]
    pub fn to(mut self, date: impl Into<String>) -> Self {
        self.to = Some(date.into());
        self
    }

    /// Reads each of these partitions from its watermark on, and all others from the beginning or from `from`. The
    /// [report](Job::watermarks) of an earlier job has the watermarks. A platform without them reads everything.
    #[must_use]
    pub fn watermarks(mut self, watermarks: Vec<PartitionWatermark>) -> Self {
        self.watermarks = Some(watermarks);
        self
    }

    /// Continues where an earlier job of the instance stopped because of its limit.
    #[must_use]
    pub fn continue_from(mut self, job: impl Into<String>) -> Self {
        self.continue_from = Some(job.into());
        self
    }

    /// Sends the status to this URL when the job has ended: an absolute URL, or a path of the platform (spec P 10.11).
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

    /// Sets the file name, optionally with a date mask in braces: `{yyyy-MM-dd HH:mm:ss}_Contacts` (spec P 10.6).
    #[must_use]
    pub fn file_name(self, name: impl Into<String>) -> Self {
        self.metadata("fileName", name.into())
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
        let mut call = Outgoing::new(Method::POST, "bulk/query").at(Address::Instance);
        call.warnings = self.warnings;
        let mut parts = Vec::new();
        // A long statement would make a URL that servers reject.
        if self.statement.len() > LONG_QUERY {
            parts.push(("q", "text/plain; charset=utf-8", self.statement));
        } else {
            call = call.query("q", self.statement);
        }
        for (name, value) in [("from", self.from), ("to", self.to), ("continueFromJobId", self.continue_from)] {
            if let Some(value) = value {
                call = call.query(name, value);
            }
        }
        if let Some(url) = self.callback_url {
            call = call.header(CALLBACK_URL, &url)?;
        }
        if !self.metadata.is_empty() {
            parts.push(("metaData", JSON, Value::Object(self.metadata).to_string()));
        }
        if let Some(watermarks) = &self.watermarks {
            parts.push(("watermarks", JSON, json!(watermarks).to_string()));
        }
        if parts.is_empty() { Ok(call) } else { form(call, &parts) }
    }
}

/// Media type of most parts.
const JSON: &str = "application/json";

/// Adds a form of parts with their media types (spec P 10.2).
fn form(call: Outgoing, parts: &[(&str, &str, String)]) -> Result<Outgoing> {
    let boundary = format!("elementkit-{}", hex(&random_bytes::<16>()?));
    let mut body = String::new();
    for (name, media_type, content) in parts {
        body.push_str(&format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\nContent-Type: {media_type}\r\n\r\n\
             {content}\r\n"
        ));
    }
    body.push_str(&format!("--{boundary}--\r\n"));
    let kind = HeaderValue::try_from(format!("multipart/form-data; boundary={boundary}"));
    let kind = kind.map_err(|_| Error::new(ErrorKind::Internal, "a boundary cannot be sent"))?;
    Ok(call.body(kind, body.into()))
}

impl From<&str> for BulkQuery {
    fn from(statement: &str) -> Self {
        Self::new(statement)
    }
}

impl From<String> for BulkQuery {
    fn from(statement: String) -> Self {
        Self::new(statement)
    }
}

impl BulkDownload {
    /// Creates a job that reads an object.
    pub fn new(object: impl Into<String>) -> Self {
        Self::default().format(Format::JsonLines).with("objectName", object.into())
    }

    /// Sets the format that the platform prepares; the result can be read in any. Default: JSON lines.
    #[must_use]
    pub fn format(self, format: Format) -> Self {
        let name = match format {
            Format::Csv => "txt/csv",
            Format::Json => "application/json",
            Format::JsonLines | Format::Parquet | Format::Arrow => "application/jsonl",
        };
        self.with("format", name)
    }

    /// Reads only records that match this CEQL condition (spec P 8).
    #[must_use]
    pub fn filter(self, condition: impl Into<String>) -> Self {
        self.with("where", condition.into())
    }

    /// Reads only these fields, comma-separated.
    #[must_use]
    pub fn select(self, fields: impl Into<String>) -> Self {
        self.with("selectFields", fields.into())
    }

    /// Reads at most this many records.
    #[must_use]
    pub fn limit(self, records: u64) -> Self {
        self.with("limit", records)
    }

    /// Sets the number of records in a page of the vendor.
    #[must_use]
    pub fn page_size(self, records: u32) -> Self {
        self.with("pageSize", records)
    }

    /// Reads only records changed at or after this ISO-8601 date.
    #[must_use]
    pub fn from(self, date: impl Into<String>) -> Self {
        self.with("from", date.into())
    }

    /// Reads only records changed at or before this ISO-8601 date.
    #[must_use]
    pub fn to(self, date: impl Into<String>) -> Self {
        self.with("to", date.into())
    }

    /// Sets the field that `from` and `to` compare with. Default: the object's last-modified field.
    #[must_use]
    pub fn filter_date_field(self, field: impl Into<String>) -> Self {
        self.with("filterDateField", field.into())
    }

    /// Sets whether null values are omitted. Default: as the instance is configured.
    #[must_use]
    pub fn filter_nulls(self, filter: bool) -> Self {
        self.with("filterNulls", filter)
    }

    /// Makes at most this many calls to the vendor; then the job ends normally.
    #[must_use]
    pub fn api_limit(self, calls: u64) -> Self {
        self.with("apiLimit", calls)
    }

    /// Continues where an earlier job of the instance stopped.
    #[must_use]
    pub fn continue_from(self, job: impl Into<String>) -> Self {
        self.with("continueFromJobId", job.into())
    }

    /// Sends the status to this URL when the job has ended (spec P 10.11).
    #[must_use]
    pub fn notification_url(self, url: impl Into<String>) -> Self {
        self.with("notificationUrl", url.into())
    }

    /// Adds a query parameter to the list that is read.
    #[must_use]
    pub fn param(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.query.insert(name.into(), value.into());
        self
    }

    /// Sets the policy for warnings, in place of that of the platform or instance.
    #[must_use]
    pub fn warnings(mut self, policy: Warnings) -> Self {
        self.warnings = Some(policy);
        self
    }

    /// Sets any member of the request.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.body.insert(name.to_owned(), value.into());
        self
    }
}

impl Bulk {
    pub(super) fn new(instance: InstanceHandle) -> Self {
        Self { instance }
    }

    /// Starts a query job.
    ///
    /// # Errors
    /// `invalid_request` with the position if the statement cannot be parsed, `not_found` for an unknown object.
    pub async fn query(&self, query: impl Into<BulkQuery>) -> Result<Job> {
        Ok(self.start(query.into()).await?.0)
    }

    /// Starts a query job. Returns it with the platform's time at its start, if the response has one.
    pub(super) async fn start(&self, query: BulkQuery) -> Result<(Job, Option<jiff::Timestamp>)> {
        let object = object_of(&query.statement);
        self.begin(query.outgoing()?, object).await
    }

    /// Starts the job of a call. Cancels it if its warnings are denied.
    pub(super) async fn begin(&self, call: Outgoing, object: String) -> Result<(Job, Option<jiff::Timestamp>)> {
        let call = Outgoing { judgement: Judgement::Later, ..call };
        let answer = self.instance.send(call.clone()).await?;
        let verdict = self.instance.connection().judge(&call, &answer);
        let (time, warnings) = (platform_time(&answer), answer.warnings().into());
        let job: BulkJob = answer.json().await?;
        let job = Job::new(self.instance.clone(), job.id, object).with_warnings(warnings, call.warnings);
        if let Err(denied) = verdict {
            if let Err(error) = job.cancel().await {
                tracing::warn!(job = job.id(), %error, "a job with warnings could not be cancelled");
            }
            return Err(denied);
        }
        Ok((job, time))
    }

    /// Starts a download job, the newer form without a statement.
    ///
    /// # Errors
    /// `invalid_request` if the request is invalid, `not_found` for an unknown object.
    pub async fn start_download(&self, download: BulkDownload) -> Result<Job> {
        let BulkDownload { mut body, query, warnings } = download;
        if !query.is_empty() {
            body.insert("query".to_owned(), json!(query));
        }
        let object = body.get("objectName").and_then(Value::as_str).unwrap_or_default().to_owned();
        let call = Outgoing::new(Method::POST, "bulk/download").at(Address::Instance).json(&body)?;
        Ok(self.begin(Outgoing { warnings, ..call }, object).await?.0)
    }

    /// Returns the job with an id.
    ///
    /// # Errors
    /// `not_found` if the instance has no such job.
    pub async fn job(&self, id: impl Display) -> Result<Job> {
        let call = Outgoing::get(format!("bulk/{}/status", segment(&id.to_string())));
        let status: BulkJob = self.instance.send(call.at(Address::Instance)).await?.json().await?;
        let object = status.object_name.clone().unwrap_or_default();
        let warnings = status.warnings.as_slice().into();
        let job = Job::new(self.instance.clone(), status.id.clone(), object).with_warnings(warnings, None);
        job.note(&status);
        Ok(job)
    }

    /// Returns one page of the newest jobs, newest first.
    pub async fn list(&self) -> Result<Vec<BulkJob>> {
        Ok(self.page(None).await?.0)
    }

    /// Returns one page of jobs, newest first, and the token of the next page.
    pub async fn page(&self, token: Option<&str>) -> Result<(Vec<BulkJob>, Option<String>)> {
        let call = Outgoing::get("bulk/jobs").at(Address::Instance).page(token);
        pages::read(self.instance.send(call).await?).await
    }
}

/// Returns the object of a statement, for the path of its result; the platform decides whether it is valid.
fn object_of(statement: &str) -> String {
    crate::query::parse_select(statement).map(|select| select.object).unwrap_or_default()
}

fn platform_time(answer: &Answer) -> Option<jiff::Timestamp> {
    Some(jiff::fmt::rfc2822::parse(answer.header("date")?).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_travels_as_a_form() -> Result<()> {
        let query = BulkQuery::new("select * from channels").callback_url("https://x.example").file_name("é");
        let call = query.callback_payload(json!({"n": 1})).outgoing()?;
        let text = String::from_utf8(call.body.unwrap_or_default().to_vec()).unwrap_or_default();
        let kind = call.headers.get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let boundary = kind.strip_prefix("multipart/form-data; boundary=").unwrap_or_default();
        let (head, tail) = (
            format!("--{boundary}\r\nContent-Disposition: form-data; name=\"metaData\""),
            format!("\r\n--{boundary}--\r\n"),
        );
        assert!(text.starts_with(&head) && text.ends_with(&tail), "{text}");
        assert!(text.contains("\r\n\r\n{\"fileName\":\"é\",\"callback-payload\":{\"n\":1}}\r\n"), "{text}");
        assert!(call.headers.contains_key("elements-async-callback-url"));
        Ok(())
    }
}
