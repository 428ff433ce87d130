//! A call as its handler receives it: authenticated and matched, with its body unread.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures::StreamExt;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, Method};
use http_body::Body as _;
use http_body_util::BodyExt;
use serde_json::{Map, Value};

use super::EngineInner;
use super::caller::Caller;
use super::contract::{Route, Verb};
use super::describe;
use super::failure::Failure;
use super::reply::names;
use super::request_context::Scheme;
use super::store::InstanceRow;
use super::trace::Trace;
use crate::body::{self, Body, BoxError, CollectError};
use crate::element::{Element, Resource};
use crate::elements::definition::document::LARGEST_DOCUMENT;
use crate::vendor::{Configuration, LiveConfiguration as _};
use crate::warning::Warning;

/// Maximum size of a request body (spec P 3.2, 413).
pub(crate) const BODY_LIMIT: usize = 4 << 20;

/// Maximum size of a definition (spec E 1.7).
pub(crate) const DEFINITION_LIMIT: usize = LARGEST_DOCUMENT;

/// Maximum number of warnings about unknown parameters.
const IGNORED_TOLD: usize = 5;

/// Maximum size of an uploaded file (spec E 9.23).
pub(crate) const FILE_LIMIT: usize = 1 << 30;

/// Maximum size of the body with an uploaded file and its parameters.
pub(crate) const UPLOAD_LIMIT: usize = FILE_LIMIT + (1 << 20);

pub(crate) struct Call {
    pub engine: Arc<EngineInner>,
    /// Element of the caller's instance, if the engine has it.
    pub element: Option<Arc<dyn Element>>,
    pub request_id: String,
    pub method: Method,
    pub route: Arc<Route>,
    /// Verb of the route that was called.
    pub verb: Verb,
    pub params: Vec<(String, String)>,
    pub query: Query,
    pub headers: HeaderMap,
    pub caller: Caller,
    /// Network address of the client, if the call came over a network.
    pub peer: Option<IpAddr>,
    /// Scheme that the client used, if the call came over a network.
    pub scheme: Option<Scheme>,
    pub trace: Trace,
    pub body: Mutex<Option<Body>>,
}

impl Call {
    /// Returns a decoded part of the path.
    pub fn param(&self, name: &str) -> &str {
        self.params.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// Returns a numeric part of the path. Fails with `missing` (404) if it is not a number.
    pub fn id_param(&self, name: &str, missing: &str) -> Result<i64, Failure> {
        self.param(name).parse().map_err(|_| Failure::not_found(missing))
    }

    /// Returns the instance of the Element token. Only for routes that require one.
    pub fn instance(&self) -> Result<&InstanceRow, Failure> {
        self.caller.instance.as_ref().ok_or_else(Failure::unauthorized)
    }

    /// Returns the newest values of the instance. Only for routes that require one.
    pub fn configuration(&self) -> Result<Arc<Configuration>, Failure> {
        Ok(self.engine.vendors.live(&self.engine, self.instance()?).current())
    }

    /// Returns the element of the instance. Only for routes that require an instance. Fails with 404 if this engine
    /// does not have the element.
    pub fn element(&self) -> Result<&Arc<dyn Element>, Failure> {
        self.element.as_ref().ok_or_else(|| Failure::not_found("No element found"))
    }

    /// Returns an element of the program or of the caller's organization.
    pub async fn element_by_id(&self, id: i64) -> Result<Option<Arc<dyn Element>>, Failure> {
        match &self.element {
            Some(element) if element.info().id == id => Ok(Some(Arc::clone(element))),
            _ => Ok(self.engine.element(self.caller.user()?.organization_id, id).await?),
        }
    }

    /// Returns the elements that the caller sees, in the order of the catalogue.
    pub async fn elements(&self) -> Result<Vec<Arc<dyn Element>>, Failure> {
        Ok(self.engine.elements_of(self.caller.user.as_ref()).await?)
    }

    /// Returns the resource of the element that was called. `None` for calls of the platform and common resources.
    pub fn resource(&self) -> Option<&Resource> {
        self.element.as_ref()?.resources().get(self.verb.resource?)
    }

    /// Returns whether the vendor may change something.
    pub fn writes(&self) -> bool {
        match self.resource() {
            Some(resource) => !resource.kind.is_read(),
            None => self.route.is_any_resource() && self.method != Method::GET,
        }
    }

    /// Returns a request header that affects the call as a string.
    ///
    /// Rejects an unreadable header and one with several values instead of ignoring it.
    pub fn text_header(&self, name: &str) -> Result<Option<&str>, Failure> {
        let mut all = self.headers.get_all(name).iter();
        let Some(first) = all.next() else { return Ok(None) };
        let wrong = |why: &str| Failure::bad_request(format!("The header {name} {why}"));
        if all.any(|other| other != first) {
            return Err(wrong("occurs with several values"));
        }
        match first.to_str() {
            Ok(text) if !text.trim().is_empty() => Ok(Some(text)),
            Ok(_) => Err(wrong("is blank")),
            Err(_) => Err(wrong("contains non-ASCII characters")),
        }
    }

    /// Returns a request header as a string.
    pub fn header(&self, name: impl http::header::AsHeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Returns whether nothing is to be sent to the vendor (spec P 16.17).
    pub fn is_dry_run(&self) -> Result<bool, Failure> {
        match self.text_header(names::DRY_RUN.as_str())? {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(Failure::bad_request("The header Elements-Dry-Run is neither true nor false")),
        }
    }

    /// Returns warnings about unknown parameters; complete once the handler has read every parameter that it supports.
    pub fn ignored_parameters(&self) -> Vec<Warning> {
        let described = describe::parameters_of(&self.verb, self.resource());
        let unknown = self.query.unused().into_iter().filter(|name| !described.contains(name));
        unknown.take(IGNORED_TOLD).map(|name| Warning::ignored("parameter", name, described.iter().copied())).collect()
    }

    /// Returns the whole body.
    pub async fn bytes(&self) -> Result<Bytes, Failure> {
        collected(self.take_body(), BODY_LIMIT).await
    }

    /// Returns the body if it can be held in memory. Otherwise all of it is still to be read.
    pub async fn beginning(&self) -> Result<Beginning, Failure> {
        let mut body = self.take_body();
        let announced = self.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        let length = body.size_hint().exact().or(announced);
        if length.is_some_and(|length| length > BODY_LIMIT as u64) {
            return Ok(Beginning::Part(body, length));
        }
        let (mut parts, mut held): (Vec<Bytes>, usize) = (Vec::new(), 0);
        while held <= BODY_LIMIT {
            let Some(frame) = body.frame().await else { return Ok(Beginning::All(parts.concat().into())) };
            let frame = frame.map_err(|_| unreadable())?;
            if let Ok(part) = frame.into_data() {
                held += part.len();
                parts.push(part);
            }
        }
        let beginning = futures::stream::iter(parts.into_iter().map(Ok::<_, BoxError>));
        Ok(Beginning::Part(body::stream(beginning.chain(body.into_data_stream())), length))
    }

    /// Returns the body to be read as it arrives.
    pub fn take_body(&self) -> Body {
        self.body.lock().ok().and_then(|mut body| body.take()).unwrap_or_else(body::empty)
    }

    /// Returns the body of an import, which may be larger than others.
    pub async fn definition(&self) -> Result<Value, Failure> {
        parsed(&collected(self.take_body(), DEFINITION_LIMIT).await?)
    }

    /// Returns the body as JSON; `null` if it is absent or blank.
    pub async fn json(&self) -> Result<Value, Failure> {
        parsed(&self.bytes().await?)
    }

    /// Returns the body as a JSON object.
    pub async fn json_object(&self) -> Result<Map<String, Value>, Failure> {
        object_of(self.json().await?)
    }

    /// Returns the body as the text of a JSON object and its members.
    pub async fn json_object_with_text(&self) -> Result<(String, Map<String, Value>), Failure> {
        let bytes = self.bytes().await?;
        let members = object_of(parsed(&bytes)?)?;
        // JSON that was read is UTF-8.
        Ok((String::from_utf8_lossy(&bytes).trim().to_owned(), members))
    }

    /// Returns the media type of the body in lower case, without parameters.
    pub fn content_type(&self) -> Option<String> {
        let value = self.header(CONTENT_TYPE)?;
        Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
    }
}

/// Reads a JSON document; `null` if the body is blank.
fn parsed(bytes: &[u8]) -> Result<Value, Failure> {
    if bytes.trim_ascii().is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(bytes).map_err(|error| Failure::bad_request(format!("Malformed JSON: {error}")))
}

fn object_of(document: Value) -> Result<Map<String, Value>, Failure> {
    match document {
        Value::Object(members) => Ok(members),
        _ => Err(Failure::bad_request("The request body must be a JSON object")),
    }
}

/// Reads a whole body within the size limit.
pub(super) async fn collected(body: Body, limit: usize) -> Result<Bytes, Failure> {
    body::collect(body, limit).await.map_err(|error| match error {
        CollectError::TooLong => Failure::too_large(limit),
        CollectError::Broken(_) => unreadable(),
    })
}

fn unreadable() -> Failure {
    Failure::bad_request("The request body could not be read")
}

/// A body that was read as far as it can be held in memory.
pub(crate) enum Beginning {
    /// The whole body.
    All(Bytes),
    /// A longer one, from its beginning, with its length if the caller announced it.
    Part(Body, Option<u64>),
}

/// The decoded query parameters in order; names are case-sensitive (spec P 7.3).
#[derive(Debug, Default)]
pub(crate) struct Query(Vec<Parameter>);

#[derive(Debug)]
struct Parameter {
    name: String,
    value: String,
    /// Whether the handler has read the parameter.
    used: AtomicBool,
}

impl Query {
    pub fn parse(query: Option<&str>) -> Self {
        let mut parsed = Self::default();
        parsed.extend(query.unwrap_or_default().as_bytes());
        parsed
    }

    /// Adds URL-encoded parameters.
    pub fn extend(&mut self, pairs: &[u8]) {
        let pairs = url::form_urlencoded::parse(pairs).into_owned();
        self.0.extend(pairs.map(|(name, value)| Parameter { name, value, used: AtomicBool::new(false) }));
    }

    /// Returns the first value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// Returns the first value of every parameter, for handlers that accept any name.
    pub fn pairs(&self) -> BTreeMap<&str, &str> {
        let mut pairs = BTreeMap::new();
        for parameter in &self.0 {
            parameter.used.store(true, Ordering::Relaxed);
            pairs.entry(parameter.name.as_str()).or_insert(parameter.value.as_str());
        }
        pairs
    }

    /// Returns every name and value in order, without counting as a reading of them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|parameter| (parameter.name.as_str(), parameter.value.as_str()))
    }

    /// Notes that a handler reads a parameter.
    pub fn note(&self, name: &str) {
        let named = self.0.iter().filter(|parameter| parameter.name == name);
        named.for_each(|parameter| parameter.used.store(true, Ordering::Relaxed));
    }

    /// Returns the names of the parameters that no handler has read, without duplicates.
    pub fn unused(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for parameter in self.0.iter().filter(|parameter| !parameter.used.load(Ordering::Relaxed)) {
            if !names.contains(&parameter.name.as_str()) {
                names.push(&parameter.name);
            }
        }
        names
    }

    /// Returns the first value of a parameter, unless it is blank.
    pub fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.trim().is_empty())
    }

    /// Returns every value of a parameter.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        let named: Vec<&Parameter> = self.0.iter().filter(|parameter| parameter.name == name).collect();
        named.iter().for_each(|parameter| parameter.used.store(true, Ordering::Relaxed));
        named.into_iter().map(|parameter| parameter.value.as_str())
    }

    /// Returns whether a parameter is `true`, ignoring case.
    pub fn flag(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// Returns a whole number of at least 1. Fails with 400 for anything else (spec P 7.4).
    pub fn positive(&self, name: &str) -> Result<Option<usize>, Failure> {
        match self.get(name).map(whole_number) {
            None => Ok(None),
            Some(Some(number)) if number >= 1 => Ok(Some(number)),
            Some(_) => Err(Failure::bad_request(format!("{name} must be a whole number of at least 1"))),
        }
    }

    /// Returns the number of the page, from 1; 0 is the first one as well (spec P 7.4).
    pub fn page(&self) -> Result<usize, Failure> {
        match self.get("page").map(whole_number) {
            None => Ok(1),
            Some(Some(number)) => Ok(number.max(1)),
            Some(None) => Err(Failure::bad_request("page must be a whole number")),
        }
    }
}

/// Parses a whole number; one that is too large counts as the largest (spec P 7.4).
fn whole_number(text: &str) -> Option<usize> {
    let text = text.trim();
    let is_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().or_else(|| is_digits.then_some(usize::MAX))
}
