//! Memory limits of the records that mappings and scripts create.

use std::fmt;

use serde_json::Value as Json;

use super::failure::unmapped;
use crate::engine::failure::Failure;

/// Maximum size of one record in bytes.
pub(crate) const RECORD_BYTES: usize = 16 << 20;
/// Maximum total size in bytes of the records of a page, all of which are in memory at once.
pub(crate) const PAGE_BYTES: usize = 64 << 20;
/// Bytes charged for a member of an object or array, besides its text.
pub(crate) const MEMBER_BYTES: usize = 64;

/// Remaining size budget of a record under construction.
#[derive(Debug)]
pub(crate) struct Budget {
    whole: usize,
    left: usize,
}

/// Error: a record is too large, alone or because of the others of its page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLarge {
    by_page: bool,
}

impl Budget {
    /// Returns the budget of a record whose page has `left` bytes remaining.
    pub fn of_page(left: usize) -> Self {
        let whole = RECORD_BYTES.min(left);
        Self { whole, left: whole }
    }

    /// Returns a budget without a limit, for data that was created within one.
    pub fn unlimited() -> Self {
        Self { whole: usize::MAX, left: usize::MAX }
    }

    /// Charges an amount to the budget.
    pub fn take(&mut self, bytes: usize) -> Result<(), TooLarge> {
        let left = self.left.checked_sub(bytes).ok_or(TooLarge { by_page: self.whole < RECORD_BYTES })?;
        self.left = left;
        Ok(())
    }

    pub fn left(&self) -> usize {
        self.left
    }

    /// Returns the amount charged so far.
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

/// In a live call it is the same kind of failure as a script error.
impl From<TooLarge> for Failure {
    fn from(error: TooLarge) -> Self {
        unmapped(error.to_string())
    }
}

/// Returns the number of bytes charged for a value.
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
