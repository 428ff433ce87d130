//! Plans to read the records of a demand.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use super::{PartitionKey, Text};
use crate::query::Expr;
use crate::record::{Kind, Schema};
use crate::vendor::VendorErrorKind;

/// Lists of the vendor to read, and what the engine does with their rows. Making one is pure: it needs no vendor.
#[derive(Clone)]
pub struct ReadPlan {
    /// Columns of the rows.
    pub schema: Arc<Schema>,
    /// Lists to read.
    pub partitions: Partitions,
    /// Number of scans of each list, read one after the other. Usually 1; several if the vendor has no single filter
    /// for the condition.
    pub scans: usize,
    /// Condition to check on each row, because the vendor does not filter by it.
    pub residual: Option<Expr>,
    /// Maximum number of records in a page. The engine may request fewer.
    pub page_size: u32,
    /// Relation of the vendor's pages to those of a call.
    pub paging: Paging,
    /// Whether a page of a call is filled from further pages if the vendor's has fewer records. It always is where the
    /// engine filters.
    pub fills: bool,
    /// Converts a cursor of the vendor that a caller brings instead of a token. `None` if the list has none.
    pub foreign_cursor: Option<fn(&str) -> String>,
    /// Treatment of records that occur more than once in a bulk job.
    pub distinct: Distinct,
    /// Consequence of a list that the vendor does not have.
    pub missing: Missing,
    /// Maximum number of lists that a bulk job reads at once.
    pub concurrency: usize,
    /// Whether a bulk job may request a page while it processes the one before. Not for pages with side effects.
    pub read_ahead: bool,
    /// Whether nothing can match, so that the vendor is not called.
    pub nothing: bool,
    /// Whether to stop after the first match, because an id is unique.
    pub stop_after_match: bool,
    /// Field by which a bulk job orders the rows of its only list, which is short and held in memory.
    pub order_whole_by: Option<Text>,
    /// Plan to read up to its first match if the vendor does not find the record of this one.
    pub otherwise: Option<Arc<ReadPlan>>,
    /// Remark about the plan that a bulk job shows as its message.
    pub remark: Option<Text>,
    /// Identity of lists, scans and cursors: a job continues another one only if their fingerprints are equal.
    pub fingerprint: String,
    /// Data of the element, from which it requests the pages.
    pub own: Arc<dyn Any + Send + Sync>,
}

/// Lists of a plan.
#[derive(Clone)]
pub enum Partitions {
    /// These, in ascending order.
    Known(Vec<PartitionKey>),
    /// One below each row of another list, in ascending order of the keys.
    Each {
        /// Plan of the other list.
        of: Arc<ReadPlan>,
        /// Field of its rows with the last part of the key.
        key: Text,
        /// Whether a list that is below several rows is read only below the first one. Applies to bulk jobs.
        shared: bool,
    },
}

/// Ways in which the vendor's pages become pages of a call. Bulk jobs follow the cursors always.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Paging {
    /// By cursors. A page number is found by reading forward in pages of the largest size.
    #[default]
    Cursors,
    /// By cursors. A page number is found by reading forward in pages of the caller's size.
    Steps,
    /// By numbers: the cursor of page n is `n`, from 2 on, so that any page can be read directly.
    Numbered,
    /// As [`Numbered`](Self::Numbered), in pages of a size that the vendor chooses.
    Uncut,
    /// The vendor returns the beginning of the list, of any size up to `page_size`.
    Beginning,
    /// The vendor's first page is the whole list, in any size.
    Single,
}

/// Treatment of records that occur more than once in a bulk job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distinct {
    /// The vendor answers for uniqueness: all records are kept, and they need no primary key (spec E 9.18).
    Keep,
    /// Pages overlap at their borders: a repeated record of one list is dropped.
    Window,
    /// Lists share records as well: one row for each primary key, that of the first list.
    Whole,
}

/// Consequence of a list that the vendor does not have.
#[derive(Clone)]
pub enum Missing {
    /// The call fails, because the path names the list or it belongs to the account.
    Fail,
    /// The list counts as empty, because a condition names it.
    Empty,
    /// The list counts as empty if the first page of this plan can be read, because a condition names it below an
    /// object that the path names.
    EmptyBelow(Arc<ReadPlan>),
    /// The list is skipped, with a warning of a bulk job, because it was enumerated.
    Skip,
    /// As [`Skip`](Self::Skip), with a warning that says whether what the list is below is gone or forbidden (spec
    /// E 9.17).
    SkipBelow,
}

impl Missing {
    /// Returns the code of the warning with which a list is skipped that the vendor does not have, or does not let us
    /// read. `usual` is that of [`Skip`](Self::Skip). `None` if the list is not skipped.
    pub(crate) fn warning(&self, kind: VendorErrorKind, usual: &'static str) -> Option<&'static str> {
        match (self, kind) {
            (Self::Skip, VendorErrorKind::NotFound | VendorErrorKind::Forbidden) => Some(usual),
            (Self::SkipBelow, VendorErrorKind::NotFound) => Some("parent-gone"),
            (Self::SkipBelow, VendorErrorKind::Forbidden) => Some("parent-forbidden"),
            _ => None,
        }
    }
}

impl ReadPlan {
    /// Creates a plan for whole lists: one scan, no filters, pages of up to 200 records, at most 4 lists at once. The
    /// fingerprint must differ from those of all other lists of the element.
    pub fn new(
        schema: Arc<Schema>,
        partitions: Partitions,
        fingerprint: impl Into<String>,
        own: impl Any + Send + Sync,
    ) -> Self {
        Self {
            schema,
            partitions,
            scans: 1,
            residual: None,
            page_size: 200,
            paging: Paging::Cursors,
            fills: true,
            foreign_cursor: None,
            distinct: Distinct::Window,
            missing: Missing::Fail,
            concurrency: 4,
            read_ahead: true,
            nothing: false,
            stop_after_match: false,
            order_whole_by: None,
            otherwise: None,
            remark: None,
            fingerprint: fingerprint.into(),
            own: Arc::new(own),
        }
    }

    /// Returns whether the key of a partition has the form of those of this plan: a part that is no number only where
    /// the keys are texts.
    pub(crate) fn admits(&self, key: &PartitionKey) -> bool {
        let texts = self.text_levels();
        key.parts().enumerate().all(|(level, part)| is_number(&part) || texts.get(level) == Some(&true))
    }

    /// Returns for each part of the keys, from the outermost on, whether it is a text.
    fn text_levels(&self) -> Vec<bool> {
        match &self.partitions {
            Partitions::Known(keys) => {
                let levels = keys.iter().map(PartitionKey::depth).max().unwrap_or_default();
                let is_text =
                    |level| keys.iter().any(|key| key.parts().nth(level).is_some_and(|part| !is_number(&part)));
                (0..levels).map(is_text).collect()
            }
            Partitions::Each { of, key, .. } => {
                let kind = of.schema.position(key).map(|column| of.schema.columns()[column].kind);
                let mut levels = of.text_levels();
                levels.push(!matches!(kind, Some(Kind::Id | Kind::Int)));
                levels
            }
        }
    }
}

fn is_number(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())
}

impl fmt::Debug for ReadPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadPlan").field("fingerprint", &self.fingerprint).finish_non_exhaustive()
    }
}
