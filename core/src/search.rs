//! Search for bytes in short strings, eight at a time. `./bench/run micro` compares it with memchr and with a plain loop:
//! "the ends of the texts of a record, by words" and "commas and control characters in its texts, by words".

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// Returns the position of the first of two bytes.
#[inline]
pub(crate) fn first_of(bytes: &[u8], one: u8, other: u8) -> Option<usize> {
    let (ones, others) = (ONES * u64::from(one), ONES * u64::from(other));
    let found = |word: u64| less(word ^ ones, 1) | less(word ^ others, 1);
    first(bytes, found, |byte| byte == one || byte == other)
}

/// Returns whether there is a comma or a control character.
#[inline]
pub(crate) fn has_comma_or_control(bytes: &[u8]) -> bool {
    let found = |word: u64| less(word ^ (ONES * u64::from(b',')), 1) | less(word, b' ');
    first(bytes, found, |byte| byte == b',' || byte < b' ').is_some()
}

/// Sets the high bit of the lowest byte that is less than `limit`, which is at most 128; the high bits above it may be
/// wrong, so only the lowest may be used.
#[inline]
fn less(word: u64, limit: u8) -> u64 {
    word.wrapping_sub(ONES * u64::from(limit)) & !word & HIGH
}

#[inline]
fn first(bytes: &[u8], in_word: impl Fn(u64) -> u64, is_it: impl Fn(u8) -> bool) -> Option<usize> {
    let mut at = 0;
    while let Some(chunk) = bytes[at..].first_chunk::<8>() {
        let found = in_word(u64::from_le_bytes(*chunk));
        if found != 0 {
            return Some(at + (found.trailing_zeros() / 8) as usize);
        }
        at += 8;
    }
    bytes[at..].iter().position(|byte| is_it(*byte)).map(|found| at + found)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{first_of, has_comma_or_control};

    proptest! {
        #[test]
        fn the_first_of_two_bytes_is_found(bytes in prop::collection::vec(any::<u8>(), 0..40), one: u8, other: u8) {
            prop_assert_eq!(first_of(&bytes, one, other), bytes.iter().position(|byte| *byte == one || *byte == other));
        }

        #[test]
        fn the_first_of_two_bytes_is_found_in_text(text in "[a-z<&é]{0,40}") {
            prop_assert_eq!(first_of(text.as_bytes(), b'<', b'&'), text.find(['<', '&']));
        }

        #[test]
        fn commas_and_control_characters_are_seen(text in "[a-z é\u{7f}]{0,20}[a-z,\r\n\t\u{1f}\u{0}]?[a-z é]{0,20}") {
            let expected = text.bytes().any(|byte| byte == b',' || byte < b' ');
            prop_assert_eq!(has_comma_or_control(text.as_bytes()), expected);
        }
    }
}
