//! Links (spec BT 1.10), their repair (Q3), and parsing of the `next` link (spec BT 1.6).

use memchr::memchr;
use percent_encoding::percent_decode_str;

use super::tokens::Tag;
use super::warning::{Path, Warning};
use super::{Unreadable, malformed};

/// A link of a record, after repair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Relation without the common prefix.
    pub rel: String,
    /// Target of the link; only a hint, since recorded links contradict their records (Q6).
    pub href: String,
    /// Title of the link.
    pub title: Option<String>,
}

/// The link to the next page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextLink {
    /// URL of the link; never requested (spec BT 1.6).
    pub href: String,
    /// Cursor of the link, decoded once.
    pub cursor: String,
    /// Page size of the link.
    pub page_size: Option<u32>,
}

const CURLY: [char; 2] = ['\u{201c}', '\u{201d}'];

impl Link {
    /// Reads the attributes of a `link` element. Returns `None` without `rel` or `href`.
    pub(super) fn read(
        tag: &Tag<'_>,
        path: &Path<'_>,
        warnings: &mut Vec<Warning>,
    ) -> Result<Option<Self>, Unreadable> {
        let mut attributes: Vec<(String, String)> = Vec::new();
        for attribute in tag.attributes() {
            let attribute = attribute?;
            let name = attribute.name.to_owned();
            repair(name, &attribute.value()?, path, &mut attributes, warnings);
        }
        let mut take = |name: &str| {
            let at = attributes.iter().position(|(known, _)| known == name)?;
            Some(attributes.swap_remove(at).1)
        };
        let (rel, href, title) = (take("rel"), take("href"), take("title"));
        Ok(rel.zip(href).map(|(rel, href)| Self { rel: normalized(&rel).to_owned(), href, title }))
    }

    /// Collects only the warnings of [`read`](Self::read), which are rare, for a link that is not needed.
    pub(super) fn check(tag: &Tag<'_>, path: &Path<'_>, warnings: &mut Vec<Warning>) -> Result<(), Unreadable> {
        if tag.is_plain_link() {
            return Ok(());
        }
        // Curly quotes begin with this byte in UTF-8.
        let mut curly = false;
        for attribute in tag.attributes() {
            curly |= memchr(0xe2, attribute?.value()?.as_bytes()).is_some();
        }
        if curly {
            Self::read(tag, path, warnings)?;
        }
        Ok(())
    }

    /// Returns the whole number at the end of the path.
    pub(super) fn trailing_id(&self) -> Option<i64> {
        let path = self.href.split(['?', '#']).next().unwrap_or_default();
        super::scalar::integer(path.rsplit('/').next().unwrap_or_default())
    }
}

/// Returns the part after the last `/rel/`, or the whole string.
fn normalized(rel: &str) -> &str {
    rel.rsplit_once("/rel/").map_or(rel, |(_, word)| word).trim()
}

/// Splits an attribute whose value contains the following attributes (Q3).
fn repair(name: String, value: &str, path: &Path<'_>, found: &mut Vec<(String, String)>, warnings: &mut Vec<Warning>) {
    let (mut name, mut value) = (name, value);
    while let Some((head, next, tail)) = swallowed(value) {
        warnings.push(Warning::new("repaired-attribute", path.child(&format!("@{name}")), next));
        add(found, name, head);
        (name, value) = (next.to_owned(), tail);
    }
    add(found, name, value);
}

fn add(found: &mut Vec<(String, String)>, name: String, value: &str) {
    if found.iter().all(|(known, _)| *known != name) {
        found.push((name, value.trim_matches(CURLY).to_owned()));
    }
}

/// Splits `head” name=”tail`; `head` contains no curly quote.
fn swallowed(value: &str) -> Option<(&str, &str, &str)> {
    let quote = value.find(CURLY)?;
    let head = &value[..quote];
    let rest = value[quote..].strip_prefix(CURLY)?;
    let named = rest.strip_prefix(char::is_whitespace)?.trim_start();
    let (name, tail) = named.split_once('=')?;
    let name = name.trim_end();
    let is_name =
        !name.is_empty() && name.chars().all(|char| char.is_alphanumeric() || matches!(char, '-' | '_' | ':' | '.'));
    let tail = tail.trim_start().strip_prefix(CURLY)?;
    is_name.then_some((head, name, tail))
}

impl NextLink {
    /// Extracts the cursor of a `next` link.
    pub(super) fn read(link: Link) -> Result<Self, Unreadable> {
        let lower = link.href.to_ascii_lowercase();
        if !lower.starts_with("http://") && !lower.starts_with("https://") {
            return Err(malformed("the next link is no http address"));
        }
        let query = link.href.split_once('?').map_or("", |(_, query)| query);
        let query = query.split('#').next().unwrap_or_default();
        let parameter = |name: &str| {
            let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            let value = pairs.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value);
            value
                .filter(|value| !value.is_empty())
                .map(|value| percent_decode_str(value).decode_utf8_lossy().into_owned())
        };
        let cursor = parameter("cursor").ok_or_else(|| malformed("the next link has no cursor"))?;
        let page_size = parameter("pageSize").and_then(|text| text.parse().ok());
        Ok(Self { cursor, page_size, href: link.href })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(href: &str) -> Option<(String, Option<u32>)> {
        let link = Link { rel: "next".into(), href: href.into(), title: None };
        NextLink::read(link).ok().map(|next| (next.cursor, next.page_size))
    }

    #[test]
    fn the_cursor_is_found_wherever_it_stands() {
        assert_eq!(next("http://h/p?cursor=1-2&pageSize=3"), Some(("1-2".into(), Some(3))));
        assert_eq!(next("HTTPS://h/p?pageSize=3&CURSOR=a%2Bb"), Some(("a+b".into(), Some(3))));
        assert_eq!(next("http://h/p?a=1&cursor=x&b=2"), Some(("x".into(), None)));
        for bad in ["http://h/p", "http://h/p?pageSize=3", "/p?cursor=1", "ftp://h?cursor=1", "http://h/p?cursor="] {
            assert_eq!(next(bad), None, "{bad}");
        }
    }

    #[test]
    fn swallowed_attributes_come_back() {
        let mut found = Vec::new();
        let mut warnings = Vec::new();
        let path = Path::record("a", Some(0));
        repair("rel".into(), "x/rel/webcast” href=”http://h/2” title = “t", &path, &mut found, &mut warnings);
        let pairs: Vec<_> = found.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(pairs, [("rel", "x/rel/webcast"), ("href", "http://h/2"), ("title", "t")]);
        assert_eq!(
            warnings.iter().map(|warning| warning.path.as_str()).collect::<Vec<_>>(),
            ["a[0]/@rel", "a[0]/@href"]
        );
    }
}
