//! Changes of single fields of a written record, for the `field` fault.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::xml::Xml;

/// Sets, removes and duplicates fields of one record. A path without a target changes nothing, except that a new text
/// is added if its parent exists.
pub(crate) fn edit(
    record: &str,
    set: &BTreeMap<String, String>,
    remove: &[String],
    duplicate: &BTreeMap<String, String>,
) -> String {
    let mut out = record.to_owned();
    for (path, text) in set {
        out = put(out, path, text);
    }
    for (path, text) in duplicate {
        if let Some(found) = find(&out, path) {
            let name = path.rsplit('/').next().unwrap_or_default();
            out.insert_str(found.whole.end, &element(name, text));
        }
    }
    for path in remove {
        if let Some(found) = find(&out, path) {
            out.replace_range(found.whole, "");
        }
    }
    out
}

fn put(mut out: String, path: &str, text: &str) -> String {
    let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
    match (find(&out, path), name.strip_prefix('@')) {
        (Some(found), Some(attribute)) => out.replace_range(found.whole, &attribute_text(attribute, text)),
        (Some(found), None) => out.replace_range(found.whole, &element(name, text)),
        (None, Some(_)) => {}
        (None, None) => {
            let inner = if parent.is_empty() { Some(outer(&out)) } else { find(&out, parent) };
            if let Some(end) = inner.and_then(|found| found.inner).map(|inner| inner.end) {
                out.insert_str(end, &element(name, text));
            }
        }
    }
    out
}

fn element(name: &str, text: &str) -> String {
    let mut out = Xml::default();
    out.text(name, text);
    out.0
}

fn attribute_text(name: &str, text: &str) -> String {
    let mut out = Xml::default();
    out.attribute(name, text);
    out.0
}

/// A part of a document: its range, and that of its content, if it is an element with content.
struct Found {
    whole: Range<usize>,
    inner: Option<Range<usize>>,
}

/// Returns the record itself, after a comment that may precede it.
fn outer(record: &str) -> Found {
    children(record, 0..record.len()).into_iter().next().map_or(Found { whole: 0..0, inner: None }, |child| child.1)
}

fn find(record: &str, path: &str) -> Option<Found> {
    let mut at = outer(record);
    for step in path.split('/') {
        if let Some(attribute) = step.strip_prefix('@') {
            let tag = &record[at.whole.start..at.inner.as_ref().map_or(at.whole.end, |inner| inner.start)];
            let start = tag.find(&format!(" {attribute}=\""))?;
            let value = start + attribute.len() + 3;
            let end = value + tag[value..].find('"')? + 1;
            return Some(Found { whole: at.whole.start + start..at.whole.start + end, inner: None });
        }
        let inside = at.inner?;
        at = children(record, inside).into_iter().find(|(name, _)| name == step)?.1;
    }
    Some(at)
}

/// Returns the elements directly within a range of the output of [`Xml`]: it contains comments, but neither CDATA nor
/// `>` in attributes.
fn children(text: &str, range: Range<usize>) -> Vec<(String, Found)> {
    let mut found = Vec::new();
    let (mut at, mut depth, mut open) = (range.start, 0_i32, None);
    while let Some(start) = text[at..range.end].find('<').map(|offset| at + offset) {
        if text[start..].starts_with("<!--") {
            at = text[start..].find("-->").map_or(range.end, |offset| start + offset + 3);
            continue;
        }
        let Some(end) = text[start..].find('>').map(|offset| start + offset + 1) else { break };
        let tag = &text[start..end];
        let name = tag.trim_matches(['<', '>', '/']).split([' ', '/']).next().unwrap_or_default();
        if tag.starts_with("</") {
            depth -= 1;
            if depth == 0
                && let Some((start_of, inner)) = open.take()
            {
                found.push((name.to_owned(), Found { whole: start_of..end, inner: Some(inner..start) }));
            }
        } else if tag.ends_with("/>") {
            if depth == 0 {
                found.push((name.to_owned(), Found { whole: start..end, inner: None }));
            }
        } else {
            if depth == 0 {
                open = Some((start, end));
            }
            depth += 1;
        }
        at = end;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &str = r#"<!-- a --><r id="7"><created>x</created><user id="3"><email>a@b</email><country>F</country></user><link rel="s" href="h"/></r>"#;

    fn edited(set: &[(&str, &str)], remove: &[&str], duplicate: &[(&str, &str)]) -> String {
        let map = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect::<BTreeMap<_, _>>()
        };
        let remove: Vec<String> = remove.iter().map(|path| (*path).to_owned()).collect();
        edit(RECORD, &map(set), &remove, &map(duplicate))
    }

    #[test]
    fn fields_are_set_removed_and_duplicated() {
        assert_eq!(edited(&[("@id", "foo")], &[], &[]), RECORD.replace("id=\"7\"", "id=\"foo\""));
        assert_eq!(edited(&[("created", "a&b")], &[], &[]), RECORD.replace(">x<", ">a&amp;b<"));
        assert_eq!(edited(&[], &["user/email"], &[]), RECORD.replace("<email>a@b</email>", ""));
        assert_eq!(edited(&[], &["@id"], &[]), RECORD.replace(" id=\"7\"", ""));
        assert_eq!(
            edited(&[], &[], &[("user/country", "Texas")]),
            RECORD.replace("</country>", "</country><country>Texas</country>")
        );
        assert_eq!(edited(&[("user/phone", "1")], &[], &[]), RECORD.replace("</user>", "<phone>1</phone></user>"));
        assert_eq!(edited(&[("nowhere/phone", "1")], &["x/y"], &[]), RECORD);
    }
}
