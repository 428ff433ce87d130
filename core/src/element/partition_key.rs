//! Keys of partitions.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::error::Error;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

const SEPARATOR: char = '/';
const ESCAPE: char = '%';
/// Escaped form of a part without characters, which would vanish between two separators.
const EMPTY_PART: &str = "%";

/// Key of a partition, that is, of one list of a vendor: the ids of the rows above it, from the outermost on.
///
/// As text the parts are joined by slashes: `7` is the list below the row `7`, `7/300` the list below the row `300` of
/// that list. The key without parts is that of the only list of an object. Within a part, `%25` is a percent sign and
/// `%2F` a slash; a part that is `%` alone is empty. Each key has exactly one text.
///
/// Keys are ordered by their parts. Parts of digits are compared as numbers of any length, and come before the others:
/// `9` < `10` < `10/1` < `x`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct PartitionKey(String);

/// Error for a text that is not a partition key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidPartitionKey;

impl PartitionKey {
    /// Returns the key of the only list of an object.
    pub fn root() -> Self {
        Self::default()
    }

    /// Returns the key of the list below a row of this list.
    #[must_use]
    pub fn child(&self, part: &str) -> Self {
        let mut text = String::with_capacity(self.0.len() + 1 + part.len());
        text.push_str(&self.0);
        if !self.is_root() {
            text.push(SEPARATOR);
        }
        match part {
            "" => text.push_str(EMPTY_PART),
            part => part.chars().for_each(|char| match char {
                ESCAPE => text.push_str("%25"),
                SEPARATOR => text.push_str("%2F"),
                char => text.push(char),
            }),
        }
        Self(text)
    }

    /// Returns the key of the list that contains the row above this one, or `None` for the only list of an object.
    pub fn parent(&self) -> Option<Self> {
        match self.0.rsplit_once(SEPARATOR) {
            Some((above, _)) => Some(Self(above.to_owned())),
            None => (!self.is_root()).then(Self::root),
        }
    }

    /// Returns the first `depth` parts, or the whole key if it has no more.
    #[must_use]
    pub fn ancestor(&self, depth: usize) -> Self {
        let Some(last) = depth.checked_sub(1) else { return Self::root() };
        let end = self.0.match_indices(SEPARATOR).nth(last).map_or(self.0.len(), |(at, _)| at);
        Self(self.0[..end].to_owned())
    }

    /// Returns the parts from the outermost on.
    pub fn parts(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.escaped_parts().map(unescaped)
    }

    /// Returns the number of parts.
    pub fn depth(&self) -> usize {
        self.escaped_parts().count()
    }

    /// Returns whether this is the key of the only list of an object.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the text of the key.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn escaped_parts(&self) -> impl Iterator<Item = &str> {
        let parts = (!self.is_root()).then(|| self.0.split(SEPARATOR));
        parts.into_iter().flatten()
    }
}

impl<T: AsRef<str>> FromIterator<T> for PartitionKey {
    fn from_iter<I: IntoIterator<Item = T>>(parts: I) -> Self {
        parts.into_iter().fold(Self::root(), |key, part| key.child(part.as_ref()))
    }
}

impl Ord for PartitionKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.escaped_parts().map(Part::of).cmp(other.escaped_parts().map(Part::of))
    }
}

impl PartialOrd for PartitionKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for PartitionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<PartitionKey> for String {
    fn from(key: PartitionKey) -> Self {
        key.0
    }
}

impl TryFrom<String> for PartitionKey {
    type Error = InvalidPartitionKey;

    fn try_from(text: String) -> Result<Self, InvalidPartitionKey> {
        text.parse()
    }
}

impl FromStr for PartitionKey {
    type Err = InvalidPartitionKey;

    fn from_str(text: &str) -> Result<Self, InvalidPartitionKey> {
        let key = Self(text.to_owned());
        if key.escaped_parts().all(is_escaped) { Ok(key) } else { Err(InvalidPartitionKey) }
    }
}

impl fmt::Display for InvalidPartitionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a partition key")
    }
}

impl Error for InvalidPartitionKey {}

/// A part of a key, in the order of parts.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Part<'a> {
    /// Number of its digits without leading zeros, these digits, and the number of all digits.
    Number(usize, &'a str, usize),
    Text(Cow<'a, str>),
}

impl<'a> Part<'a> {
    fn of(escaped: &'a str) -> Self {
        if escaped.bytes().all(|byte| byte.is_ascii_digit()) {
            let digits = escaped.trim_start_matches('0');
            Self::Number(digits.len(), digits, escaped.len())
        } else {
            Self::Text(unescaped(escaped))
        }
    }
}

/// Returns whether a part has the form that [`PartitionKey::child`] gives it.
fn is_escaped(part: &str) -> bool {
    let is_known = |rest: &str| rest.starts_with("25") || rest.starts_with("2F");
    part == EMPTY_PART || !part.is_empty() && part.split(ESCAPE).skip(1).all(is_known)
}

fn unescaped(part: &str) -> Cow<'_, str> {
    match part {
        EMPTY_PART => Cow::Borrowed(""),
        part if part.contains(ESCAPE) => Cow::Owned(part.replace("%2F", "/").replace("%25", "%")),
        part => Cow::Borrowed(part),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn part() -> impl Strategy<Value = String> {
        prop_oneof!["0{0,2}[0-9]{1,25}", "[0-9]{1,2}", "[a/%2F5]{0,6}", any::<String>()]
    }

    fn parts() -> impl Strategy<Value = Vec<String>> {
        prop::collection::vec(part(), 0..4)
    }

    /// Compares two parts by other means than the key does.
    fn compare(left: &str, right: &str) -> Ordering {
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        match (is_number(left), is_number(right)) {
            (true, true) => {
                let width = left.len().max(right.len());
                format!("{left:0>width$}").cmp(&format!("{right:0>width$}")).then(left.len().cmp(&right.len()))
            }
            (false, false) => left.cmp(right),
            (left, right) => right.cmp(&left),
        }
    }

    proptest! {
        #[test]
        fn parts_come_back(parts in parts()) {
            let key: PartitionKey = parts.iter().collect();
            prop_assert_eq!(key.parts().collect::<Vec<_>>(), parts.clone());
            prop_assert_eq!(key.to_string().parse(), Ok(key.clone()));
            prop_assert_eq!((key.depth(), key.is_root()), (parts.len(), parts.is_empty()));
            let above = parts.split_last().map(|(_, above)| above.iter().collect::<PartitionKey>());
            prop_assert_eq!(key.parent(), above);
            for depth in 0..=parts.len() + 1 {
                let first: PartitionKey = parts.iter().take(depth).collect();
                prop_assert_eq!(key.ancestor(depth), first);
            }
        }

        #[test]
        fn a_text_is_the_one_of_its_key_or_refused(text in "([0-9a%/]|%25|%2F)*") {
            if let Ok(key) = text.parse::<PartitionKey>() {
                prop_assert_eq!(key.to_string(), text);
                let again: PartitionKey = key.parts().collect();
                prop_assert_eq!(again, key);
            }
        }

        #[test]
        fn keys_are_in_the_order_of_their_parts(left in parts(), right in parts()) {
            let pairs = left.iter().zip(&right).map(|(left, right)| compare(left, right));
            let expected = pairs.fold(Ordering::Equal, Ordering::then).then(left.len().cmp(&right.len()));
            let (left, right): (PartitionKey, PartitionKey) = (left.iter().collect(), right.iter().collect());
            prop_assert_eq!(left.cmp(&right), expected);
            prop_assert_eq!(right.cmp(&left), expected.reverse());
            prop_assert_eq!(left == right, expected.is_eq());
        }

        #[test]
        fn the_order_is_transitive(mut keys in prop::collection::vec(parts(), 3)) {
            keys.sort_by_key(|parts| parts.iter().collect::<PartitionKey>());
            let keys: Vec<PartitionKey> = keys.iter().map(|parts| parts.iter().collect()).collect();
            prop_assert!(keys[0] <= keys[1] && keys[1] <= keys[2] && keys[0] <= keys[2]);
        }
    }

    #[test]
    fn keys_have_these_texts() {
        let parsed = |text: &str| text.parse::<PartitionKey>();
        for (text, parts) in [("", &[][..]), ("7", &["7"]), ("7/300", &["7", "300"]), ("0/5", &["0", "5"])] {
            assert!(parsed(text).is_ok_and(|key| key.parts().eq(parts.iter().copied())), "{text}");
            assert_eq!(parts.iter().collect::<PartitionKey>().as_str(), text);
        }
        for wrong in ["/", "7/", "/7", "7//8", "%41", "a%", "%%", "%2f"] {
            assert_eq!(parsed(wrong), Err(InvalidPartitionKey), "{wrong}");
        }
        let mut keys = ["x", "10/1", "10", "9/11", "", "9/2", "18446744073709551616", "007", "7"].map(parsed);
        keys.sort_by_key(|key| key.clone().unwrap_or_default());
        let texts = keys.map(|key| key.unwrap_or_default().to_string());
        assert_eq!(texts, ["", "7", "007", "9/2", "9/11", "10", "10/1", "18446744073709551616", "x"]);
    }
}
