//! Response parameters and headers (spec E 5.77, 5.78, 5.84).

use bytes::Bytes;
use http::header::{CONTENT_DISPOSITION, RETRY_AFTER};
use http::{HeaderName, HeaderValue};

use super::super::document::{DefinedResource, Definition, Parameter, Source, Target};
use super::super::json::{self, Kind, Path};
use super::{Content, Read};
use crate::vendor::{VendorError, VendorErrorKind};

/// Largest value that the instance stores of an answer, in bytes. It is that of scripts (spec E 7.55).
const LARGEST_STORED: usize = 64 << 10;

/// Applies the response parameters of the element, then those of the resource.
///
/// # Errors
/// Returns an error if a value is too long to be stored.
pub(super) fn apply(definition: &Definition, resource: &DefinedResource, read: &mut Read) -> Result<(), VendorError> {
    for name in [CONTENT_DISPOSITION, RETRY_AFTER] {
        if let Some(value) = read.vendor_headers.get(&name) {
            read.headers.insert(name, value.clone());
        }
    }
    for parameter in definition.parameters.iter().chain(&resource.parameters).filter(|parameter| parameter.response) {
        let Some(json) = value(parameter, read) else { continue };
        match parameter.from {
            Source::Configuration => {
                if let Some(text) = json::text_of(&json) {
                    if text.len() > LARGEST_STORED {
                        return Err(too_long(&parameter.name));
                    }
                    read.stored.push((parameter.name.clone(), text.into_owned()));
                }
            }
            Source::Header => {
                let name = HeaderName::try_from(parameter.name.trim());
                let value = json::text_of(&json).map(|text| HeaderValue::from_bytes(text.trim().as_bytes()));
                if let (Ok(name), Some(Ok(value))) = (name, value) {
                    read.headers.insert(name, value);
                }
            }
            Source::Body | Source::BodyField => add_member(read, &parameter.name, &json),
            _ => {}
        }
    }
    Ok(())
}

fn too_long(key: &str) -> VendorError {
    let message = format!("The vendor's value for the configuration {key} is longer than 64 KiB");
    VendorError::new(VendorErrorKind::MalformedResponse, message)
}

/// Returns the JSON of the value at the vendor's side: in the raw body, else in the body after the root key.
fn value(parameter: &Parameter, read: &Read) -> Option<String> {
    match parameter.to? {
        Target::Header => {
            let value = read.vendor_headers.get(parameter.vendor_name.trim())?;
            Some(json::quote(&String::from_utf8_lossy(value.as_bytes())))
        }
        Target::Body | Target::BodyField | Target::BodyToken => {
            let path = Path::of(&parameter.vendor_name);
            let inner = || match &read.content {
                Content::One(text) => json::find_all(std::str::from_utf8(text).ok()?, &path),
                _ => None,
            };
            read.raw_value(&path).or_else(inner).map(str::to_owned)
        }
        _ => None,
    }
}

/// Sets a member of an answer that is an object.
fn add_member(read: &mut Read, name: &str, json: &str) {
    let Content::One(bytes) = &mut read.content else { return };
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if json::kind_of(text) != Kind::Object {
        return;
    }
    let kept: Vec<_> = json::members(text).into_iter().filter(|(known, _)| known != name).collect();
    let mut out = String::with_capacity(text.len() + name.len() + json.len() + 8);
    out.push('{');
    for (name, value) in kept {
        out.push_str(&json::quote(&name));
        out.push(':');
        out.push_str(value);
        out.push(',');
    }
    out.push_str(&json::quote(name));
    out.push(':');
    out.push_str(json);
    out.push('}');
    *bytes = Bytes::from(out);
}
