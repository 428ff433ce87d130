//! Lists of records: single pages, or streams of records that fetch the next page ahead from the second page on (spec
//! P 7.3, 7.4).

use std::sync::Arc;

use async_stream::try_stream;
use bytes::Bytes;
use futures::{Stream, StreamExt, TryStreamExt};
use http::HeaderValue;
use http::header::ACCEPT;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::address::Address;
use super::answer::Answer;
use super::capabilities::Extension;
use super::csv::Lines;
use super::instance::InstanceHandle;
use super::outgoing::Outgoing;
use super::pages::{self, Part};
use crate::error::{Error, ErrorKind, Result};
use crate::record::compact;
use crate::warning::{CollectedWarnings, Warning, Warnings};

/// Form in which the platform is asked for records. A platform that lacks it sends JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PageForm {
    Json,
    /// Lines of CSV without a header line, since every page would have one (RFC 4180).
    Lines,
    /// Lines of CSV after a header line.
    HeadedLines,
    /// An Arrow stream.
    #[cfg(feature = "arrow")]
    Columns,
}

impl PageForm {
    /// Returns the accepted media types of an answer with at most this number of pages (spec P 16.5).
    fn accept(self, pages: usize) -> Result<HeaderValue> {
        let best = match self {
            Self::Json => "application/json",
            Self::Lines => "text/csv;header=absent",
            Self::HeadedLines => "text/csv;header=present",
            #[cfg(feature = "arrow")]
            Self::Columns => "application/vnd.apache.arrow.stream",
        };
        let accept = match (self, pages) {
            (Self::Json, 1) => return Ok(HeaderValue::from_static("application/json")),
            (_, 1) => format!("{best}, application/json;q=0.9"),
            _ => format!("{best};pages={pages}, application/json;q=0.9"),
        };
        accept.try_into().map_err(|_| Error::new(ErrorKind::Internal, "the media types are no header value"))
    }
}

/// A record as the platform sends it: a JSON object.
pub type Record = serde_json::Map<String, serde_json::Value>;

/// A list to read, with its options, whose records can also be written. Nothing is sent until it is read.
#[derive(Clone, Debug)]
pub struct Records {
    pub(super) instance: InstanceHandle,
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    form: PageForm,
    warnings: Option<Warnings>,
    collected: CollectedWarnings,
}

/// One page of records.
#[derive(Clone, Debug)]
pub struct RecordPage {
    json: Bytes,
    next: Option<String>,
    returned: Option<u64>,
    total: Option<u64>,
    warnings: Vec<Warning>,
    warning: Option<String>,
    request_id: Option<String>,
}

impl Records {
    pub(super) fn new(instance: InstanceHandle, resource: String) -> Self {
        Self {
            instance,
            path: resource.trim_matches('/').to_owned(),
            query: Vec::new(),
            form: PageForm::Json,
            warnings: None,
            collected: CollectedWarnings::default(),
        }
    }

    /// Returns only records that match this CEQL condition (spec P 8), for instance `lastUpdated > '2026-01-01'`. A
    /// field that no record has matches nothing; the platform then [warns](Self::warnings) with the first page.
    #[must_use]
    pub fn filter(self, condition: impl Into<String>) -> Self {
        self.param("where", condition)
    }

    /// Returns only these fields, comma-separated.
    #[must_use]
    pub fn fields(self, fields: impl Into<String>) -> Self {
        self.param("fields", fields)
    }

    /// Sorts the records, for instance `lastUpdated desc`. The platform then reads the whole list first.
    #[must_use]
    pub fn order_by(self, order: impl Into<String>) -> Self {
        self.param("orderBy", order)
    }

    /// Sets the number of records in a page, 1 to 5000. Default: 200.
    #[must_use]
    pub fn page_size(self, records: u32) -> Self {
        self.param("pageSize", records.to_string())
    }

    /// Sets any other query parameter, for instance `since` or `expand`.
    #[must_use]
    pub fn param(mut self, name: &str, value: impl Into<String>) -> Self {
        self.query.retain(|(known, _)| known != name);
        self.query.push((name.to_owned(), value.into()));
        // A changed list collects its own warnings.
        self.collected = CollectedWarnings::default();
        self
    }

    /// Sets the policy for warnings, in place of that of the platform or instance.
    #[must_use]
    pub fn warnings(mut self, policy: Warnings) -> Self {
        self.warnings = Some(policy);
        self
    }

    /// Returns the warnings that are reported while this list, or a clone of it, is read in any form. Call this before
    /// the list is read, and after its last option was set.
    pub fn collected_warnings(&self) -> CollectedWarnings {
        self.collected.clone()
    }

    /// Requests the number of records on all pages, as the total of each page. The platform then reads the whole list
    /// first.
    #[must_use]
    pub fn count(self) -> Self {
        self.param("returnCount", "true")
    }

    /// Returns one page: the first, or the one of a token.
    pub async fn page(&self, token: Option<&str>) -> Result<RecordPage> {
        RecordPage::read(self.ask(token, 1).await?).await
    }

    /// Returns the same list, requested in a form.
    pub(super) fn in_form(self, form: PageForm) -> Self {
        Self { form, ..self }
    }

    /// Applies the policy for warnings to a call, and collects them.
    pub(super) fn apply_warnings(&self, call: &mut Outgoing) {
        (call.warnings, call.collected) = (self.warnings, self.collected.clone());
    }

    /// Requests the pages from a token on, at most this number of them in one answer.
    pub(super) async fn ask(&self, token: Option<&str>, pages: usize) -> Result<Answer> {
        let mut call = Outgoing::get(self.path.clone()).at(Address::Resource);
        call.query = self.query.clone();
        self.apply_warnings(&mut call);
        call.headers.insert(ACCEPT, self.form.accept(pages)?);
        let mut call = call.page(token);
        if call.has_long_query() {
            let found = self.instance.capabilities().await;
            call.query_in_body = found.is_ok_and(|found| found.has(Extension::LongQueries));
        }
        self.instance.send(call).await
    }

    /// Returns every page in order. From the second one on, the next page is fetched while you process the last.
    ///
    /// # Errors
    /// `decode` if the platform returns a cycle of pages, after the pages read until then.
    pub fn pages(self) -> impl Stream<Item = Result<RecordPage>> + Send {
        self.read_ahead(|_| 1)
    }

    /// Returns every record in order, in arrays of one or more pages: a platform that can, such as an ElementKit engine,
    /// sends up to 8 pages in an answer (spec P 16.5), which takes less work than [`pages`](Self::pages).
    ///
    /// # Errors
    /// As [`pages`](Self::pages).
    pub fn chunks(self) -> impl Stream<Item = Result<RecordPage>> + Send {
        self.read_ahead(|pages| pages)
    }

    fn read_ahead(self, most: fn(usize) -> usize) -> impl Stream<Item = Result<RecordPage>> + Send {
        pages::follow_ahead(move |part: Part| {
            let list = self.clone();
            async move {
                let page = RecordPage::read(list.ask(part.token.as_deref(), most(part.pages)).await?).await?;
                let next = page.next.clone();
                Ok((page, next))
            }
        })
    }

    /// Returns every record in order.
    pub fn stream(self) -> impl Stream<Item = Result<Record>> + Send {
        self.typed()
    }

    /// Returns every record in order as its JSON on one line, exactly as the platform sent it: numbers have all their
    /// digits, and a record need not be an object.
    pub fn json_lines(self) -> impl Stream<Item = Result<String>> + Send {
        self.typed::<Box<RawValue>>().map_ok(|record| {
            let mut line = String::with_capacity(record.get().len());
            compact(record.get(), &mut line);
            line
        })
    }

    /// Returns every record in order, as your own type.
    pub fn typed<T: DeserializeOwned + Send + 'static>(self) -> impl Stream<Item = Result<T>> + Send {
        let records = |page: RecordPage| {
            let records: Result<Vec<T>> = page.records();
            futures::stream::iter(match records {
                Ok(records) => records.into_iter().map(Ok).collect::<Vec<_>>(),
                Err(error) => vec![Err(error)],
            })
        };
        self.chunks().map_ok(records).try_flatten()
    }

    /// Returns every record as a line of CSV (RFC 4180) with these fields, after a header line; each item is the lines
    /// of one or more pages. The header comes when the first page has arrived, so that a list that fails has none. Absent and null fields are blank; arrays and objects are written as the platform's JSON.
    ///
    /// Takes less work than converting [`stream`](Self::stream): a platform that supports it, such as an ElementKit engine,
    /// writes the lines itself, and the JSON of others is parsed no further than needed.
    ///
    /// # Errors
    /// As [`pages`](Self::pages); `invalid_request` if a field is listed twice; `decode` if a page is no array of
    /// records.
    pub fn csv<C: Into<String>>(self, fields: impl IntoIterator<Item = C>) -> impl Stream<Item = Result<Bytes>> + Send {
        let lines = Arc::new(Lines::new(fields.into_iter().map(Into::into).collect()));
        let list = self.for_lines(&lines);
        try_stream! {
            lines.check()?;
            let mut head = Some(lines.head());
            let pages = pages::follow_ahead(move |part: Part| {
                let (list, lines) = (list.clone(), Arc::clone(&lines));
                async move { list.lines(&lines, &part).await }
            });
            let mut pages = std::pin::pin!(pages);
            while let Some(page) = pages.try_next().await? {
                if let Some(head) = head.take() {
                    yield head;
                }
                yield page;
            }
        }
    }

    /// Requests only the fields of the lines, and the lines themselves if both ways give the same lines.
    fn for_lines(self, lines: &Lines) -> Self {
        let narrowed = self.query.iter().any(|(name, _)| name == "fields");
        match lines.as_parameter().filter(|_| !narrowed) {
            Some(fields) => self.fields(fields).in_form(PageForm::Lines),
            None => self,
        }
    }

    /// Returns the lines of a part of the list, with the token of the next one.
    async fn lines(&self, lines: &Lines, part: &Part) -> Result<(Bytes, Option<String>)> {
        let answer = self.ask(part.token.as_deref(), part.pages).await?;
        // Only a server that declares the absent header line has understood the request.
        if answer
            .header("content-type")
            .is_some_and(|kind| kind.starts_with("text/csv") && kind.contains("header=absent"))
        {
            let next = answer.next_page_token().map(str::to_owned);
            return Ok((answer.bytes().await?, next));
        }
        let page = RecordPage::read(answer).await?;
        Ok((lines.of(&page.json)?, page.next))
    }

    /// Returns at most `limit` records, buffered in memory.
    pub async fn to_vec(self, limit: usize) -> Result<Vec<Record>> {
        self.stream().take(limit).try_collect().await
    }
}

impl RecordPage {
    pub(super) async fn read(answer: Answer) -> Result<Self> {
        let page = Self {
            next: answer.next_page_token().map(str::to_owned),
            returned: answer.returned_count(),
            total: answer.total_count(),
            warnings: answer.warnings().to_vec(),
            warning: answer.warning().map(str::to_owned),
            request_id: answer.request_id().map(str::to_owned),
            json: answer.bytes().await?,
        };
        // Checked here, so that host languages need not check it themselves.
        if page.json.trim_ascii_start().first() == Some(&b'[') {
            return Ok(page);
        }
        let single = Error::new(ErrorKind::Decode, "the path does not lead to a list of records");
        let hint = "Read a single record with `request`. If the vendor's answer contains a list, the definition of the \
                    element names it in `rootKey`.";
        Err(single.with_hint(hint))
    }

    /// Returns a page of a result file: an array of its rows.
    pub(super) fn of(json: Bytes) -> Self {
        Self { json, next: None, returned: None, total: None, warnings: Vec::new(), warning: None, request_id: None }
    }

    /// Returns the page as the platform sent it: a JSON array.
    pub fn json(&self) -> &Bytes {
        &self.json
    }

    /// Returns the records, as [`Record`] or as your own type.
    pub fn records<T: DeserializeOwned>(&self) -> Result<Vec<T>> {
        let wrong = |error| Error::new(ErrorKind::Decode, format!("the records could not be parsed: {error}"));
        serde_json::from_slice(&self.json).map_err(wrong)
    }

    /// Returns the token of the next page, or `None` on the last page.
    pub fn next_page_token(&self) -> Option<&str> {
        self.next.as_deref()
    }

    /// Returns the number of records of the page, as the platform reported it.
    pub fn returned_count(&self) -> Option<u64> {
        self.returned
    }

    /// Returns the number of records on all pages; only with [`Records::count`].
    pub fn total_count(&self) -> Option<u64> {
        self.total
    }

    /// Returns what the platform ignored, adjusted or questions about the request of this page.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Returns the text of the [warnings](Self::warnings) as the platform sent it (`Elements-Error`).
    pub fn warning(&self) -> Option<&str> {
        self.warning.as_deref()
    }

    /// Returns the request id to quote to support.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }
}
