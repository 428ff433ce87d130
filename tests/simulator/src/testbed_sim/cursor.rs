//! Cursors, which callers cannot read.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::world::List;
use crate::hash::mix;

/// Start of a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cursor {
    /// Number of the last record of the page before.
    pub behind: u64,
    /// 1: the page itself; n: n - 1 empty pages before it.
    pub pending: u64,
    /// Distinguishes cursors of the same page.
    pub fresh: u64,
}

impl Cursor {
    /// Returns the text of the cursor, which is valid only for one list with one filter.
    pub fn write(self, list: List, since: Option<i64>) -> String {
        let Self { behind, pending, fresh } = self;
        URL_SAFE_NO_PAD.encode(format!("{behind}.{pending}.{fresh}.{:016x}", scope(list, since)))
    }

    pub fn parse(text: &str, list: List, since: Option<i64>) -> Option<Self> {
        let decoded = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let mut parts = decoded.split('.');
        let mut number = || parts.next()?.parse().ok();
        let cursor = Self { behind: number()?, pending: number()?, fresh: number()? };
        (cursor.write(list, since) == text).then_some(cursor)
    }
}

fn scope(list: List, since: Option<i64>) -> u64 {
    let list = match list {
        List::Accounts => 1,
        List::Notes { account: None } => 2,
        List::Notes { account: Some(account) } => 3 + account,
    };
    mix(list ^ mix(since.unwrap_or(i64::MIN).cast_unsigned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_valid_for_its_list_and_filter() {
        let cursor = Cursor { behind: 12, pending: 2, fresh: 1 };
        let text = cursor.write(List::Accounts, Some(7));
        assert_eq!(Cursor::parse(&text, List::Accounts, Some(7)), Some(cursor));
        for (list, since) in
            [(List::Accounts, None), (List::Accounts, Some(8)), (List::Notes { account: None }, Some(7))]
        {
            assert_eq!(Cursor::parse(&text, list, since), None);
        }
        for bad in ["", "x", "MS4y", "%"] {
            assert_eq!(Cursor::parse(bad, List::Accounts, None), None, "{bad}");
        }
    }
}
