//! Bulk uploads: the records of a file, sent to the vendor one by one (spec P 10.9, E 9.21 to 9.27).
//!
//! The file is sealed on disk while it arrives. A worker checks it, then sends windows of records: it stores the intent
//! to send a window, writes each answer into a journal as it arrives, and commits the answers at the end of the window.
//! `docs/design/bulk-upload.md` says what that means after a crash.

mod columns;
mod cursor;
mod failed;
mod fields;
mod gate;
mod input;
mod journal;
mod outcome;
mod prepare;
mod receive;
mod rows;
mod send;
mod spec;
mod split;
mod target;
mod window;
mod work;

pub(crate) use failed::failed_rows;
pub(super) use journal::is_journal;
pub(crate) use outcome::{UNKNOWN_OUTCOME, error_shown};
pub(crate) use receive::Incoming;
pub(super) use receive::is_arriving;
pub(crate) use spec::{Action, CONCURRENCY, MOST_CONCURRENT, UploadSpec};
pub(crate) use target::Target;
pub(super) use work::run;
