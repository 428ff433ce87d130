//! Pages: records of an answer, and the way to the next page (spec E 5.85, 6.18 to 6.36, 9.28).

use super::answer::{Content, Read};
use super::connector::{answer, documents};
use super::dates::Verdict;
use super::document::DefinedResource;
use super::json::{self, Path};
use super::paging::{self, Advance, Mode, Walk};
use super::plan::Own;
use super::session::Asked;
use super::settings::Settings;
use crate::element::{Head, Page, PartitionKey, Text};
use crate::record::{Batch, Schema};
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
        let end = Advance { next: None, repeated: false, whole: false };
        let advance =
            match self.reads_list && matches!(read.content, Content::List(_) | Content::Empty | Content::One(_)) {
                true => paging::advance(settings, resource, self.mode, walk, &read, &url)?,
                false => end,
            };
        let head = Head { headers: read.headers.clone() };
        let mut page = match self.is_bulk || matches!(read.content, Content::List(_)) {
            true => self.records(&read, partition)?,
            // The end of a list may be nothing at all.
            false if matches!(read.content, Content::Empty) && walk.number() > 1 => Page::last(empty()),
            false => Page { whole: Some(answer(read)?), ..Page::last(empty()) },
        };
        if advance.repeated {
            page.warnings.push("repeated-page".into());
        }
        if advance.repeated && !matches!(self.mode, Mode::Cursor { .. }) {
            (page.batch, page.received) = (empty(), 0);
        }
        if advance.whole {
            page.warnings.push("paging-ignored".into());
        }
        let next = advance.next.map(|next| next.to_string());
        let is_whole_list = advance.whole;
        Ok(Page { next, vendor_time_s, head, is_whole_list, ..page })
    }

    /// Returns the records of an answer.
    fn records(&self, read: &Read, partition: &PartitionKey) -> Result<Page, VendorError> {
        let mut warnings: Vec<Text> = Vec::new();
        let batch = match &read.content {
            Content::List(records) => self.batch(records.texts(), partition, &mut warnings)?,
            // Spec E 9.28.
            Content::One(json) if read.found => match std::str::from_utf8(json).unwrap_or_default() {
                text if json::kind_of(text) == json::Kind::Null => empty(),
                text => self.batch([text], partition, &mut warnings)?,
            },
            Content::Empty => empty(),
            Content::One(_) | Content::Text(_) | Content::Bytes { .. } => {
                warnings.push("no-list".into());
                empty()
            }
        };
        let received = match &read.content {
            Content::List(records) => records.len(),
            _ => batch.len(),
        };
        Ok(Page { received, warnings, ..Page::last(batch) })
    }

    fn batch<'t>(
        &self,
        texts: impl IntoIterator<Item = &'t str>,
        partition: &PartitionKey,
        warnings: &mut Vec<Text>,
    ) -> Result<Batch, VendorError> {
        if self.limits.is_none() && self.nested.is_empty() {
            return documents(texts);
        }
        let path = self.limits.as_ref().map(|limits| Path::of(&limits.field));
        let is_wanted = |text: &str, warnings: &mut Vec<Text>| {
            let (Some(limits), Some(path)) = (&self.limits, &path) else { return true };
            let date = json::find_all(text, path).and_then(json::text_of);
            match limits.check(date.as_deref()) {
                Verdict::Within => true,
                Verdict::Outside => false,
                Verdict::Undated => {
                    warnings.push("no-date".into());
                    true
                }
            }
        };
        let wanted: Vec<&str> = texts.into_iter().filter(|text| is_wanted(text, warnings)).collect();
        if self.nested.is_empty() {
            return documents(wanted);
        }
        let added: Vec<String> = wanted.into_iter().map(|text| self.nested.added(text, partition)).collect();
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
