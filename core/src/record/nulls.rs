//! Removal of nulls from JSON texts (spec P 7.9), without building a tree.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::check::string_end;

/// Preparing a search takes longer than searching a short text.
static NULL: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"null"));

/// Returns whether a text may contain nulls.
#[inline]
pub(super) fn may_have_nulls(text: &[u8]) -> bool {
    NULL.find(text).is_some()
}

/// Appends a text without null members and null elements at every depth; arrays and objects that become empty stay.
/// All other values remain as they are written.
pub(crate) fn write_without_nulls(text: &str, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    // Most texts have none, and a search is much faster than the pass.
    if !may_have_nulls(bytes) {
        return out.extend_from_slice(bytes);
    }
    let (mut at, mut copied, mut name) = (0, 0, 0);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                let start = at;
                at = string_end(bytes, at);
                if after_blanks(bytes, at).1 == Some(b':') {
                    name = start;
                }
            }
            // Outside of strings no other token has the letter.
            b'n' => {
                let start = match before_blanks(bytes, at) {
                    Some(b':') => name,
                    Some(_) => at,
                    None => break,
                };
                out.extend_from_slice(&bytes[copied..start.max(copied)]);
                let (end, next) = after_blanks(bytes, (at + 4).min(bytes.len()));
                copied = end;
                if next == Some(b',') {
                    copied = after_blanks(bytes, end + 1).0;
                } else if let Some(last) = out.iter().rposition(|byte| !byte.is_ascii_whitespace())
                    && out[last] == b','
                {
                    out.truncate(last);
                }
                at = copied;
            }
            _ => at += 1,
        }
    }
    out.extend_from_slice(&bytes[copied..]);
}

/// Returns the position of the next byte that is no white space, and the byte.
fn after_blanks(bytes: &[u8], mut at: usize) -> (usize, Option<u8>) {
    while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
        at += 1;
    }
    (at, bytes.get(at).copied())
}

/// Returns the last byte before a position that is no white space.
fn before_blanks(bytes: &[u8], at: usize) -> Option<u8> {
    bytes[..at].iter().rev().copied().find(|byte| !byte.is_ascii_whitespace())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::samples::json;
    use super::super::strip_nulls;
    use super::*;

    fn written(text: &str) -> String {
        let mut out = Vec::new();
        write_without_nulls(text, &mut out);
        String::from_utf8(out).unwrap()
    }

    proptest! {
        #[test]
        fn nulls_are_removed_as_from_a_tree(value in json()) {
            let mut stripped = value.clone();
            strip_nulls(&mut stripped);
            prop_assert_eq!(written(&value.to_string()), stripped.to_string());
            let pretty: serde_json::Value =
                serde_json::from_str(&written(&serde_json::to_string_pretty(&value).unwrap())).unwrap();
            prop_assert_eq!(pretty, stripped);
        }

        #[test]
        fn no_text_breaks_it(text in "[\\[\\]{}\":,nul \\\\é]{0,30}") {
            written(&text);
        }
    }

    #[test]
    fn everything_else_stays() {
        let text = r#"{"a":1.50,"n":null,"u":"\u00e9null","b":[null,[null],12345678901234567890123]}"#;
        assert_eq!(written(text), r#"{"a":1.50,"u":"\u00e9null","b":[[],12345678901234567890123]}"#);
        assert_eq!(written("null"), "null");
        let deep = format!("{}null{}", "[".repeat(200), "]".repeat(200));
        assert_eq!(written(&deep), deep.replace("null", ""));
    }
}
