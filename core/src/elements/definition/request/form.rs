//! Form bodies (spec E 5.25, 5.26).

use bytes::{BufMut, Bytes, BytesMut};

use super::super::refused::Refused;
use super::{FormField, encode};
use crate::auth::random_bytes;

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
pub(super) fn multipart(parts: &[FormField]) -> Result<(String, Bytes), Refused> {
    let random: [u8; 16] = random_bytes().map_err(|error| Refused::new(error.to_string()))?;
    let boundary: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut out = BytesMut::new();
    for part in parts {
        out.put_slice(
            format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"", quoted(&part.name)).as_bytes(),
        );
        if let Some(file) = &part.file_name {
            out.put_slice(format!("; filename=\"{}\"", quoted(file)).as_bytes());
            let media_type = part.media_type.as_deref().unwrap_or("application/octet-stream");
            let media_type: String = media_type.chars().filter(|one| !one.is_control()).collect();
            out.put_slice(format!("\r\nContent-Type: {media_type}").as_bytes());
        }
        out.put_slice(b"\r\n\r\n");
        out.put_slice(&part.content);
        out.put_slice(b"\r\n");
    }
    out.put_slice(format!("--{boundary}--\r\n").as_bytes());
    Ok((boundary, out.freeze()))
}

/// Escapes a name as browsers do, so that it ends neither the quotes nor the line.
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
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
