//! Requests that scripts see and change before they are sent (spec E 5.1, steps 6 to 9; 7.16 to 7.20; 7.37 to 7.42).

use std::borrow::Cow;

use http::Method;
use http::header::AUTHORIZATION;
use url::Url;

use super::super::document::{DefinedResource, Source, Target};
use super::super::json::{self, Kind, Path, Step};
use super::super::refused::Refused;
use super::address::{self, Shown};
use super::body::{self, Made};
use super::draft::Draft;
use super::{Built, Input, check_required, encode, headers};
use crate::vendor::VendorRequest;

/// A request that is not sent yet.
pub struct Open {
    /// Method of the vendor call.
    method: Method,
    /// Path that a script gave.
    path: Option<String>,
    parameters: Vec<Sent>,
    headers: Vec<(String, String)>,
    /// Whether a script took the authorization away, which counts as set (spec E 5.1, step 9).
    took_authorization: bool,
    body: Made,
    /// Root key that a script gave (spec E 7.42).
    root: Option<String>,
    /// Values that the instance stores when the call succeeds (spec E 5.27).
    remember: Vec<(String, String)>,
    sent_token: bool,
    /// Text of the body after it was sent.
    sent_body: Option<String>,
    is_sent: bool,
}

/// A query parameter.
struct Sent {
    name: String,
    /// Value, encoded.
    value: String,
    /// Value as JSON, as scripts see it.
    json: String,
    is_of_script: bool,
}

/// Address as scripts see it (spec E 7.16, 7.17).
pub struct ShownAddress {
    /// Path with its own query.
    pub path: String,
    /// Whole address without added parameters.
    pub url: String,
}

impl Open {
    /// Builds a request as far as scripts see it. `is_first` is false for later steps of a chain, whose required
    /// parameters are not asked for (spec E 7.73).
    ///
    /// # Errors
    /// Refuses a call without a required parameter, and one of which no request can be made.
    pub fn of(resource: &DefinedResource, input: &Input<'_>, is_first: bool) -> Result<Self, Refused> {
        if is_first {
            check_required(resource, input)?;
        }
        let draft = Draft::of(resource, input)?;
        let body = body::of(&draft, resource)?;
        let headers = headers::listed(&draft, &body);
        let numbers = if input.page.is_some() { paging_names(resource, input) } else { Vec::new() };
        let parameters = draft.query.iter().map(|(name, value)| Sent::of(name, value, &numbers)).collect();
        Ok(Self {
            method: resource.vendor_method.clone(),
            path: None,
            parameters,
            headers,
            took_authorization: false,
            body,
            root: None,
            remember: draft.remember,
            sent_token: draft.sent_token,
            sent_body: None,
            is_sent: false,
        })
    }

    /// Returns the method of the vendor call.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// Returns the address as scripts see it.
    pub fn address(&self, resource: &DefinedResource, input: &Input<'_>) -> ShownAddress {
        if let (None, Some(address)) = (&self.path, page_address(input)) {
            return ShownAddress { path: address.to_string(), url: address.to_string() };
        }
        let Shown { path, url } = address::shown(self.path.as_deref(), self.is_sent, resource, input);
        ShownAddress { path, url }
    }

    /// Returns the query parameters as a JSON object. One that occurs several times is an array.
    pub fn parameters(&self) -> String {
        let mut members: Vec<(&str, Vec<&str>)> = Vec::new();
        for Sent { name, json, .. } in &self.parameters {
            match members.iter_mut().find(|(known, _)| known == name) {
                Some((_, values)) => values.push(json),
                None => members.push((name, vec![json])),
            }
        }
        let value = |values: &[&str]| match values {
            [one] => (*one).to_owned(),
            several => format!("[{}]", several.join(",")),
        };
        object(members.iter().map(|(name, values)| (*name, value(values))))
    }

    /// Returns the headers.
    pub fn headers(&self) -> &[(String, String)] {
        &self.headers
    }

    /// Returns the text of the body. `None` without one, and for files and other bytes.
    pub fn body(&self) -> Option<&str> {
        match &self.body {
            Made::Json(text) | Made::Literal { text, .. } | Made::Form(text) => Some(text),
            Made::Nothing | Made::Multipart { .. } | Made::Bytes { .. } => self.sent_body.as_deref(),
        }
    }

    /// Returns the root key that a script gave.
    pub fn root(&self) -> Option<&str> {
        self.root.as_deref()
    }

    /// Sets the method (spec E 7.40). A text that is no method has no effect.
    pub fn set_method(&mut self, word: &str) {
        if let Ok(method) = Method::from_bytes(word.trim().to_ascii_uppercase().as_bytes()) {
            self.method = method;
        }
    }

    /// Replaces the path (spec E 7.39).
    pub fn set_path(&mut self, path: String) {
        self.path = Some(path);
    }

    /// Applies an object of query parameters (spec E 7.38). `is_whole` tells that parameters it lacks are removed, since
    /// the script changed the map itself (spec E 7.4).
    pub fn set_parameters(&mut self, changes: &str, is_whole: bool) {
        let before = self.parameters();
        let known = json::members(&before);
        let changes = json::members(changes);
        if is_whole {
            self.parameters.retain(|sent| changes.iter().any(|(name, _)| *name == sent.name));
        }
        for (name, value) in changes {
            let same = known.iter().any(|(known, before)| *known == name && is_equal(before, value));
            if !same {
                self.set_parameter(&name, value);
            }
        }
    }

    fn set_parameter(&mut self, name: &str, value: &str) {
        let values: Vec<&str> = match json::kind_of(value) {
            Kind::Null => Vec::new(),
            Kind::Array => json::items(value).into_iter().map(|range| &value[range]).collect(),
            _ => vec![value],
        };
        let values = values.into_iter().filter(|value| json::kind_of(value) != Kind::Null);
        let new: Vec<Sent> = values.map(|value| Sent::of_script(name, value)).collect();
        let at = self.parameters.iter().position(|sent| sent.name == name).unwrap_or(self.parameters.len());
        self.parameters.retain(|sent| sent.name != name);
        self.parameters.splice(at..at, new);
    }

    /// Applies an object of headers (spec E 7.37). `is_whole` as in [`set_parameters`](Self::set_parameters).
    pub fn set_headers(&mut self, changes: &str, is_whole: bool) {
        let changes = json::members(changes);
        if is_whole {
            let is_kept = |name: &str| changes.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
            let had = self.has_authorization();
            self.headers.retain(|(name, _)| is_kept(name));
            self.took_authorization |= had && !self.has_authorization();
        }
        for (name, value) in changes {
            match text(value) {
                Some(value) => {
                    let same =
                        |(known, before): &(String, String)| known.eq_ignore_ascii_case(&name) && *before == value;
                    if !self.headers.iter().any(same) {
                        headers::set(&mut self.headers, name.trim(), value.into_owned());
                    }
                }
                None => {
                    self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name.trim()));
                    self.took_authorization |= name.trim().eq_ignore_ascii_case("authorization");
                }
            }
        }
    }

    fn has_authorization(&self) -> bool {
        self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("authorization"))
    }

    /// Sets the root key that wraps the bodies of scripts (spec E 7.42).
    pub fn set_root(&mut self, root: String) {
        self.root = Some(root).filter(|root| !root.trim().is_empty());
    }

    /// Replaces the body: a text as it is, `null` removes it, anything else as JSON (spec E 7.41).
    pub fn set_body(&mut self, value: &str) {
        self.body = match json::kind_of(value) {
            Kind::Null => Made::Nothing,
            Kind::Text => {
                let text = json::text_of(value).unwrap_or_default().into_owned();
                match &self.root {
                    Some(root) if json::find(&text, &Path::default()).is_ok() => Made::Json(wrapped(text, root)),
                    _ => Made::Literal { text, is_xml: false },
                }
            }
            _ => {
                let json = value.to_owned();
                Made::Json(self.root.as_ref().map_or_else(|| json.clone(), |root| wrapped(json.clone(), root)))
            }
        };
    }

    /// Finishes the request: fills the placeholders that are left, and converts the body (spec E 5.1, step 8). Scripts
    /// after the call see the request as sent.
    ///
    /// # Errors
    /// Refuses an address with a placeholder without value, and headers and bodies that cannot be sent.
    pub fn finish(&mut self, resource: &DefinedResource, input: &Input<'_>) -> Result<Built, Refused> {
        let pairs = |sent: &Sent| (sent.name.clone(), sent.value.clone());
        let url = match (&self.path, page_address(input)) {
            (Some(path), _) => {
                let query: Vec<_> = self.parameters.iter().map(pairs).collect();
                address::of_script(path, &query, resource, input)?
            }
            // Spec E 6.22: as it stands.
            (None, Some(address)) => {
                let query: Vec<_> = self.parameters.iter().filter(|sent| sent.is_of_script).map(pairs).collect();
                address::extended(address, &query)
            }
            (None, None) => {
                let query: Vec<_> = self.parameters.iter().map(pairs).collect();
                address::of(&query, resource, input)?
            }
        };
        let headers = headers::of_listed(&self.headers, &self.body)?;
        (self.sent_body, self.is_sent) = (self.body().map(str::to_owned), true);
        let (body, upload) = std::mem::replace(&mut self.body, Made::Nothing).sent_with(&headers)?;
        let authorized = self.sent_token || self.took_authorization || headers.contains_key(AUTHORIZATION);
        let operation = resource.path.clone().into();
        let method = self.method.clone();
        let request = VendorRequest { method, url, headers, body, upload, operation, shown: None };
        Ok(Built { request, remember: std::mem::take(&mut self.remember), authorized })
    }
}

impl Sent {
    fn of(name: &str, value: &str, numbers: &[&str]) -> Self {
        let text = encode::decoded(value);
        let is_number = numbers.contains(&name) && text.parse::<u64>().is_ok();
        let json = if is_number { text } else { json::quote(&text) };
        Self { name: name.to_owned(), value: value.to_owned(), json, is_of_script: false }
    }

    fn of_script(name: &str, json: &str) -> Self {
        let mut value = String::new();
        encode::given(&mut value, &text(json).unwrap_or_default());
        Self { name: name.to_owned(), value, json: json.to_owned(), is_of_script: true }
    }
}

fn page_address<'a>(input: &Input<'a>) -> Option<&'a Url> {
    input.page?.address.as_ref()
}

/// Returns the names under which page and size go out; they are numbers for scripts (spec E 6.11).
fn paging_names<'a>(resource: &'a DefinedResource, input: &Input<'a>) -> Vec<&'a str> {
    let all = input.settings.definition().parameters.iter().chain(&resource.parameters);
    let is_number = |name: &str| matches!(name, "page" | "pageSize");
    all.filter(|one| {
        !one.response && one.from == Source::Query && one.to == Some(Target::Query) && is_number(&one.name)
    })
    .map(|one| one.vendor_name.as_str())
    .collect()
}

/// Returns a value as text: arrays and objects as JSON, `null` as `None` (spec E 5.31).
fn text(json: &str) -> Option<Cow<'_, str>> {
    json::text_of(json)
}

fn is_equal(one: &str, other: &str) -> bool {
    one == other || text(one) == text(other) && json::kind_of(one) == json::kind_of(other)
}

impl Open {
    /// Returns headers and query values that differ from those of another request of the same resource.
    pub(super) fn different(&self, other: &Self) -> Vec<String> {
        let has_header = |pair: &&(String, String)| !other.headers.contains(pair);
        let headers = self.headers.iter().filter(has_header).map(|(_, value)| value.clone());
        let has_value =
            |sent: &&Sent| !other.parameters.iter().any(|one| one.name == sent.name && one.value == sent.value);
        let values = self.parameters.iter().filter(has_value).filter_map(|sent| text(&sent.json).map(Cow::into_owned));
        headers.chain(values).collect()
    }
}

/// Wraps a body by a root key; indexes in it are ignored (spec E 5.63).
pub(super) fn wrapped(json: String, root: &str) -> String {
    Path::of(root).steps.iter().rev().fold(json, |inner, step| match step {
        Step::Member(name) => format!("{{{}:{inner}}}", json::quote(name)),
        Step::Index(_) | Step::Every => inner,
    })
}

/// Returns a JSON object of members whose values are JSON.
fn object<'a>(members: impl Iterator<Item = (&'a str, String)>) -> String {
    let members: Vec<String> = members.map(|(name, value)| format!("{}:{value}", json::quote(name))).collect();
    format!("{{{}}}", members.join(","))
}
