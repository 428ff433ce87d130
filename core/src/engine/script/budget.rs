//! How much memory the records may take that mappings and scripts make.

use std::fmt;

use serde_json::Value as Json;

use super::failure::unmapped;
use crate::engine::failure::Failure;

/// What one record may take.
pub(crate) const RECORD_BYTES: usize = 16 << 20;
/// What the records of a page may take together; all of them are in memory at a time.
pub(crate) const PAGE_BYTES: usize = 64 << 20;
/// What a member of an object or array counts, beside its text.
pub(crate) const MEMBER_BYTES: usize = 64;

/// What a record that is being made may still take.
#[derive(Debug)]
pub(crate) struct Budget {
    whole: usize,
    left: usize,
}

/// A record is too large, alone or because of the others of its page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLarge {
    by_page: bool,
}

impl Budget {
    /// Returns the budget of a record whose page may still take so much.
    pub fn of_page(left: usize) -> Self {
        let whole = RECORD_BYTES.min(left);
        Self { whole, left: whole }
    }

    /// Returns a budget without an end, for what was made within one.
    pub fn unlimited() -> Self {
        Self { whole: usize::MAX, left: usize::MAX }
    }

    /// Takes a part.
    pub fn take(&mut self, bytes: usize) -> Result<(), TooLarge> {
        let left = self.left.checked_sub(bytes).ok_or(TooLarge { by_page: self.whole < RECORD_BYTES })?;
        self.left = left;
        Ok(())
    }

    pub fn left(&self) -> usize {
        self.left
    }

    /// Returns what was taken.
    pub fn spent(&self) -> usize {
        self.whole - self.left
    }
}

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.by_page {
            let limit = PAGE_BYTES >> 20;
            write!(f, "the records of this page take more than {limit} MiB together; read smaller pages")
        } else {
            write!(f, "the record takes more than {} MiB", RECORD_BYTES >> 20)
        }
    }
}

/// In a live call it is the same kind of failure as that of a script.
impl From<TooLarge> for Failure {
    fn from(error: TooLarge) -> Self {
        unmapped(error.to_string())
    }
}

/// Returns what a value takes.
pub(crate) fn weight(json: &Json) -> usize {
    let inside: usize = match json {
        Json::String(text) => text.len(),
        Json::Array(items) => items.iter().map(weight).sum(),
        Json::Object(members) => members.iter().map(|(name, member)| name.len() + weight(member)).sum(),
        Json::Null | Json::Bool(_) | Json::Number(_) => 0,
    };
    MEMBER_BYTES + inside
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn budgets_say_which_limit_was_reached() {
        let mut budget = Budget::of_page(PAGE_BYTES);
        assert!(budget.take(RECORD_BYTES).is_ok());
        let error = budget.take(1).unwrap_err();
        assert_eq!((error.to_string().as_str(), budget.spent()), ("the record takes more than 16 MiB", RECORD_BYTES));
        let mut budget = Budget::of_page(10);
        assert!(budget.take(4).is_ok() && budget.take(7).unwrap_err().to_string().contains("64 MiB together"));
        assert_eq!((budget.spent(), budget.left()), (4, 6));
        assert_eq!(weight(&json!({"ab": [1, "xyz"]})), 4 * MEMBER_BYTES + 5);
    }
}
