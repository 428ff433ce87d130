//! Bytes that are UTF-8 and known to be, so that they are checked once.

use std::ops::{Deref, Range};

use bytes::Bytes;

/// UTF-8 that is cheap to clone. `./bench/run micro` measures the check: "the UTF-8 of a document".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Utf8(Bytes);

impl Utf8 {
    /// Checks bytes. Returns `None` if they are not UTF-8.
    pub fn of(bytes: Bytes) -> Option<Self> {
        is_utf8(&bytes).then_some(Self(bytes))
    }

    /// Returns the bytes of a range, which need not be between characters.
    pub fn bytes_of(&self, range: Range<usize>) -> Bytes {
        self.0.slice(range)
    }

    /// Returns the text, which is copied only if there is another clone.
    #[allow(unsafe_code)]
    pub fn into_string(self) -> String {
        // SAFETY: `of` and `from` accept UTF-8 alone, and the bytes cannot change.
        unsafe { String::from_utf8_unchecked(Vec::from(self.0)) }
    }
}

/// Returns whether bytes are UTF-8.
pub(crate) fn is_utf8(bytes: &[u8]) -> bool {
    simdutf8::basic::from_utf8(bytes).is_ok()
}

impl From<String> for Utf8 {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl Deref for Utf8 {
    type Target = str;

    // Pages are checked once, when they arrive.
    #[allow(unsafe_code)]
    fn deref(&self) -> &str {
        // SAFETY: `of` and `from` accept UTF-8 alone, and the bytes cannot change.
        unsafe { std::str::from_utf8_unchecked(&self.0) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_check_is_that_of_the_standard_library(bytes in prop::collection::vec(any::<u8>(), 0..80), text in "[aé€😀]{0,40}") {
            let damaged = [text.as_bytes(), &bytes].concat();
            for bytes in [bytes, text.clone().into_bytes(), damaged] {
                let checked = Utf8::of(bytes.clone().into());
                prop_assert_eq!(checked.as_deref(), std::str::from_utf8(&bytes).ok());
                prop_assert_eq!(checked.map(Utf8::into_string), String::from_utf8(bytes).ok());
            }
            prop_assert_eq!(&*Utf8::from(text.clone()), text);
        }
    }
}
