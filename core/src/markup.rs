//! Removal of HTML markup from names and tags (spec P 6.5), as platforms store them.

/// Removes markup and trims. Text content is kept, and so is a `<` that starts no tag.
pub(crate) fn without_markup(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        let tail = &rest[at..];
        match markup_length(tail) {
            Some(length) => rest = &tail[length..],
            None => {
                out.push('<');
                rest = &tail[1..];
            }
        }
    }
    out.push_str(rest);
    out.trim().to_owned()
}

/// Returns the length of the markup at the start of a string: a comment, a whole script or style, or one tag.
fn markup_length(text: &str) -> Option<usize> {
    if let Some(comment) = text.strip_prefix("<!--") {
        return Some(comment.find("-->").map_or(text.len(), |end| 4 + end + 3));
    }
    for name in ["script", "style"] {
        if starts_element(text, name) {
            return Some(whole_element(text, name));
        }
    }
    let name = text[1..].strip_prefix('/').unwrap_or(&text[1..]);
    if !name.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return None;
    }
    text.find('>').map(|end| end + 1)
}

fn starts_element(text: &str, name: &str) -> bool {
    let head = text.get(1..=name.len()).unwrap_or_default();
    let next = text[1..].chars().nth(name.len());
    head.eq_ignore_ascii_case(name) && next.is_none_or(|next| !next.is_ascii_alphanumeric())
}

/// Returns the length up to and including the closing tag; without one, the length of the whole string.
fn whole_element(text: &str, name: &str) -> usize {
    let closing = format!("</{name}");
    let close = text.to_ascii_lowercase().find(&closing);
    let end = close.and_then(|at| text[at..].find('>').map(|end| at + end + 1));
    end.unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::without_markup;

    #[test]
    fn markup_goes_and_text_stays() {
        let cases = [
            (r##"<a href="#" onClick="x()">@acme-hook</a>"##, "@acme-hook"),
            ("  plain  ", "plain"),
            ("a < b", "a < b"),
            ("a <b", "a <b"),
            ("<script type='x'>alert(1)</script >after", "after"),
            ("<STYLE>b{}</style>x", "x"),
            ("<scripture>kept</scripture>", "kept"),
            ("one<!-- two -->three", "onethree"),
            ("&lt;b&gt;", "&lt;b&gt;"),
            ("<script>never closed", ""),
            ("é<b>ü</b>", "éü"),
            ("<", "<"),
            ("", ""),
        ];
        for (given, wanted) in cases {
            assert_eq!(without_markup(given), wanted, "{given}");
        }
    }
}
