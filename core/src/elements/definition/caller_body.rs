//! Bodies of callers: JSON, forms, and others (spec E 5.8).

use bytes::Bytes;
use futures::FutureExt;

use super::json::{self, Path};
use super::refused::Refused;
use super::request::{FormField, InputBody};

/// Reads a body.
///
/// # Errors
/// Refuses a form that cannot be read.
pub(super) fn read(media_type: &str, bytes: &Bytes) -> Result<InputBody, Refused> {
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match &*essence {
        "application/x-www-form-urlencoded" => {
            let field = |(name, value): (String, String)| FormField {
                name,
                content: value.into_bytes().into(),
                ..FormField::default()
            };
            Ok(InputBody::Form(url::form_urlencoded::parse(bytes).into_owned().map(field).collect()))
        }
        "multipart/form-data" => multipart(media_type, bytes.clone()).map(InputBody::Form),
        json if json == "application/json" || json.ends_with("+json") => match std::str::from_utf8(bytes) {
            Ok(text) if json::find(text, &Path::default()).is_ok() => Ok(InputBody::Json(text.to_owned())),
            // Spec E 5.8, E 5.93.
            Ok(_) => Err(Refused::new("The request body is not JSON, or nested too deeply")),
            Err(_) => Err(Refused::new("The request body is not UTF-8")),
        },
        _ => Ok(InputBody::Bytes { media_type: media_type.to_owned(), bytes: bytes.clone() }),
    }
}

/// Reads the parts of a body that is held in memory, so that nothing is waited for.
fn multipart(media_type: &str, bytes: Bytes) -> Result<Vec<FormField>, Refused> {
    let wrong = |error: multer::Error| Refused::new(format!("The multipart body cannot be read: {error}"));
    let boundary = multer::parse_boundary(media_type).map_err(wrong)?;
    let stream = futures::stream::once(async move { Ok::<_, std::convert::Infallible>(bytes) });
    let mut parts = multer::Multipart::new(stream, boundary);
    let whole = async {
        let mut fields = Vec::new();
        while let Some(part) = parts.next_field().await? {
            let name = part.name().unwrap_or_default().to_owned();
            let file_name = part.file_name().map(str::to_owned);
            let media_type = part.content_type().map(ToString::to_string);
            fields.push(FormField { name, file_name, media_type, content: part.bytes().await? });
        }
        Ok(fields)
    };
    whole.now_or_never().unwrap_or_else(|| Err(multer::Error::IncompleteStream)).map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_media_type_decides() {
        let form = read("application/x-www-form-urlencoded", &Bytes::from_static(b"a=1&b=x+y"));
        let Ok(InputBody::Form(fields)) = form else { panic!("no form") };
        let texts: Vec<_> = fields.iter().map(|field| (&*field.name, &field.content[..])).collect();
        assert_eq!(texts, [("a", &b"1"[..]), ("b", b"x y")]);
        assert!(
            matches!(read("application/vnd.x+json", &Bytes::from_static(b"7")), Ok(InputBody::Json(text)) if text == "7")
        );
        assert!(matches!(read("text/plain", &Bytes::from_static(b"7")), Ok(InputBody::Bytes { .. })));
        for wrong in [&b"\xff"[..], b"{", b"", b"[1] 2"] {
            assert!(read("application/json", &Bytes::from_static(wrong)).is_err());
        }
        let deep = format!("{}{}", "[".repeat(201), "]".repeat(201));
        assert!(read("application/vnd.x+json", &Bytes::from(deep)).is_err());
    }

    #[test]
    fn parts_are_fields_and_files() {
        let body = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x\r\nContent-Disposition: form-data; \
                    name=\"f\"; filename=\"n.txt\"\r\nContent-Type: text/plain\r\n\r\nhello\r\n--x--\r\n";
        let Ok(InputBody::Form(fields)) = read("multipart/form-data; boundary=x", &Bytes::from_static(body.as_bytes()))
        else {
            panic!("no form")
        };
        assert_eq!(fields.len(), 2);
        assert_eq!((&*fields[0].name, &fields[0].content[..], &fields[0].file_name), ("a", &b"1"[..], &None));
        assert_eq!(fields[1].file_name.as_deref(), Some("n.txt"));
        assert_eq!((fields[1].media_type.as_deref(), &fields[1].content[..]), (Some("text/plain"), &b"hello"[..]));
        assert!(read("multipart/form-data; boundary=x", &Bytes::from_static(b"--x\r\nbroken")).is_err());
        assert!(read("multipart/form-data", &Bytes::new()).is_err());
    }
}
