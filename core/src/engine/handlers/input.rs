//! Parts of a call that an element gets: path, query parameters, headers and body.

use bytes::Bytes;
use http::HeaderMap;
use http::header::{AUTHORIZATION, COOKIE, HeaderName, PROXY_AUTHORIZATION};
use serde::de::IgnoredAny;

use crate::element::{CallBody, ParameterInfo, Parameters, PathValues, Resource};
use crate::engine::call::{Beginning, Call};
use crate::engine::contract::COMMON_RECORD_ID;
use crate::engine::failure::Failure;
use crate::engine::media;
use crate::engine::media::is_json;
use crate::vendor::IncomingBody;

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

/// A body of any media type.
#[derive(Default)]
pub(super) enum AnyBody {
    /// The call has no body.
    #[default]
    None,
    /// A media type and the body.
    Whole(String, Bytes),
    /// A media type and a body that is longer than what is held in memory.
    Stream(String, IncomingBody),
}

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
        let body = if resource.reads_body { AnyBody::whole(call).await? } else { AnyBody::default() };
        Ok(Self { body, ..Self::of(call, resource) })
    }
}

impl AnyBody {
    /// Reads the body of a call. One that is declared as JSON must be well-formed. One that is too long to be held in
    /// memory is left unread if the resource streams it.
    pub async fn of(call: &Call, resource: &Resource) -> Result<Self, Failure> {
        if !resource.streams_body || !media::may_be_long(&call.headers) {
            return Self::whole(call).await;
        }
        let media_type = media_type(call)?;
        match call.beginning().await? {
            Beginning::All(bytes) => Self::checked(media_type, bytes),
            Beginning::Part(body, length) => Ok(Self::Stream(media_type.to_owned(), IncomingBody::new(body, length))),
        }
    }

    /// Reads the whole body of a call.
    pub async fn whole(call: &Call) -> Result<Self, Failure> {
        let bytes = call.bytes().await?;
        Self::checked(media_type(call)?, bytes)
    }

    fn checked(media_type: &str, bytes: Bytes) -> Result<Self, Failure> {
        if bytes.is_empty() {
            return Ok(Self::None);
        }
        if is_json(media_type) {
            let checked = serde_json::from_slice::<IgnoredAny>(&bytes);
            checked.map_err(|error| Failure::bad_request(format!("Malformed JSON: {error}")))?;
        }
        Ok(Self::Whole(media_type.to_owned(), bytes))
    }

    /// Returns the body as an element gets it.
    pub fn borrowed(&self) -> CallBody<'_> {
        match self {
            Self::Whole(media_type, bytes) => CallBody::Bytes { media_type, bytes },
            Self::Stream(media_type, body) => CallBody::Stream { media_type, body },
            Self::None => CallBody::Empty,
        }
    }

    /// Returns the body if it is read as it arrives.
    pub fn stream(&self) -> Option<&IncomingBody> {
        match self {
            Self::Stream(_, body) => Some(body),
            Self::None | Self::Whole(..) => None,
        }
    }
}

/// Returns the media type of the body of a call. Bodies are JSON unless they say otherwise (spec P 1.2).
fn media_type(call: &Call) -> Result<&str, Failure> {
    Ok(call.text_header("content-type")?.unwrap_or("application/json"))
}

/// Returns the values of the variables in the path of a resource. The id in the path of a common resource is that of
/// the resource, which may have another name for it.
pub(super) fn path_values(call: &Call, resource: &Resource) -> PathValues {
    let value = |(name, value): &(String, String)| {
        let name = match name.as_str() {
            COMMON_RECORD_ID => resource.template.rsplit('/').next()?.strip_prefix('{')?.strip_suffix('}')?,
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
