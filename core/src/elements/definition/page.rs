//! Pages: records of an answer, and the way to the next page (spec E 5.85, 6.18 to 6.36, 9.28).

use http::{HeaderName, HeaderValue};

use super::answer::{Content, Read};
use super::connector::{answer, documents, pinned};
use super::dates::Verdict;
use super::document::DefinedResource;
use super::json::{self, Path};
use super::paging::{self, Advance, Mode, Repeat, Walk};
use super::plan::Own;
use super::session::{Asked, Unasked};
use super::settings::Settings;
use crate::element::{Head, Page, PageFailure, PartitionKey, Text, anomaly};
use crate::record::{Batch, Schema, Value};
use crate::vendor::{VendorError, VendorErrorKind};

impl Own {
    /// Returns the page that an answer is.
    pub(super) fn page(
        &self,
        settings: Settings<'_>,
        resource: &DefinedResource,
        walk: &Walk,
        partition: &PartitionKey,
        Asked { read, url, .. }: Asked,
    ) -> Result<Page, VendorError> {
        let vendor_time_s = crate::moment::date(&read.vendor_headers);
        let end = Advance { next: None, repeated: None, whole: false };
        let advance =
            match self.reads_list && matches!(read.content, Content::List(_) | Content::Empty | Content::One(_)) {
                true => paging::advance(settings, resource, self.mode, walk, &read, &url)?,
                false => end,
            };
        let (mut head, found) = (read.head(), read.found);
        let passed = self.passed_cursor(settings, resource, &read);
        let is_passed = passed.is_some();
        head.platform.extend(passed.map(|cursor| (HeaderName::from_static(paging::NEXT_PAGE), cursor)));
        let content = read.into_content();
        let is_list = matches!(content, Content::List(_));
        let mut page = match self.is_bulk || is_list {
            true => self.records(content, found, partition)?,
            // The end of a list may be nothing at all.
            false if matches!(content, Content::Empty) && walk.number() > 1 => Page::last(empty()),
            // The page has the head.
            false => Page { whole: Some(answer(Head::default(), content)?), ..Page::last(empty()) },
        };
        if advance.repeated.is_some() {
            page.warnings.push(anomaly::REPEATED_PAGE.into());
        }
        if advance.repeated == Some(Repeat::Page) {
            (page.batch, page.received) = (empty(), 0);
        }
        if advance.whole {
            page.warnings.push(anomaly::PAGING_IGNORED.into());
        }
        let next = advance.next.filter(|_| !is_passed).map(|next| next.to_string());
        let is_whole_list = advance.whole;
        Ok(Page { next, vendor_time_s, head, is_whole_list, ..page })
    }

    /// Returns whether a page is left out by a bulk job, because a script failed on it (spec E 9.20).
    pub(super) fn leaves_out(&self, error: &VendorError) -> bool {
        self.skips_pages && error.kind == VendorErrorKind::Script && error.by_script.is_none()
    }

    /// Returns the page on which a script failed, without records, and the way on from it: what the answer of the vendor
    /// says, else the next number.
    ///
    /// # Errors
    /// Returns the error if only the script knew the way on: the rest of the list would be missing without a word.
    pub(super) fn failed_page(
        &self,
        settings: Settings<'_>,
        resource: &DefinedResource,
        walk: &Walk,
        failed: Unasked,
    ) -> Result<Page, VendorError> {
        let Unasked { error, unread, .. } = failed;
        let is_numbered = matches!(self.mode, Mode::Page { .. } | Mode::Offset { .. } | Mode::PageOnly { .. });
        let next = match unread.as_deref() {
            // What is no list before the script may be one after it.
            Some((read, _)) if is_numbered && !matches!(read.content, Content::List(_)) => walk.next_number(),
            Some((read, url)) => paging::advance(settings, resource, self.mode, walk, read, url)?.next,
            None if is_numbered => walk.next_number(),
            None => None,
        };
        let is_cursor = matches!(self.mode, Mode::Cursor { goes_out: true, .. });
        if is_cursor && next.is_none() && (unread.is_none() || paging::script_gives_cursor(settings, resource)) {
            return Err(error);
        }
        let message = error.message.unwrap_or_default();
        let failed = Some(PageFailure { page: walk.number(), message });
        // The page is not empty, so that the failures are counted and not the pages without records.
        Ok(Page { failed, received: 1, next: next.map(|next| next.to_string()), ..Page::last(empty()) })
    }

    /// Returns the cursor of a script that goes to the caller of a list as it is (spec E 6.37).
    fn passed_cursor(&self, settings: Settings<'_>, resource: &DefinedResource, read: &Read) -> Option<HeaderValue> {
        let cursor = paging::given_cursor(read).filter(|_| !self.is_bulk)?;
        HeaderValue::from_str(cursor).ok().filter(|_| paging::passes_cursor(settings, resource))
    }

    /// Returns the records of an answer. `found` is whether its root key led somewhere.
    fn records(&self, content: Content, found: bool, partition: &PartitionKey) -> Result<Page, VendorError> {
        let mut warnings: Vec<Text> = Vec::new();
        let mut received = None;
        let path = self.limits.as_ref().map(|limits| Path::of(&limits.field));
        let mut is_wanted = |text: &str| self.is_within(path.as_ref(), text, &mut warnings);
        let batch = match content {
            Content::List(records) => {
                received = Some(records.len());
                pinned(records, is_wanted)?
            }
            // Spec E 9.28.
            Content::One(json) if found => {
                let text = std::str::from_utf8(&json).unwrap_or_default();
                let is_record = json::kind_of(text) != json::Kind::Null && is_wanted(text);
                documents(is_record.then_some(text))?
            }
            Content::Empty => {
                warnings.push(anomaly::EMPTY_ANSWER.into());
                empty()
            }
            Content::One(_) => {
                warnings.push(anomaly::NO_LIST.into());
                empty()
            }
            // A web page in the middle of a list would end it, and its records would be missing.
            Content::Text(_) | Content::Bytes { .. } | Content::Stream { .. } => {
                let message = "The vendor's answer could not be read";
                return Err(VendorError::new(VendorErrorKind::MalformedResponse, message));
            }
        };
        let batch = if self.nested.is_empty() { batch } else { self.with_parents(&batch, partition)? };
        Ok(Page { received: received.unwrap_or(batch.len()), warnings, ..Page::last(batch) })
    }

    /// Returns whether a record is within the limits of its date (spec E 9.11).
    fn is_within(&self, path: Option<&Path>, text: &str, warnings: &mut Vec<Text>) -> bool {
        let (Some(limits), Some(path)) = (&self.limits, path) else { return true };
        let date = json::find_all(text, path).and_then(json::text_of);
        let verdict = limits.check(date.as_deref());
        if verdict == Verdict::Undated {
            warnings.push("no-date".into());
        }
        verdict != Verdict::Outside
    }

    fn with_parents(&self, batch: &Batch, partition: &PartitionKey) -> Result<Batch, VendorError> {
        let added: Vec<String> = batch
            .rows()
            .filter_map(|row| match row.get(0) {
                Value::Json(text) => Some(self.nested.added(text, partition)),
                _ => None,
            })
            .collect();
        documents(added.iter().map(String::as_str))
    }

    /// Explains a failure of a page: a vendor that does not know a cursor any more refuses it in several ways (spec
    /// E 9.18).
    pub(super) fn explained(&self, error: VendorError, cursor: Option<&str>) -> VendorError {
        let sends_cursor = self.reads_list && matches!(self.mode, Mode::Cursor { goes_out: true, .. });
        match error.status {
            Some(400 | 404 | 410) if sends_cursor && cursor.is_some() => {
                VendorError { kind: VendorErrorKind::CursorRejected, ..error }
            }
            Some(410) => VendorError { kind: VendorErrorKind::NotFound, ..error },
            _ => error,
        }
    }
}

fn empty() -> Batch {
    Batch::new(Schema::documents())
}
