#[cfg(feature = "embedded")]
use super::nulls::{may_have_nulls, write_without_nulls};
#[cfg(feature = "embedded")]
use super::reader::string_of;
#[cfg(feature = "embedded")]
use crate::search::has_comma_or_backslash;
use crate::search::has_comma_quote_or_control;

/// Appends a cell of a CSV line (RFC 4180), quoted if it contains a comma, a quote or a line end, with quotes
/// doubled. An empty cell is not quoted, which is correct unless it is the only one of its line.
pub(crate) fn write_csv_text(text: &[u8], out: &mut Vec<u8>) {
    // Control characters other than line ends are rare, so they may cost a second look.
    let special = |byte: &u8| matches!(byte, b',' | b'"' | b'\n' | b'\r');
    if !has_comma_quote_or_control(text) || !text.iter().any(special) {
        return out.extend_from_slice(text);
    }
    write_quoted(text, out);
}

/// Appends a cell of a CSV line that is not null: the content of a string, or else the JSON as it is. `nulls` includes
/// nulls in arrays and objects.
#[cfg(feature = "embedded")]
pub(crate) fn write_csv_json(json: &str, nulls: bool, out: &mut Vec<u8>) {
    let bytes = json.as_bytes();
    match bytes {
        // A string without escapes has neither quotes nor line ends.
        [b'"', inner @ .., b'"'] if !has_comma_or_backslash(inner) => out.extend_from_slice(inner),
        [b'"', ..] => write_csv_text(string_of(json).unwrap_or_default().as_bytes(), out),
        [b'{' | b'[', ..] if nulls || !may_have_nulls(bytes) => write_csv_text(bytes, out),
        [b'{' | b'[', ..] => {
            let mut without = Vec::with_capacity(bytes.len());
            write_without_nulls(json, &mut without);
            write_csv_text(&without, out);
        }
        _ => out.extend_from_slice(bytes),
    }
}

/// Appends a part of a text that needs no quotes. A short one is copied as 32 bytes and cut afterwards, since a call of the
/// copying function takes longer than the copy. `./bench/run micro` measures it: "a document to CSV".
#[cfg(feature = "embedded")]
#[inline]
pub(crate) fn write_csv_part(text: &str, start: usize, end: usize, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    match bytes.get(start..).and_then(<[u8]>::first_chunk::<32>) {
        Some(chunk) if (start..=start + 32).contains(&end) => {
            let before = out.len();
            out.extend_from_slice(chunk);
            out.truncate(before + (end - start));
        }
        _ => out.extend_from_slice(bytes.get(start..end).unwrap_or_default()),
    }
}

fn write_quoted(text: &[u8], out: &mut Vec<u8>) {
    out.reserve(text.len() + text.len() / 4 + 2);
    out.push(b'"');
    for chunk in text.chunks(32) {
        if !chunk.contains(&b'"') {
            out.extend_from_slice(chunk);
            continue;
        }
        // JSON has a quote every few bytes: what is left out of an array of quotes doubles them.
        let (mut doubled, mut length) = ([b'"'; 64], 0);
        for byte in chunk {
            doubled[length % 64] = *byte;
            length += 1 + usize::from(*byte == b'"');
        }
        out.extend_from_slice(&doubled[..length]);
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::samples::json;
    use super::*;

    proptest! {
        #[cfg(feature = "embedded")]
        #[test]
        fn json_is_written_as_its_text(value in json(), nulls: bool) {
            let mut written = Vec::new();
            write_csv_json(&value.to_string(), nulls, &mut written);
            let mut shown = value.clone();
            if !nulls {
                super::super::strip_nulls(&mut shown);
            }
            let text = shown.as_str().map_or_else(|| shown.to_string(), str::to_owned);
            let mut expected = Vec::new();
            write_csv_text(text.as_bytes(), &mut expected);
            prop_assert_eq!(written, expected);
        }

        #[cfg(feature = "embedded")]
        #[test]
        fn parts_are_those_of_the_text(text in "[a-zé]{0,60}", from in 0_usize..70, to in 0_usize..70) {
            let mut written = b"before".to_vec();
            write_csv_part(&text, from, to, &mut written);
            let expected = text.as_bytes().get(from..to).unwrap_or_default();
            prop_assert_eq!(written, [b"before", expected].concat());
        }

        #[test]
        fn quotes_are_doubled_wherever_they_are(text in "[a\"]{0,100}") {
            let mut written = Vec::new();
            write_quoted(text.as_bytes(), &mut written);
            prop_assert_eq!(written, format!("\"{}\"", text.replace('"', "\"\"")).into_bytes());
        }

        #[test]
        fn cells_are_written_as_the_csv_crate_does(cells in prop::collection::vec("[a,\"\n\r é]{0,12}", 2..5)) {
            let mut ours = Vec::new();
            for (number, cell) in cells.iter().enumerate() {
                if number > 0 {
                    ours.push(b',');
                }
                write_csv_text(cell.as_bytes(), &mut ours);
            }
            ours.push(b'\n');
            let mut theirs = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new());
            theirs.write_record(&cells).unwrap();
            prop_assert_eq!(ours, theirs.into_inner().unwrap());
        }
    }
}
