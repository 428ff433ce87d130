//! Form bodies (spec E 5.25, 5.26).

use bytes::{BufMut, Bytes, BytesMut};

use super::super::refused::Refused;
use super::{FormField, encode};
use crate::multipart;

/// Returns fields as `application/x-www-form-urlencoded`.
pub(in super::super) fn urlencoded(fields: &[(String, String)]) -> String {
    let mut out = String::new();
    for (name, value) in fields {
        if !out.is_empty() {
            out.push('&');
        }
        encode::query(&mut out, name);
        out.push('=');
        encode::query(&mut out, value);
    }
    out
}

/// Returns a boundary, and the parts as `multipart/form-data` with it.
pub(super) fn whole(parts: &[FormField]) -> Result<(String, Bytes), Refused> {
    let boundary = boundary()?;
    let mut out = written(&boundary, parts);
    out.put_slice(multipart::closing(&boundary).as_bytes());
    Ok((boundary, out.freeze()))
}

/// Returns a boundary.
pub(super) fn boundary() -> Result<String, Refused> {
    multipart::boundary().map_err(|error| Refused::new(error.to_string()))
}

/// Returns parts without the end of the body.
pub(super) fn written(boundary: &str, parts: &[FormField]) -> BytesMut {
    let mut out = BytesMut::new();
    for part in parts {
        out.put_slice(part.head(boundary).as_bytes());
        out.put_slice(&part.content);
        out.put_slice(b"\r\n");
    }
    out
}

impl FormField {
    /// Returns the head of the field as a part.
    pub(super) fn head(&self, boundary: &str) -> String {
        multipart::head(boundary, &self.name, self.file_name.as_deref(), self.media_type.as_deref())
    }
}

/// Returns the boundary of a body that is a multipart one already.
pub(super) fn boundary_of(body: &[u8]) -> Option<&str> {
    let rest = body.strip_prefix(b"--")?;
    let end = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n'))?;
    let boundary = std::str::from_utf8(&rest[..end]).ok()?.trim_end();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"'()+_,-./:=?".contains(&byte);
    let is_boundary = !boundary.is_empty() && boundary.len() <= 70 && boundary.bytes().all(is_plain);
    is_boundary.then_some(boundary)
}
