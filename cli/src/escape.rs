//! Escaping of untrusted text for a terminal: data of vendors, platforms and records may contain sequences that move
//! the cursor, set the title, or reorder the visible text.

use std::borrow::Cow;
use std::fmt::Write;

/// Escapes everything that a terminal would obey or not show: control characters (C0, DEL, C1), marks of the writing
/// direction, and characters without a glyph. `kept` are control characters that are not escaped.
pub fn escaped<'a>(text: &'a str, kept: &[char]) -> Cow<'a, str> {
    let is_harmful = |char: char| is_harmful(char) && !kept.contains(&char);
    if !text.contains(is_harmful) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for char in text.chars() {
        let _ = match (is_harmful(char), u32::from(char)) {
            (false, _) => shown.write_char(char),
            (true, 0x0a) => shown.write_str("\\n"),
            (true, 0x0d) => shown.write_str("\\r"),
            (true, 0x09) => shown.write_str("\\t"),
            (true, code) if code < 0x100 => write!(shown, "\\x{code:02x}"),
            (true, code) => write!(shown, "\\u{{{code:x}}}"),
        };
    }
    Cow::Owned(shown)
}

/// Returns equivalent JSON text without these characters.
pub fn escaped_json(text: &str) -> Cow<'_, str> {
    let is_harmful = |char: char| is_harmful(char) && char >= '\u{7f}';
    if !text.contains(is_harmful) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for char in text.chars() {
        if is_harmful(char) {
            // Such characters occur within strings only.
            for unit in char.encode_utf16(&mut [0; 2]) {
                let _ = write!(safe, "\\u{unit:04x}");
            }
        } else {
            safe.push(char);
        }
    }
    Cow::Owned(safe)
}

/// Returns whether a character must be escaped. Zero-width joiners need not be: emoji and several scripts use them.
fn is_harmful(char: char) -> bool {
    char.is_control()
        || matches!(char,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{feff}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_of_terminals_are_escaped() {
        for (given, shown) in [
            ("x\u{1b}]0;owned\u{7}\u{1b}[31m", "x\\x1b]0;owned\\x07\\x1b[31m"),
            ("a\u{9b}31m\u{7f}", "a\\x9b31m\\x7f"),
            ("a\u{202e}b\u{200b}", "a\\u{202e}b\\u{200b}"),
            ("red\r\nfake: line\t", "red\\r\\nfake: line\\t"),
            ("Zoë 👩‍💻 日本", "Zoë 👩‍💻 日本"),
        ] {
            assert_eq!(escaped(given, &[]), shown);
        }
        assert_eq!(escaped("a\nb\tc\u{1b}", &['\n', '\t']), "a\nb\tc\\x1b");
    }

    #[test]
    fn escaped_json_parses_to_the_same_value() {
        let value = serde_json::json!({"a\u{9b}": "\u{202e}\u{e0041}\u{1b} é"});
        let text = value.to_string();
        let safe = escaped_json(&text);
        assert!(!safe.contains(|char: char| is_harmful(char)), "{safe}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).ok(), Some(value));
    }
}
