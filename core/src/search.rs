//! Search for bytes in short strings, eight or sixteen at a time. `./bench/run micro` compares it with memchr and with a
//! plain loop: "the ends of the texts of a record, sixteen bytes at a time", "commas and control characters in its texts, by
//! words" and "the ends of the strings of a document".

use wide::u8x16;

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

/// Returns the position of the first `<` or `&`.
#[cfg(feature = "embedded")]
#[inline]
pub(crate) fn markup(bytes: &[u8]) -> Option<usize> {
    let (open, ampersand) = (u8x16::splat(b'<'), u8x16::splat(b'&'));
    let found = |chunk: u8x16| chunk.simd_eq(open) | chunk.simd_eq(ampersand);
    let at = first_from(bytes, 0, found, |byte| matches!(byte, b'<' | b'&'));
    (at < bytes.len()).then_some(at)
}

/// Returns the number of bytes at the beginning that are blanks or control characters.
#[cfg(feature = "embedded")]
#[inline]
pub(crate) fn blanks(bytes: &[u8]) -> usize {
    let visible = u8x16::splat(b'!');
    first_from(bytes, 0, |chunk| chunk.max(visible).simd_eq(chunk), |byte| byte > b' ')
}

/// Returns whether there is an ampersand or a control character.
#[cfg(feature = "embedded")]
#[inline]
pub(crate) fn has_ampersand_or_control(bytes: &[u8]) -> bool {
    let (ampersand, control) = (u8x16::splat(b'&'), u8x16::splat(0x1f));
    let found = |chunk: u8x16| chunk.simd_eq(ampersand) | chunk.min(control).simd_eq(chunk);
    any_of(bytes, found, |byte| byte == b'&' || byte < b' ')
}

/// Returns whether there is a comma, a quote or a control character.
#[inline]
pub(crate) fn has_comma_quote_or_control(bytes: &[u8]) -> bool {
    let (comma, quote, control) = (u8x16::splat(b','), u8x16::splat(b'"'), u8x16::splat(0x1f));
    let found = |chunk: u8x16| chunk.simd_eq(comma) | chunk.simd_eq(quote) | chunk.min(control).simd_eq(chunk);
    any_of(bytes, found, |byte| matches!(byte, b',' | b'"' | 0..0x20))
}

/// Returns whether there is a control character other than a line feed.
#[cfg(feature = "embedded")]
pub(crate) fn has_control_but_newline(bytes: &[u8]) -> bool {
    let (newline, control) = (u8x16::splat(b'\n'), u8x16::splat(0x1f));
    let found = |chunk: u8x16| chunk.min(control).simd_eq(chunk) & !chunk.simd_eq(newline);
    any_of(bytes, found, |byte| byte < b' ' && byte != b'\n')
}

/// Returns whether bytes are found. The last chunk overlaps the one before it, so that only short texts are searched
/// byte by byte.
#[inline]
fn any_of(bytes: &[u8], in_chunk: impl Fn(u8x16) -> u8x16, is_it: impl Fn(u8) -> bool) -> bool {
    let Some(last) = bytes.last_chunk::<16>() else { return bytes.iter().any(|byte| is_it(*byte)) };
    let whole = bytes.chunks_exact(16).map(|chunk| u8x16::new(chunk.try_into().unwrap_or_default()));
    let found = whole.fold(in_chunk(u8x16::new(*last)), |found, chunk| found | in_chunk(chunk));
    found.to_bitmask() != 0
}

/// Returns the position of the first quote, backslash or control character from `at` on, or the length.
#[inline]
pub(crate) fn string_stop(bytes: &[u8], at: usize) -> usize {
    let (quote, backslash, control) = (u8x16::splat(b'"'), u8x16::splat(b'\\'), u8x16::splat(0x1f));
    let found = |chunk: u8x16| chunk.simd_eq(quote) | chunk.simd_eq(backslash) | chunk.min(control).simd_eq(chunk);
    first_from(bytes, at, found, |byte| matches!(byte, b'"' | b'\\' | 0..0x20))
}

/// Returns the same as [`string_stop`], and whether there is a comma before it.
#[cfg(feature = "embedded")]
#[inline]
pub(crate) fn string_stop_and_comma(bytes: &[u8], mut at: usize) -> (usize, bool) {
    let (quote, backslash, control) = (u8x16::splat(b'"'), u8x16::splat(b'\\'), u8x16::splat(0x1f));
    let (comma, mut has_comma) = (u8x16::splat(b','), false);
    while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk::<16>) {
        let chunk = u8x16::new(*chunk);
        let stops = chunk.simd_eq(quote) | chunk.simd_eq(backslash) | chunk.min(control).simd_eq(chunk);
        let (stops, commas) = (stops.to_bitmask(), chunk.simd_eq(comma).to_bitmask());
        if stops != 0 {
            let first = stops.trailing_zeros();
            return (at + first as usize, has_comma || commas & ((1 << first) - 1) != 0);
        }
        has_comma |= commas != 0;
        at += 16;
    }
    while let Some(byte) = bytes.get(at).filter(|byte| !matches!(byte, b'"' | b'\\' | 0..0x20)) {
        has_comma |= *byte == b',';
        at += 1;
    }
    (at.min(bytes.len()), has_comma)
}

/// Returns the position of the first quote or bracket of JSON from `at` on, or the length.
#[inline]
pub(crate) fn structure(bytes: &[u8], at: usize) -> usize {
    let (quote, open, close, case) = (u8x16::splat(b'"'), u8x16::splat(b'{'), u8x16::splat(b'}'), u8x16::splat(0x20));
    // Square brackets differ from curly ones by one bit.
    let found = |chunk: u8x16| {
        let folded = chunk | case;
        chunk.simd_eq(quote) | folded.simd_eq(open) | folded.simd_eq(close)
    };
    first_from(bytes, at, found, |byte| matches!(byte, b'"' | b'{' | b'}' | b'[' | b']'))
}

/// Returns whether there is a comma or a backslash.
#[cfg(feature = "embedded")]
#[inline]
pub(crate) fn has_comma_or_backslash(bytes: &[u8]) -> bool {
    let (comma, backslash) = (u8x16::splat(b','), u8x16::splat(b'\\'));
    let found = |chunk: u8x16| chunk.simd_eq(comma) | chunk.simd_eq(backslash);
    first_from(bytes, 0, found, |byte| matches!(byte, b',' | b'\\')) < bytes.len()
}

#[inline]
fn first_from(bytes: &[u8], mut at: usize, in_chunk: impl Fn(u8x16) -> u8x16, is_it: impl Fn(u8) -> bool) -> usize {
    while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk::<16>) {
        let found = in_chunk(u8x16::new(*chunk)).to_bitmask();
        if found != 0 {
            return at + found.trailing_zeros() as usize;
        }
        at += 16;
    }
    while bytes.get(at).is_some_and(|byte| !is_it(*byte)) {
        at += 1;
    }
    at.min(bytes.len())
}

#[cfg(all(test, feature = "embedded"))]
mod tests {
    use proptest::prelude::*;

    use super::*;

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

        #[test]
        fn sixteen_bytes_at_a_time_find_the_same(bytes in prop::collection::vec(any::<u8>(), 0..70), at in 0_usize..72) {
            let from = |is_it: fn(u8) -> bool| {
                let rest = bytes.get(at..).unwrap_or_default();
                rest.iter().position(|byte| is_it(*byte)).map_or(bytes.len(), |found| at + found)
            };
            prop_assert_eq!(string_stop(&bytes, at), from(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)));
            let stop = string_stop(&bytes, at);
            let has_comma = bytes.get(at..stop).unwrap_or_default().contains(&b',');
            prop_assert_eq!(string_stop_and_comma(&bytes, at), (stop, has_comma));
            prop_assert_eq!(structure(&bytes, at), from(|byte| b"\"{}[]".contains(&byte)));
            let is_markup = |byte: &u8| matches!(byte, b'<' | b'&');
            prop_assert_eq!(markup(&bytes), bytes.iter().position(is_markup));
            prop_assert_eq!(blanks(&bytes), bytes.iter().take_while(|byte| **byte <= b' ').count());
            prop_assert_eq!(has_ampersand_or_control(&bytes), bytes.iter().any(|byte| matches!(byte, b'&' | 0..0x20)));
            prop_assert_eq!(has_control_but_newline(&bytes), bytes.iter().any(|byte| *byte < 0x20 && *byte != b'\n'));
            prop_assert_eq!(has_comma_quote_or_control(&bytes), bytes.iter().any(|byte| matches!(byte, b',' | b'"' | 0..0x20)));
            prop_assert_eq!(has_comma_or_backslash(&bytes), bytes.iter().any(|byte| b",\\".contains(byte)));
        }

        /// The bytes that are looked for are rare in random ones.
        #[test]
        fn one_byte_is_found_anywhere(text in "[a-zé]{0,40}", stop in "[<&,\"\t \u{1f}!]", tail in "[a-zé]{0,20}") {
            let whole = format!("{text}{stop}{tail}");
            let (bytes, is) = (whole.as_bytes(), |of: &str| of.contains(&*stop));
            prop_assert_eq!(markup(bytes), is("<&").then_some(text.len()));
            prop_assert_eq!(has_ampersand_or_control(bytes), is("&\t\u{1f}"));
            prop_assert_eq!(has_comma_quote_or_control(bytes), is(",\"\t\u{1f}"));
            prop_assert_eq!(has_control_but_newline(bytes), is("\t\u{1f}"));
            let indented = format!("{}{stop}{tail}", " \n".repeat(text.len()));
            let expected = 2 * text.len() + usize::from(is("\t \u{1f}"));
            prop_assert_eq!(blanks(indented.as_bytes()), expected);
        }

        #[test]
        fn stops_are_found_behind_any_text(text in "[a-z :é;|@]{0,40}", stop in "[\"\\\\{}\\[\\],\u{0}\u{1f}\u{7f}]", tail in "[a-z]{0,20}") {
            let whole = format!("{text}{stop}{tail}");
            let expected = |is_it: &[u8]| if is_it.contains(&stop.as_bytes()[0]) { text.len() } else { whole.len() };
            prop_assert_eq!(string_stop(whole.as_bytes(), 0), expected(b"\"\\\0\x1f"));
            let whole_with_comma = format!(",{whole}");
            let stop_and_comma = string_stop_and_comma(whole_with_comma.as_bytes(), 0);
            prop_assert_eq!(stop_and_comma, (string_stop(whole_with_comma.as_bytes(), 0), true));
            prop_assert_eq!(structure(whole.as_bytes(), 0), expected(b"\"{}[]"));
            prop_assert_eq!(has_comma_or_backslash(whole.as_bytes()), matches!(&*stop, "," | "\\"));
        }
    }
}
