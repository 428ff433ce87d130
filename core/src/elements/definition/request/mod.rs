//! The vendor request that a call of a resource becomes (spec E 5.3 to 5.7).
//!
//! Everything here is a pure function of the definition, the configuration and what the caller sent. The same code
//! serves calls, pages of lists and system resources, which have no caller.

mod address;
mod body;
mod draft;
pub mod encode;
mod form;
mod given;
mod headers;
mod node;
mod open;
mod required;
mod shown;
#[cfg(test)]
mod tests;
mod upload;

use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use url::Url;

use super::caller_body::LongFile;
use super::document::DefinedResource;
use super::refused::Refused;
use super::settings::Settings;
use crate::element::PathValues;
use crate::query::Expr;
use crate::vendor::{IncomingBody, VendorRequest};
use draft::Draft;

pub use address::login_address;
pub(super) use form::urlencoded;
pub use open::{Open, ShownAddress};
pub use required::check_required;
pub use shown::{derived_secrets, is_secret, secrets, shown, shown_as_sent};

/// Everything that a request is made from besides its resource.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// Definition and configuration.
    pub settings: Settings<'a>,
    /// Values of the variables in the caller's path.
    pub path: &'a PathValues,
    /// The caller's query, decoded, with all values of names that occur several times (spec E 5.7).
    pub query: &'a [(String, String)],
    /// The caller's headers.
    pub headers: &'a HeaderMap,
    /// The caller's body.
    pub body: &'a InputBody,
    /// Condition of the caller, in the vendor's names.
    pub condition: Option<&'a Expr>,
    /// Page to ask for. `None` if the call reads no list: then `page`, `pageSize` and `nextPage` are ordinary
    /// parameters of the caller.
    pub page: Option<&'a PageValues>,
    /// Answer of the step before in a chain, as JSON (spec E 5.17).
    pub previous: Option<&'a str>,
}

/// Body of the caller (spec E 5.8).
#[derive(Clone, Debug, Default)]
pub enum InputBody {
    /// No body.
    #[default]
    Empty,
    /// JSON, which was checked.
    Json(String),
    /// Fields and files of a form of either kind.
    Form(Vec<FormField>),
    /// Any other body.
    Bytes {
        /// Media type with its parameters.
        media_type: String,
        /// Content.
        bytes: Bytes,
    },
    /// Any other body, which is read as it arrives. Scripts see `null` (spec E 7.26).
    Stream {
        /// Media type with its parameters.
        media_type: String,
        /// Content.
        body: IncomingBody,
    },
}

/// Field or file of a form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FormField {
    /// Name of the field.
    pub name: String,
    /// Name of the file; `None` for a field.
    pub file_name: Option<String>,
    /// Media type of the file.
    pub media_type: Option<String>,
    /// Content, or its beginning.
    pub content: Bytes,
    /// The rest of a long file, which is read as it arrives. Only the last field can have one: what follows it in the
    /// caller's body is unknown yet.
    pub rest: Option<Arc<LongFile>>,
}

/// Values that a request for a page carries (spec E 6.10). A value that is absent is not sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageValues {
    /// Number of the page, from 1, as callers count (spec E 7.11).
    pub number: u64,
    /// Value of the parameter `page`: the number or the offset.
    pub page: Option<u64>,
    /// Value of the parameter `pageSize`.
    pub size: Option<u64>,
    /// The vendor's cursor.
    pub cursor: Option<String>,
    /// Whether the cursor goes out as `page`.
    pub cursor_as_page: bool,
    /// Address that the vendor gave for the page, called as it stands (spec E 6.22).
    pub address: Option<Url>,
}

/// A vendor request with what belongs to it.
#[derive(Clone)]
pub struct Built {
    /// The request, without the authentication of the element.
    pub request: VendorRequest,
    /// Values that the instance stores when the call succeeds (spec E 5.27).
    pub remember: Vec<(String, String)>,
    /// Whether a parameter set `Authorization`, or sent the token elsewhere, so that the element sets none (spec E
    /// 4.16, 4.38).
    pub authorized: bool,
}

impl<'a> Input<'a> {
    /// Creates the input of a system resource, which has no caller (spec E 4.8).
    pub fn empty(settings: Settings<'a>) -> Self {
        static NO_PATH: LazyLock<PathValues> = LazyLock::new(PathValues::default);
        static NO_HEADERS: LazyLock<HeaderMap> = LazyLock::new(HeaderMap::new);
        static NO_BODY: InputBody = InputBody::Empty;
        Self {
            settings,
            path: &NO_PATH,
            query: &[],
            headers: &NO_HEADERS,
            body: &NO_BODY,
            condition: None,
            page: None,
            previous: None,
        }
    }
}

/// Builds the vendor request of a resource around which no scripts run (spec E 5.1, steps 5, 6 and 8).
///
/// # Errors
/// Refuses a call without a required parameter, and one of which no request can be made.
pub fn build(resource: &DefinedResource, input: &Input<'_>) -> Result<Built, Refused> {
    check_required(resource, input)?;
    let draft = Draft::of(resource, input)?;
    let body = body::of(&draft, resource)?;
    let headers = headers::of(&draft, &body)?;
    let url = match input.page.and_then(|page| page.address.as_ref()) {
        Some(address) => address.clone(),
        None => address::of(&draft.query, resource, input)?,
    };
    let (bytes, upload) = body.sent_with(&headers)?;
    let authorized = draft.sent_token || headers.contains_key(AUTHORIZATION);
    let request = VendorRequest {
        method: resource.vendor_method.clone(),
        url,
        headers,
        body: bytes,
        upload,
        operation: resource.path.clone().into(),
        shown: None,
    };
    Ok(Built { request, remember: draft.remember, authorized })
}
