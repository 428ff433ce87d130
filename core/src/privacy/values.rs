//! Values by their form: e-mail addresses, telephone numbers and IP addresses in a text.

use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};

/// Digits of a telephone number.
const PHONE: std::ops::RangeInclusive<usize> = 8..=15;

/// Returns a text without control characters (line ends and tabs stay), and without characters that are invisible or
/// change the direction of text. They split words for programs and not for readers, and can carry hidden text.
pub fn visible(text: &str) -> Cow<'_, str> {
    match text.contains(is_hidden) {
        true => text.chars().filter(|c| !is_hidden(*c)).collect::<String>().into(),
        false => text.into(),
    }
}

fn is_hidden(c: char) -> bool {
    let is_invisible = matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            // The last two variation selectors make emoji; the others can carry hidden text.
            | '\u{fe00}'..='\u{fe0d}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}');
    is_invisible || (c.is_control() && !matches!(c, '\n' | '\t'))
}

/// Returns the text with replacements, and then without invisible characters; `None` if there is nothing to replace.
pub(super) fn masked(text: &str) -> Option<String> {
    let text = &*visible(text);
    let mut out = String::new();
    let mut copied = 0;
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        match found(text, at, copied) {
            Some((start, end, replacement)) => {
                out.push_str(&text[copied..start]);
                out.push_str(replacement);
                (copied, at) = (end, end);
            }
            None => at += rest.chars().next().map_or(1, char::len_utf8),
        }
    }
    (copied > 0).then(|| out + &text[copied..])
}

/// Returns the range of what begins here, or of the address whose `@` this is, and its replacement.
fn found(text: &str, at: usize, from: usize) -> Option<(usize, usize, &'static str)> {
    let next = text[at..].chars().next()?;
    if next == '@' {
        return email(text, at, from).map(|(start, end)| (start, end, "[email]"));
    }
    let begins =
        !text[..at].ends_with(|before: char| before.is_alphanumeric() || matches!(before, '.' | ':' | '_' | '-'));
    if begins && (next.is_ascii_hexdigit() || next == ':') {
        let run = |may_be: fn(char) -> bool| {
            let length = text[at..].find(|c| !may_be(c)).unwrap_or(text.len() - at);
            text[at..at + length].trim_end_matches(['.', ':'])
        };
        let v4 = run(|c| c.is_ascii_digit() || c == '.');
        let v6 = run(|c| c.is_ascii_hexdigit() || matches!(c, '.' | ':'));
        if v4.parse::<Ipv4Addr>().is_ok() {
            return Some((at, at + v4.len(), "[ip]"));
        }
        if v6.matches(':').count() > 2 && v6.parse::<Ipv6Addr>().is_ok() {
            return Some((at, at + v6.len(), "[ip]"));
        }
    }
    if begins && (next.is_ascii_digit() || matches!(next, '+' | '(')) {
        return phone(&text[at..]).map(|length| (at, at + length, "[phone]"));
    }
    None
}

fn email(text: &str, at: usize, from: usize) -> Option<(usize, usize)> {
    // Rarer characters separate addresses from other text more often than they belong to one.
    let local = |c: char| c.is_alphanumeric() || "!#$%'*+^_`{|}~.-".contains(c);
    let before: usize = text[from..at].chars().rev().take_while(|c| local(*c)).map(char::len_utf8).sum();
    let host = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-');
    let after: usize = text[at + 1..].chars().take_while(|c| host(*c)).map(char::len_utf8).sum();
    let domain = text[at + 1..at + 1 + after].trim_end_matches(['.', '-']);
    (before > 0 && domain.contains('.') && !domain.starts_with('.')).then(|| (at - before, at + 1 + domain.len()))
}

/// Returns the length of a telephone number: one with a plus and a country code, or three groups of three, three and four
/// digits.
fn phone(text: &str) -> Option<usize> {
    let (mut groups, mut digits, mut end) = (vec![0], 0, 0);
    let mut separated = false;
    for (position, next) in text.char_indices() {
        match next {
            '0'..='9' => {
                if std::mem::take(&mut separated) {
                    groups.push(0);
                }
                if let Some(last) = groups.last_mut() {
                    *last += 1;
                }
                (digits, end) = (digits + 1, position + 1);
                if digits > *PHONE.end() {
                    return None;
                }
            }
            '+' if position == 0 => {}
            ' ' | '-' | '.' | '(' | ')' | '/' | '\u{a0}' if position - end < 3 => separated = digits > 0,
            _ => break,
        }
    }
    let ends = !text[end..].starts_with(|c: char| c.is_alphanumeric() || c == '_');
    let is_phone = (text.starts_with('+') && PHONE.contains(&digits)) || groups == [3, 3, 4];
    (is_phone && ends).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn personal_values_are_replaced_amid_text() {
        for (text, wanted) in [
            ("ann.lee+x@mail.example.org.", "[email]."),
            ("<ann@b.example>,bob@c.example", "<[email]>,[email]"),
            ("ünïcode@müller.example!", "[email]!"),
            ("+49 (0)30 / 123-4567 x", "[phone] x"),
            ("call (030) 555-0199x or 415-555-2671", "call (030) 555-0199x or [phone]"),
            ("from 192.168.0.1:8080", "from [ip]:8080"),
            ("2001:db8::1:2:3, ok", "[ip], ok"),
            ("https://x.example/?m=ann@b.example&n=1", "https://x.example/?m=[email]&n=1"),
            ("a\u{200b}nn@b.exa\u{ad}mple\u{fe01} and +49 30\u{2060} 1234567", "[email] and [phone]"),
        ] {
            assert_eq!(masked(text).as_deref(), Some(wanted), "{text}");
        }
    }

    #[test]
    fn long_texts_are_read_once() {
        assert_eq!(masked(&"1 ".repeat(200_000)), None);
        assert_eq!(masked(&"(+1-".repeat(100_000)), None);
        assert_eq!(masked(&"a@".repeat(100_000)), None);
    }

    #[test]
    fn hidden_characters_are_removed() {
        let hidden = "a\u{e0049}\u{202e}b\u{200b}\u{1b}[0m\nc\u{fe05}\u{3164}d";
        assert_eq!(visible(hidden), "ab[0m\ncd");
        assert!(matches!(visible("ünïcode 👍\u{fe0f}\t"), Cow::Borrowed(_)));
    }

    #[test]
    fn other_texts_stay() {
        for text in [
            "",
            "@home",
            "a@b",
            "2026-11-30T10:15:00Z",
            "12:30:45",
            "4711",
            "1234567890123",
            "version 1.2.3",
            "https://x.example/a/1.2",
            "10 000 000",
            "ISBN 978-3-16-148410-0",
            "2026-01-01 2026-02-02",
        ] {
            assert_eq!(masked(text), None, "{text}");
        }
    }
}
