//! Removal of nulls from JSON texts (spec P 7.9), without building a tree.

use super::check::MAX_DEPTH;
use super::reader::JsonReader;

/// Appends a text without null members and null elements at every depth; arrays and objects that become empty stay.
/// All other values remain as they are written.
pub(crate) fn write_without_nulls(text: &str, out: &mut Vec<u8>) {
    // Most texts have none, and a search is much faster than the pass.
    if memchr::memmem::find(text.as_bytes(), b"null").is_none() {
        return out.extend_from_slice(text.as_bytes());
    }
    write(&mut JsonReader::new(text), 0, out);
}

fn write(reader: &mut JsonReader<'_>, depth: usize, out: &mut Vec<u8>) {
    match reader.peek() {
        b'{' if depth < MAX_DEPTH => {
            reader.enter();
            out.push(b'{');
            let mut first = true;
            while let Some(name) = reader.member() {
                if reader.peek() == b'n' {
                    reader.value();
                    continue;
                }
                out.extend_from_slice(if first { b"\"" } else { b",\"" });
                first = false;
                out.extend_from_slice(name.raw().as_bytes());
                out.extend_from_slice(b"\":");
                write(reader, depth + 1, out);
            }
            out.push(b'}');
        }
        b'[' if depth < MAX_DEPTH => {
            reader.enter();
            out.push(b'[');
            let mut first = true;
            while reader.element() {
                if reader.peek() == b'n' {
                    reader.value();
                    continue;
                }
                if !first {
                    out.push(b',');
                }
                first = false;
                write(reader, depth + 1, out);
            }
            out.push(b']');
        }
        _ => out.extend_from_slice(reader.value().as_bytes()),
    }
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
