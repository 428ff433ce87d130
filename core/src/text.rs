//! Decoding of files that people write, whatever their editor or shell produces.

use crate::error::{Error, ErrorKind, Result};

/// Returns the text of a file in UTF-8 or UTF-16, without the byte order mark, which identifies UTF-16.
///
/// # Errors
/// `config` if it has neither encoding.
pub fn decode(bytes: Vec<u8>) -> Result<String> {
    let units =
        |read: fn([u8; 2]) -> u16| bytes[2..].chunks(2).map(move |pair| read([pair[0], *pair.get(1).unwrap_or(&0)]));
    let utf16 = match bytes.get(..2) {
        Some([0xff, 0xfe]) => {
            Some(char::decode_utf16(units(u16::from_le_bytes)).collect::<std::result::Result<_, _>>())
        }
        Some([0xfe, 0xff]) => Some(char::decode_utf16(units(u16::from_be_bytes)).collect()),
        _ => None,
    };
    let wrong = || Error::new(ErrorKind::Config, "the text is neither UTF-8 nor UTF-16 with a byte order mark");
    let text: String = match utf16 {
        Some(_) if bytes.len() % 2 == 1 => return Err(wrong()),
        Some(text) => text.map_err(|_| wrong())?,
        None => String::from_utf8(bytes).map_err(|_| wrong())?,
    };
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn byte_order_marks_are_removed() {
        let text = "{\"a\": \"é👩\"}";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let marked = |mark: &[u8], rest: &[u8]| [mark, rest].concat();
        for bytes in [
            text.as_bytes().to_vec(),
            marked(&[0xef, 0xbb, 0xbf], text.as_bytes()),
            marked(&[0xff, 0xfe], &little),
            marked(&[0xfe, 0xff], &big),
        ] {
            assert_eq!(decode(bytes).ok().as_deref(), Some(text));
        }
        assert_eq!(decode(Vec::new()).ok().as_deref(), Some(""));
        for wrong in [&[0xff_u8, 0xfe, 0x41][..], &[0xff, 0xfe, 0x00, 0xd8], b"\xff"] {
            assert!(decode(wrong.to_vec()).is_err_and(|error| error.kind() == ErrorKind::Config), "{wrong:?}");
        }
    }
}
