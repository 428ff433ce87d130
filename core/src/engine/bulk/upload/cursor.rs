//! Progress of an upload, committed with the answers before it.

use serde::{Deserialize, Serialize};

use super::rows::Position;
use super::split::Place;
use crate::engine::bulk::owner::Owner;

/// Progress of an upload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cursor {
    /// Number of records in the file.
    pub total: u64,
    /// Number of records whose outcome is stored; the place after them.
    pub done: u64,
    pub offset: u64,
    pub line: u64,
    /// Number of records that may have been sent: the intent of the current window.
    pub intended: u64,
    /// Whether the last worker has stored the outcome of every record that it sent.
    pub is_settled: bool,
    /// Run of the machine in which the intent was stored.
    pub boot: Option<String>,
}

impl Cursor {
    /// Returns the beginning of a file.
    pub fn start(total: u64) -> Self {
        let Place { offset, line } = Place::START;
        Self { total, done: 0, offset, line, intended: 0, is_settled: true, boot: None }
    }

    pub fn read(text: Option<&str>) -> Option<Self> {
        serde_json::from_str(text?).ok()
    }

    pub fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    pub fn position(&self) -> Position {
        Position { place: Place { offset: self.offset, line: self.line }, index: self.done }
    }

    /// Moves behind records whose outcomes are stored.
    pub fn advance(&mut self, position: Position) {
        let Position { place: Place { offset, line }, index } = position;
        (self.done, self.offset, self.line) = (index, offset, line);
    }

    /// Declares the intent to send the next records.
    pub fn intend(&mut self, intended: u64) {
        (self.intended, self.is_settled, self.boot) = (intended, false, Owner::boot());
    }

    /// Returns the number of records without an outcome that an earlier worker may have sent: the first ones of the
    /// window, since records are sent in order and at most `concurrency` of them had no answer in the journal. After a
    /// failure of the machine the journal may lack answers.
    pub fn open_records(&self, concurrency: usize) -> usize {
        match (self.is_settled, &self.boot) {
            (true, _) => 0,
            (false, Some(boot)) if Owner::boot().as_ref() == Some(boot) => concurrency,
            _ => usize::MAX,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_under_way_is_open() {
        let mut cursor = Cursor::start(10);
        assert_eq!(cursor.open_records(4), 0);
        cursor.intend(7);
        let stored = Cursor::read(Some(&cursor.text())).unwrap_or_else(|| panic!("{cursor:?}"));
        assert_eq!(stored, cursor);
        if cfg!(target_os = "linux") {
            assert_eq!(stored.open_records(4), 4);
        }
        let other = Cursor { boot: Some("another".to_owned()), ..stored };
        assert_eq!(other.open_records(4), usize::MAX, "the machine was started again");
    }
}
