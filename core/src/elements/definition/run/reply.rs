//! The answer of a step, while scripts see and change it (spec E 7.27 to 7.32, 7.36, 7.44 to 7.50, 7.54).

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, HeaderValue};

use super::super::answer::{ByScript, Content, ErrorBody, Read, json_of, message_in, of_script};
use super::super::document::DefinedResource;
use super::super::json::{self, Kind};
use super::super::paging::NEXT_PAGE;
use super::names::{header_values, object};
use crate::vendor::{Reached, ScriptedFailure, VendorError, VendorErrorKind};

/// The answer of a step.
pub struct Reply {
    read: Read,
    /// Failure of the vendor, with its body.
    failure: Option<(VendorError, ErrorBody)>,
    status: u16,
    is_error: bool,
    /// Whether a script set the status, or made an error.
    is_touched: bool,
    /// Error message of a script.
    message: Option<String>,
    /// Text that a script gave as raw body (spec E 7.47).
    raw: Option<String>,
    /// Body that a script returned, as JSON.
    body: Option<Returned>,
    headers: HeaderMap,
    by_script: ByScript,
}

struct Returned {
    json: String,
    /// Whether a global script returned it.
    is_global: bool,
}

impl Reply {
    /// Creates the reply of a successful call.
    pub fn of_read(read: Read, status: u16) -> Self {
        let headers = read.vendor_headers.clone();
        Self { status, headers, read, ..Self::left_out() }
    }

    /// Creates the reply of a call that the vendor refused.
    pub fn of_failure(error: VendorError, body: ErrorBody, headers: HeaderMap) -> Self {
        let status = error.status.unwrap_or(500);
        Self { status, is_error: true, failure: Some((error, body)), headers, ..Self::left_out() }
    }

    /// Creates the reply of a call that a script left out (spec E 7.36).
    pub fn left_out() -> Self {
        Self {
            read: Read::left_out(),
            failure: None,
            status: 200,
            is_error: false,
            is_touched: false,
            message: None,
            raw: None,
            body: None,
            headers: HeaderMap::new(),
            by_script: ByScript::default(),
        }
    }

    /// Returns the body that a script sees: global ones see it before the root key, or as a script returned it (spec
    /// E 7.27, 7.69).
    pub fn body(&self, is_global: bool) -> Option<Cow<'_, str>> {
        if let Some(returned) = &self.body {
            return Some(Cow::Borrowed(&returned.json));
        }
        if let Some((_, body)) = &self.failure {
            return body.value().map(Cow::Owned);
        }
        match self.read.raw_json().filter(|_| is_global) {
            Some(json) => Some(Cow::Borrowed(json)),
            None => json_of(&self.read.content),
        }
    }

    /// Returns the body before the root key as JSON, if it is JSON.
    pub fn raw_json(&self) -> Option<Cow<'_, str>> {
        match &self.failure {
            Some((_, body)) => body.json.as_deref().map(Cow::Borrowed),
            None => self.read.raw_json().map(Cow::Borrowed),
        }
    }

    /// Returns the text of the body, or the one that a script gave.
    pub fn raw_text(&self) -> Option<Cow<'_, str>> {
        match (&self.raw, &self.failure) {
            (Some(raw), _) => Some(Cow::Borrowed(raw)),
            (None, Some((_, body))) => body.text.as_deref().map(Cow::Borrowed),
            (None, None) => self.read.raw_text().map(Cow::Owned),
        }
    }

    /// Returns the headers as a JSON object, with those that scripts added.
    pub fn headers(&self) -> String {
        object(self.headers.keys().map(|name| (name.as_str(), header_values(&self.headers, name))))
    }

    pub fn status(&self) -> u16 {
        self.status
    }

    /// Returns whether the answer is an error.
    pub fn is_error(&self) -> bool {
        self.is_error
    }

    /// Returns whether the vendor refused the call.
    pub fn is_failure_of_vendor(&self) -> bool {
        self.failure.is_some()
    }

    /// Returns whether scripts see an error (spec E 7.32).
    pub fn is_error_for_scripts(&self) -> bool {
        self.is_error || !(200..=207).contains(&self.status)
    }

    /// Returns the text of an error.
    pub fn error_text(&self) -> Option<String> {
        let of_vendor = || self.failure.as_ref().and_then(|(error, _)| error.provider_message());
        self.message.clone().or_else(|| of_vendor().filter(|_| self.is_error))
    }

    /// Returns values of response parameters that the instance stores (spec E 5.78).
    pub fn stored(&self) -> &[(String, String)] {
        &self.read.stored
    }

    /// Sets the body that a script returned (spec E 7.44).
    pub fn set_body(&mut self, json: &str, is_global: bool) {
        self.body = Some(Returned { json: json.to_owned(), is_global });
    }

    /// Sets the raw text (spec E 7.47).
    pub fn set_raw(&mut self, text: String) {
        self.raw = Some(text);
    }

    /// Sets the status (spec E 7.45). Others than 100 to 599 have no effect.
    pub fn set_status(&mut self, status: u16) {
        if (100..=599).contains(&status) {
            (self.status, self.is_error, self.is_touched) = (status, status >= 400, true);
            if !self.is_error {
                self.message = None;
            }
        }
    }

    /// Makes an error with this message (spec E 7.46).
    pub fn fail(&mut self, message: Option<String>) {
        if !self.is_touched || self.status < 400 {
            self.status = 400;
        }
        (self.is_error, self.is_touched) = (true, true);
        self.message = message.or(self.message.take());
    }

    /// Adds headers, an object of names and values (spec E 7.48).
    pub fn add_headers(&mut self, headers: &str) {
        for (name, value) in json::members(headers) {
            let Ok(name) = HeaderName::try_from(name.trim()) else { continue };
            let values: Vec<&str> = match json::kind_of(value) {
                Kind::Array => json::items(value).into_iter().map(|range| &value[range]).collect(),
                _ => vec![value],
            };
            let texts: Vec<Cow<'_, str>> = values.into_iter().filter_map(json::text_of).collect();
            if name.as_str() == NEXT_PAGE {
                // Empty and null end the list (spec E 6.25).
                self.by_script.cursor = Some(texts.last().map(|text| text.to_string()).unwrap_or_default());
            }
            self.headers.remove(&name);
            for text in texts {
                let Ok(value) = HeaderValue::from_bytes(text.trim().as_bytes()) else { continue };
                if name.as_str().starts_with("elements-") && name.as_str() != NEXT_PAGE {
                    self.by_script.headers.append(name.clone(), value.clone());
                }
                self.headers.append(name.clone(), value);
            }
        }
    }

    /// Adds fields to the metadata, or objects, for the calls of discovery (spec E 7.50).
    pub fn add_discovered(&mut self, metadata: Option<&str>, objects: Option<&str>) {
        self.by_script.metadata.extend(metadata.map(str::to_owned));
        self.by_script.objects.extend(objects.map(str::to_owned));
    }

    /// Returns the headers for the next step of a chain.
    pub fn all_headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns the answer of the vendor as it was, if it was a success.
    pub fn into_read(self) -> Option<Read> {
        Some(self.read).filter(|_| self.failure.is_none())
    }

    /// Returns the answer of the step.
    ///
    /// # Errors
    /// Returns the failure of the vendor, or the one that scripts made of the answer.
    pub fn finish(mut self, resource: &DefinedResource) -> Result<Read, VendorError> {
        if self.is_error {
            return Err(self.into_error());
        }
        let raw = || self.raw.as_deref().map(|text| Returned { json: json::quote(text), is_global: false });
        let returned = self.body.take().or_else(raw);
        let mut read = self.read;
        match (returned, &self.failure) {
            (Some(Returned { json, is_global }), _) => {
                self.by_script.records = match &read.content {
                    Content::List(records) => Some(records.len() as u64),
                    _ => None,
                };
                read.content = of_script(&json, is_global || !read.found, resource)?;
                read.found = true;
                if read.raw.is_empty() {
                    // It distinguishes pages (spec E 6.33).
                    read.raw = json.clone().into();
                }
                self.by_script.body = Some(json);
            }
            (None, Some((_, body))) => {
                read.content = match body.value() {
                    Some(json) => of_script(&json, false, resource)?,
                    None => Content::Empty,
                };
            }
            (None, None) => {}
        }
        read.by_script = Some(Box::new(self.by_script));
        Ok(read)
    }

    /// Returns the failure (spec E 7.54): status and message of a script, else those of the vendor.
    fn into_error(self) -> VendorError {
        let Self { failure, status, is_touched, message, raw, body, .. } = self;
        let in_body = || body.as_ref().and_then(|body| message_in(&body.json));
        let provider = raw.filter(|raw| !raw.trim().is_empty()).or_else(in_body);
        let of_vendor = failure.map(|(error, _)| error);
        if !is_touched {
            let error = of_vendor.unwrap_or_else(|| VendorError::new(VendorErrorKind::Script, "The call failed"));
            return match provider {
                Some(text) => VendorError { message: Some(text), code: None, ..error },
                None => error,
            };
        }
        let provider_message = provider.or_else(|| of_vendor.as_ref().and_then(VendorError::provider_message));
        let by_script = Some(Box::new(ScriptedFailure { status, message, provider_message }));
        let kind = kind_of(status);
        match of_vendor {
            Some(error) => VendorError { kind, by_script, ..error },
            None => VendorError { by_script, reached: Reached::Answered, ..VendorError::new(kind, "") },
        }
    }
}

/// Classifies a status that a script set.
fn kind_of(status: u16) -> VendorErrorKind {
    match http::StatusCode::from_u16(status).map(VendorErrorKind::of_status) {
        Ok(VendorErrorKind::CursorRejected) | Err(_) => VendorErrorKind::NotFound,
        Ok(kind) => kind,
    }
}
