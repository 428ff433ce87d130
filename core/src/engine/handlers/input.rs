//! Parts of a call that an element gets: path, query parameters, headers and body.

use bytes::Bytes;
use http::HeaderMap;
use http::header::{AUTHORIZATION, COOKIE, HeaderName, PROXY_AUTHORIZATION};
use serde::de::IgnoredAny;

use crate::element::{CallBody, ParameterInfo, Parameters, PathValues, Resource};
use crate::engine::call::Call;
use crate::engine::contract::COMMON_RECORD_ID;
use crate::engine::failure::Failure;

/// Headers with the caller's secrets for the platform, which no element gets (spec E 5.95).
const SECRET: [HeaderName; 3] = [AUTHORIZATION, PROXY_AUTHORIZATION, COOKIE];

/// The parts of a call that a resource reads.
pub(super) struct Input {
    pub path: PathValues,
    pub parameters: Parameters,
    pub headers: HeaderMap,
    /// A body that is no record.
    pub body: AnyBody,
}

/// A body of any media type. Empty if the call has none.
#[derive(Default)]
pub(super) struct AnyBody(Option<(String, Bytes)>);

impl Input {
    /// Reads what a resource wants, without the body.
    pub fn of(call: &Call, resource: &Resource) -> Self {
        Self {
            path: path_values(call, resource),
            parameters: parameters(call, resource),
            headers: headers(call, resource),
            body: AnyBody::default(),
        }
    }

    /// Reads what a resource wants, with the body of a read or deletion that has one.
    pub async fn with_body(call: &Call, resource: &Resource) -> Result<Self, Failure> {
        let body = if resource.reads_body { AnyBody::of(call).await? } else { AnyBody::default() };
        Ok(Self { body, ..Self::of(call, resource) })
    }
}

impl AnyBody {
    /// Reads the body of a call. One that is declared as JSON must be well-formed.
    pub async fn of(call: &Call) -> Result<Self, Failure> {
        let bytes = call.bytes().await?;
        if bytes.is_empty() {
            return Ok(Self::default());
        }
        // Bodies are JSON unless they say otherwise (spec P 1.2).
        let media_type = call.text_header("content-type")?.unwrap_or("application/json");
        if is_json(media_type) {
            let checked = serde_json::from_slice::<IgnoredAny>(&bytes);
            checked.map_err(|error| Failure::bad_request(format!("Malformed JSON: {error}")))?;
        }
        Ok(Self(Some((media_type.to_owned(), bytes))))
    }

    /// Returns the body as an element gets it.
    pub fn borrowed(&self) -> CallBody<'_> {
        match &self.0 {
            Some((media_type, bytes)) => CallBody::Bytes { media_type, bytes },
            None => CallBody::Empty,
        }
    }
}

/// Returns the values of the variables in the path of a resource. The id in the path of a common resource is that of
/// the resource, which may have another name for it.
pub(super) fn path_values(call: &Call, resource: &Resource) -> PathValues {
    let value = |(name, value): &(String, String)| {
        let name = match name.as_str() {
            COMMON_RECORD_ID => resource.template.rsplit('/').next()?.trim_matches(['{', '}']),
            name => Some(name).filter(|name| resource.template.contains(&format!("{{{name}}}")))?,
        };
        Some((name.to_owned(), value.clone()))
    };
    call.params.iter().filter_map(value).collect()
}

/// Returns the query parameters that a resource declares, or all of the call if it reads it as it is.
fn parameters(call: &Call, resource: &Resource) -> Parameters {
    if !resource.open {
        let own = |parameter: &ParameterInfo| {
            let value = call.query.get(&parameter.name)?;
            Some((parameter.name.clone(), value.to_owned()))
        };
        return resource.parameters.iter().filter_map(own).collect();
    }
    resource.parameters.iter().for_each(|parameter| call.query.note(&parameter.name));
    call.query.iter().map(|(name, value)| (name.to_owned().into(), value.to_owned())).collect()
}

/// Returns the headers that a resource declares, or all of the call but its secrets if it reads it as it is.
fn headers(call: &Call, resource: &Resource) -> HeaderMap {
    if resource.open {
        return without_secrets(&call.headers);
    }
    let names = resource.headers.iter().filter_map(|header| header.name.parse::<HeaderName>().ok());
    let values =
        names.flat_map(|name| call.headers.get_all(&name).iter().map(move |value| (name.clone(), value.clone())));
    let mut headers = HeaderMap::new();
    for (name, value) in values {
        headers.append(name, value);
    }
    headers
}

/// Returns the headers of a call but its secrets.
pub(super) fn without_secrets(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    SECRET.iter().for_each(|name| drop(headers.remove(name)));
    headers
}

/// Returns whether a media type is that of JSON.
pub(super) fn is_json(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || essence.ends_with("+json")
}
