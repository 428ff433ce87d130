//! Decoding of bytes (spec BT 1.3): byte order mark, then charset, then the XML declaration, then UTF-8.

use bytes::Bytes;
use encoding_rs::{Encoding, UTF_8};
use memchr::memmem;

use super::page::records_before;
use super::{Unreadable, malformed};
use crate::utf8::Utf8;

/// Decodes a body; UTF-8 is validated in place without a copy. `record` is the name of a record's element.
pub(crate) fn to_text(body: Bytes, charset: Option<&str>, record: &str) -> Result<Utf8, Unreadable> {
    let marked = Encoding::for_bom(&body);
    let encoding = match marked {
        Some((encoding, _)) => encoding,
        None => match charset.map(str::to_owned).or_else(|| declared(&body)) {
            Some(label) => Encoding::for_label(label.as_bytes()).ok_or_else(|| malformed("unknown character set"))?,
            None => UTF_8,
        },
    };
    let skip = marked.map_or(0, |(_, length)| length);
    if encoding == UTF_8 {
        return Utf8::of(body.slice(skip..)).ok_or_else(|| not_utf8(&body, record));
    }
    let decoded = encoding.decode_without_bom_handling_and_without_replacement(&body[skip..]);
    let decoded = decoded.ok_or_else(|| malformed(format!("the page is not valid {}", encoding.name())))?;
    Ok(decoded.into_owned().into())
}

fn not_utf8(body: &[u8], record: &str) -> Unreadable {
    let at = std::str::from_utf8(body).map_or_else(|error| error.valid_up_to(), str::len);
    malformed("the page is not valid UTF-8").in_record(records_before(body, at, record))
}

/// Returns the encoding that an XML declaration names.
fn declared(body: &[u8]) -> Option<String> {
    let head = body.trim_ascii_start().strip_prefix(b"<?xml")?;
    let head = &head[..memmem::find(head, b"?>")?];
    let value = &head[memmem::find(head, b"encoding")? + "encoding".len()..];
    let value = value.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let (quote, value) = value.split_first()?;
    let value = &value[..memchr::memchr(*quote, value)?];
    String::from_utf8(value.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(body: &[u8], charset: Option<&str>) -> Result<String, Unreadable> {
        to_text(Bytes::copy_from_slice(body), charset, "a").map(Utf8::into_string)
    }

    #[test]
    fn the_precedence_is_mark_charset_declaration() {
        let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe9</a>";
        assert!(decoded(latin, None).is_ok_and(|text| text.contains('é')));
        assert!(decoded(latin, Some("utf-8")).is_err());
        assert_eq!(decoded(b"\xef\xbb\xbf<a>\xc3\xa9</a>", Some("iso-8859-1")), Ok("<a>é</a>".to_owned()));
        assert!(
            decoded(b"<l><a/><ab/><a>\xc3\x28</a>", None).is_err_and(|why| why.to_string().ends_with(", in record 2"))
        );
        assert!(decoded(b"<a/>", Some("nonsense")).is_err());
        let wide: Vec<u8> =
            [0xff, 0xfe].into_iter().chain("<a>é</a>".encode_utf16().flat_map(u16::to_le_bytes)).collect();
        assert_eq!(decoded(&wide, None), Ok("<a>é</a>".to_owned()));
    }
}
