//! Texts with placeholders: `/tickets/{id}.json`.

/// A part of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Text.
    Text(String),
    /// A placeholder, by name.
    Hole(String),
}

/// Splits a template at `{name}`. A brace without its counterpart is text, and so is `{}`.
pub fn parts(template: &str) -> Vec<Part> {
    let (mut parts, mut text, mut rest) = (Vec::new(), String::new(), template);
    while let Some(start) = rest.find('{') {
        let name = rest[start + 1..].find(['{', '}']).map(|end| (end, &rest[start + 1..start + 1 + end]));
        match name {
            Some((end, name)) if !name.is_empty() && rest[start + 1 + end..].starts_with('}') => {
                text.push_str(&rest[..start]);
                if !text.is_empty() {
                    parts.push(Part::Text(std::mem::take(&mut text)));
                }
                parts.push(Part::Hole(name.to_owned()));
                rest = &rest[start + end + 2..];
            }
            _ => {
                text.push_str(&rest[..=start]);
                rest = &rest[start + 1..];
            }
        }
    }
    text.push_str(rest);
    if !text.is_empty() {
        parts.push(Part::Text(text));
    }
    parts
}

/// Returns the values of the placeholders with which a template is the text. `is_wide` tells of a placeholder whether
/// its value may contain `/`.
pub fn captures(template: &str, text: &str, is_wide: &dyn Fn(&str) -> bool) -> Option<Vec<(String, String)>> {
    let mut found = Vec::new();
    fits(&parts(template), text, is_wide, &mut found).then_some(found)
}

/// Returns whether a text is made of these parts, with the values of the placeholders.
pub(crate) fn fits(
    parts: &[Part],
    text: &str,
    is_wide: &dyn Fn(&str) -> bool,
    found: &mut Vec<(String, String)>,
) -> bool {
    match parts.split_first() {
        None => text.is_empty(),
        Some((Part::Text(fixed), rest)) => {
            text.strip_prefix(fixed.as_str()).is_some_and(|text| fits(rest, text, is_wide, found))
        }
        Some((Part::Hole(name), rest)) => {
            let longest = if is_wide(name) { text.len() } else { text.find('/').unwrap_or(text.len()) };
            (0..=longest).rev().filter(|end| text.is_char_boundary(*end)).any(|end| {
                found.push((name.clone(), text[..end].to_owned()));
                fits(rest, &text[end..], is_wide, found) || {
                    found.pop();
                    false
                }
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_have_names() {
        let hole = |name: &str| Part::Hole(name.to_owned());
        let text = |text: &str| Part::Text(text.to_owned());
        assert_eq!(parts("/a/{b.c}.json"), [text("/a/"), hole("b.c"), text(".json")]);
        assert_eq!(parts("{a}{b"), [hole("a"), text("{b")]);
        assert_eq!(parts(r#"{"a":{b}}"#), [text(r#"{"a":"#), hole("b"), text("}")]);
    }

    #[test]
    fn templates_capture_what_fills_them() {
        let narrow = |_: &str| false;
        let found = captures("/a/{x}/b/{y}.json", "/a/1/b/2.json", &narrow).unwrap_or_default();
        assert_eq!(found, [("x".to_owned(), "1".to_owned()), ("y".to_owned(), "2".to_owned())]);
        assert_eq!(captures("/a/{x}", "/a/1/2", &narrow), None);
        assert!(captures("/a/{x}", "/a/1/2", &|_| true).is_some());
    }
}
