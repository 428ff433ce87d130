//! Paging by the usual names of query parameters.

use serde_json::{Value, json};

/// Role of a query parameter in paging.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Number of the page.
    Page,
    /// Number of records to skip.
    Offset,
    /// Cursor of the vendor.
    Cursor,
    /// Number of records in a page.
    Size,
}

const PAGE: &[&str] = &["page", "pagenumber", "pageno", "pageindex", "pagenum", "currentpage"];
const OFFSET: &[&str] = &["offset", "skip", "start", "startindex", "startat", "pageoffset"];
const CURSOR: &[&str] = &[
    "cursor",
    "nextcursor",
    "nexttoken",
    "pagetoken",
    "nextpagetoken",
    "continuationtoken",
    "continuation",
    "startingafter",
    "after",
    "marker",
    "pageafter",
    "pagecursor",
    "token",
    "scroll",
];
const SIZE: &[&str] = &[
    "pagesize",
    "perpage",
    "limit",
    "size",
    "maxresults",
    "top",
    "count",
    "rows",
    "pagelimit",
    "itemsperpage",
    "resultsperpage",
    "first",
];
/// Members of an answer that hold the next cursor, or the address of the next page.
const NEXT: &[&str] = &[
    "nextcursor",
    "nextpagetoken",
    "nexttoken",
    "continuationtoken",
    "cursor",
    "next",
    "nextpage",
    "nextlink",
    "odatanextlink",
    "nextmarker",
];
/// Members that hold the former.
const ENVELOPES: &[&str] =
    &["paging", "pagination", "meta", "links", "page", "cursors", "metadata", "responsemetadata"];

fn folded(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

/// Returns the role that the name of a query parameter suggests.
pub fn role(name: &str) -> Option<Role> {
    let folded = folded(name);
    let is_in = |names: &[&str]| names.contains(&folded.as_str());
    if is_in(PAGE) {
        Some(Role::Page)
    } else if is_in(OFFSET) {
        Some(Role::Offset)
    } else if is_in(CURSOR) {
        Some(Role::Cursor)
    } else if is_in(SIZE) {
        Some(Role::Size)
    } else {
        None
    }
}

/// Returns whether a member of an answer may hold the next cursor.
pub fn is_next(name: &str) -> bool {
    NEXT.contains(&folded(name).as_str())
}

/// Returns whether a member of an answer may hold the members of paging.
pub fn is_envelope(name: &str) -> bool {
    ENVELOPES.contains(&folded(name).as_str())
}

/// The paging of all lists.
#[derive(Debug, Default)]
pub struct Paging {
    /// Number of lists by page, by offset, and by cursor.
    lists: [usize; 3],
    /// Whether the first page has the number 0.
    pub from_zero: bool,
    /// Smallest maximum of the page sizes.
    largest: Option<u64>,
}

impl Paging {
    /// Counts a list that pages in this way.
    pub fn count(&mut self, role: Role) {
        match role {
            Role::Page => self.lists[0] += 1,
            Role::Offset => self.lists[1] += 1,
            Role::Cursor => self.lists[2] += 1,
            Role::Size => {}
        }
    }

    /// Notes the maximum of a page size.
    pub fn note_largest(&mut self, largest: Option<u64>) {
        let larger = self.largest.into_iter().chain(largest.filter(|largest| *largest > 0));
        self.largest = larger.min();
    }

    /// Returns whether lists are read by the number of records to skip rather than by the number of the page. A
    /// definition has one of both for all its lists.
    pub fn is_by_offset(&self) -> bool {
        self.lists[1] > self.lists[0]
    }

    fn word(&self) -> Option<&'static str> {
        match self.lists {
            [0, 0, 0] => None,
            [0, 0, _] => Some("cursor"),
            _ if self.is_by_offset() => Some("offset"),
            _ if self.from_zero => Some("page 0"),
            _ => Some("page"),
        }
    }

    /// Returns the entries of the configuration.
    pub fn configuration(&self) -> Vec<Value> {
        let Some(word) = self.word() else { return Vec::new() };
        let entry = |key: &str, name: &str, value: String| {
            json!({
                "key": key, "name": name, "type": "TEXTFIELD_32", "defaultValue": value, "hideFromConsole": true,
            })
        };
        let largest = self.largest.unwrap_or(100).to_string();
        vec![entry("pagination.type", "Paging", word.to_owned()), entry("pagination.max", "Largest page", largest)]
    }
}
