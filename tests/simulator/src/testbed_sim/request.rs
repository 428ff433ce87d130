//! Dispatch by verb, path and query.

use http::Method;
use percent_encoding::percent_decode_str;

use super::Config;
use super::cursor::Cursor;
use super::world::{List, World};
use crate::config::PageOver;
use crate::records::parse_date;

/// An error response.
#[derive(Debug)]
pub(super) struct Refusal {
    pub status: u16,
    pub code: &'static str,
    pub message: String,
    /// Members of the body that are wrong, with the problem.
    pub details: Vec<(String, &'static str)>,
}

pub(super) type Parsed<T> = Result<T, Refusal>;

/// Target of a request.
#[derive(Clone, Debug)]
pub(super) enum Asked {
    Me,
    Page(PageAsked),
    Record(List, u64),
    Create,
    Replace(u64),
    Update(u64),
    Delete(u64),
    Merge(u64),
}

/// A requested page of a list.
#[derive(Clone, Debug)]
pub(super) struct PageAsked {
    pub list: List,
    pub since: Option<i64>,
    pub cursor: Cursor,
    pub size: u64,
}

impl Asked {
    pub fn writes(&self) -> bool {
        !matches!(self, Self::Me | Self::Page(_) | Self::Record(..))
    }

    pub fn page(&self) -> Option<&PageAsked> {
        if let Self::Page(page) = self { Some(page) } else { None }
    }
}

pub(super) fn refuse<T>(status: u16, code: &'static str, message: String) -> Parsed<T> {
    Err(Refusal { status, code, message, details: Vec::new() })
}

/// Parser of requests.
pub(super) struct Reader<'a> {
    pub world: &'a World,
    pub config: &'a Config,
    pub method: &'a Method,
    pub query: &'a [(String, String)],
}

impl Reader<'_> {
    /// Parses a path, whose segments are still escaped.
    pub fn read(&self, path: &str) -> Parsed<Asked> {
        let decode = |segment: &str| percent_decode_str(segment).decode_utf8().map(|text| text.into_owned()).ok();
        let segments: Option<Vec<String>> = path.split('/').skip(1).map(decode).collect();
        let segments = segments.unwrap_or_default();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let method = if *self.method == Method::HEAD { "GET" } else { self.method.as_str() };
        let asked = match (segments.as_slice(), method) {
            (["v2", "me"], "GET") => Ok(Asked::Me),
            (["v2", "accounts"], "GET") => return self.page(List::Accounts),
            (["v2", "accounts"], "POST") => Ok(Asked::Create),
            (["v2", "accounts", id], "GET") => Ok(Asked::Record(List::Accounts, self.account(id)?)),
            (["v2", "accounts", id], "PUT") => Ok(Asked::Replace(self.account(id)?)),
            (["v2", "accounts", id], "PATCH") => Ok(Asked::Update(self.account(id)?)),
            (["v2", "accounts", id], "DELETE") => Ok(Asked::Delete(self.account(id)?)),
            (["v2", "accounts", id, "merge"], "POST") => Ok(Asked::Merge(self.account(id)?)),
            (["v2", "accounts", id, "notes"], "GET") => {
                return self.page(List::Notes { account: Some(self.account(id)?) });
            }
            (["v2", "notes"], "GET") => return self.page(List::Notes { account: None }),
            (["v2", "notes", id], "GET") => {
                let Some(note) = self.world.note_of_id(id) else {
                    return refuse(404, "not_found", format!("note {id:?} does not exist"));
                };
                Ok(Asked::Record(List::Notes { account: None }, note))
            }
            (["v2", "me"] | ["v2", "accounts" | "notes"] | ["v2", "accounts" | "notes", _], _)
            | (["v2", "accounts", _, "notes" | "merge"], _) => {
                refuse(405, "method_not_allowed", format!("{method} is not possible here"))
            }
            _ => refuse(404, "unknown_path", format!("{path} does not exist")),
        };
        self.only(&[])?;
        asked
    }

    fn account(&self, id: &str) -> Parsed<u64> {
        let found = self.world.account_of_id(id);
        found.map_or_else(|| refuse(404, "not_found", format!("account {id:?} does not exist")), Ok)
    }

    fn page(&self, list: List) -> Parsed<Asked> {
        self.only(&["limit", "cursor", "updated_since"])?;
        let since = match self.value("updated_since") {
            None => None,
            Some(text) => match parse_date(text) {
                Some(at) => Some(at),
                None => return refuse(400, "invalid_parameter", format!("updated_since: {text:?} is not a time")),
            },
        };
        let cursor = match self.value("cursor") {
            None => Some(Cursor::default()),
            Some(text) => Cursor::parse(text, list, since),
        };
        let Some(cursor) = cursor else {
            return refuse(400, "invalid_cursor", "the cursor is not valid for this list".to_owned());
        };
        Ok(Asked::Page(PageAsked { list, since, cursor, size: self.size()? }))
    }

    fn size(&self) -> Parsed<u64> {
        let Some(text) = self.value("limit") else { return Ok(self.config.page_default) };
        match text.parse::<u64>() {
            Ok(size) if (1..=self.config.page_max).contains(&size) => Ok(size),
            Ok(1..) if self.config.page_over == PageOver::Clamp => Ok(self.config.page_max),
            _ => refuse(400, "invalid_limit", format!("limit: {text:?} is not from 1 to {}", self.config.page_max)),
        }
    }

    /// Rejects all parameters but these: this vendor ignores none.
    fn only(&self, names: &[&str]) -> Parsed<()> {
        match self.query.iter().find(|(name, _)| !names.contains(&name.as_str())) {
            Some((name, _)) => refuse(400, "unknown_parameter", format!("there is no parameter {name:?} here")),
            None => Ok(()),
        }
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}
