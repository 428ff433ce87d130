//! Pages: records of an answer, and the way to the next page (spec E 5.85, 6.18 to 6.36, 9.28).

use super::answer::Content;
use super::connector::{answer, documents, pinned};
use super::dates::Verdict;
use super::document::DefinedResource;
use super::json::{self, Path};
use super::paging::{self, Advance, Mode, Repeat, Walk};
use super::plan::Own;
use super::session::Asked;
use super::settings::Settings;
use crate::element::{Head, Page, PartitionKey, Text, anomaly};
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
        let (head, found) = (Head { headers: read.headers.clone() }, read.found);
        let content = read.into_content();
        let is_list = matches!(content, Content::List(_));
        let mut page = match self.is_bulk || is_list {
            true => self.records(content, found, partition)?,
            // The end of a list may be nothing at all.
            false if matches!(content, Content::Empty) && walk.number() > 1 => Page::last(empty()),
            false => Page { whole: Some(answer(head.headers.clone(), content)?), ..Page::last(empty()) },
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
        let next = advance.next.map(|next| next.to_string());
        let is_whole_list = advance.whole;
        Ok(Page { next, vendor_time_s, head, is_whole_list, ..page })
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
            Content::Text(_) | Content::Bytes { .. } => {
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
