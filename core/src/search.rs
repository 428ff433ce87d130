//! Looking for bytes in short texts.

/// The first of two bytes. Eight at a time: for texts of a few dozen bytes that beats a call of memchr.
#[inline]
pub(crate) fn first_of(bytes: &[u8], one: u8, other: u8) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    // Sets the high bit of the lowest byte that is zero; higher ones may be wrong, so only the lowest is used.
    let zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
    let (ones, others) = (ONES * u64::from(one), ONES * u64::from(other));
    let mut at = 0;
    while let Some(chunk) = bytes[at..].first_chunk::<8>() {
        let word = u64::from_le_bytes(*chunk);
        let found = zero(word ^ ones) | zero(word ^ others);
        if found != 0 {
            return Some(at + (found.trailing_zeros() / 8) as usize);
        }
        at += 8;
    }
    bytes[at..].iter().position(|byte| *byte == one || *byte == other).map(|found| at + found)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::first_of;

    proptest! {
        #[test]
        fn it_is_the_first(bytes in prop::collection::vec(any::<u8>(), 0..40), one: u8, other: u8) {
            prop_assert_eq!(first_of(&bytes, one, other), bytes.iter().position(|byte| *byte == one || *byte == other));
        }

        #[test]
        fn it_is_the_first_in_text(text in "[a-z<&é]{0,40}") {
            prop_assert_eq!(first_of(text.as_bytes(), b'<', b'&'), text.find(['<', '&']));
        }
    }
}
