//! Writing of `multipart/form-data` (RFC 7578).

use crate::auth::random_bytes;
use crate::error::Result;

/// Returns a boundary that no content has.
pub(crate) fn boundary() -> Result<String> {
    let random: [u8; 16] = random_bytes()?;
    Ok(crate::auth::hex(&random))
}

/// Returns the head of a part. Files have a name and a media type.
pub(crate) fn head(boundary: &str, name: &str, file_name: Option<&str>, media_type: Option<&str>) -> String {
    let mut head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"", quoted(name));
    if let Some(file_name) = file_name {
        let media_type = media_type.unwrap_or("application/octet-stream");
        let media_type: String = media_type.chars().filter(|one| !one.is_control()).collect();
        head.push_str(&format!("; filename=\"{}\"\r\nContent-Type: {media_type}", quoted(file_name)));
    }
    head.push_str("\r\n\r\n");
    head
}

/// Returns the end of a body.
pub(crate) fn closing(boundary: &str) -> String {
    format!("--{boundary}--\r\n")
}

/// Escapes a name as browsers do, so that it ends neither the quotes nor the line.
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_within_their_line() {
        let head = head("b", "a\"\r\nX-Evil: 1", Some("ü\"; filename=\"x\r\n\r\n--b--"), Some("text/plain\r\nX: 1"));
        let expected = "--b\r\nContent-Disposition: form-data; name=\"a%22%0D%0AX-Evil: 1\"; \
                        filename=\"ü%22; filename=%22x%0D%0A%0D%0A--b--\"\r\nContent-Type: text/plainX: 1\r\n\r\n";
        assert_eq!(head, expected);
    }
}
