//! Bodies of callers: JSON, forms, and others (spec E 5.8).

use std::fmt;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use futures::{FutureExt, Stream};
use http::HeaderMap;
use http::header::CONTENT_DISPOSITION;
use http_body::Body as _;
use http_body_util::BodyExt;

use super::json::{self, Path};
use super::refused::Refused;
use super::request::{FormField, InputBody};
use crate::body::{Body, BoxError};
use crate::vendor::{IncomingBody, VendorError};

/// Number of bytes of a form that are held in memory: of its fields, and of the files before the first long one.
const ROOM: usize = 1 << 20;
/// Maximum number of parts before a long file.
const MAX_PARTS: usize = 1000;
/// Number of bytes that the parser of forms gets at once.
const STEP: usize = 64 << 10;
/// Maximum length of the head of a part and of what precedes the first one, in bytes.
const LONGEST_HEAD: usize = 256 << 10;

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
            let head = head_of(&part);
            fields.push(FormField { content: part.bytes().await?, ..head });
        }
        Ok(fields)
    };
    whole.now_or_never().unwrap_or_else(|| Err(multer::Error::IncompleteStream)).map_err(wrong)
}

/// Reads the beginning of a body that is read as it arrives: of a form, all that comes before a long file.
///
/// # Errors
/// Refuses a form that cannot be read.
pub(super) async fn open(media_type: &str, incoming: &IncomingBody) -> Result<InputBody, VendorError> {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("multipart/form-data") {
        return Ok(InputBody::Stream { media_type: media_type.to_owned(), body: incoming.clone() });
    }
    let boundary = multer::parse_boundary(media_type).map_err(unreadable)?;
    let body = incoming.take().ok_or_else(|| Refused::new("The form was read before"))?;
    let held = Held::default();
    let parts = multer::Multipart::new(Steps { body, left: Bytes::new(), paused: false, held: held.clone() }, boundary);
    let mut reading = Reading { parts: Some(parts), field: None, body: None, held };
    let (mut fields, mut room) = (Vec::new(), ROOM);
    while let Some(mut field) = reading.next_part().await? {
        if fields.len() == MAX_PARTS {
            return Err(Refused::new(format!("The form has more than {MAX_PARTS} parts")).into());
        }
        let mut content = BytesMut::new();
        let mut is_long = false;
        while let Some(chunk) = reading.chunk().await? {
            content.extend_from_slice(&chunk);
            is_long = chunk.len() > room;
            room = room.saturating_sub(chunk.len());
            if is_long {
                break;
            }
        }
        field.content = content.freeze();
        if !is_long {
            fields.push(field);
            continue;
        }
        if field.file_name.is_none() {
            return Err(Refused::new(format!("The field {} is too long", field.name)).into());
        }
        field.rest = Some(Arc::new(LongFile { incoming: incoming.clone(), reading: Mutex::new(Some(reading)) }));
        fields.push(field);
        break;
    }
    Ok(InputBody::Form(fields))
}

/// The rest of a file that is read as it arrives.
pub struct LongFile {
    incoming: IncomingBody,
    reading: Mutex<Option<Reading>>,
}

/// A form, or another body, that is read as it arrives.
pub struct Reading {
    parts: Option<multer::Multipart<'static>>,
    /// The part that is read.
    field: Option<multer::Field<'static>>,
    /// A body that is no form.
    body: Option<Body>,
    held: Held,
}

impl LongFile {
    /// Returns a whole body as a file.
    pub fn of_body(body: &IncomingBody) -> Self {
        Self { incoming: body.clone(), reading: Mutex::new(None) }
    }

    /// Returns the body of the caller.
    pub fn incoming(&self) -> &IncomingBody {
        &self.incoming
    }

    /// Takes the content out. `None` if it was taken before.
    pub fn take(&self) -> Option<Reading> {
        let reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner).take();
        let whole = || {
            let body = Some(self.incoming.take()?);
            Some(Reading { parts: None, field: None, body, held: Held::default() })
        };
        reading.or_else(whole)
    }
}

impl Reading {
    /// Returns the next bytes of the part that is read. `None` after its end.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, VendorError> {
        if let Some(body) = &mut self.body {
            let frame = body.frame().await.transpose().map_err(|_| cut_off())?;
            return Ok(frame.map(|frame| frame.into_data().unwrap_or_default()));
        }
        let Some(field) = &mut self.field else { return Ok(None) };
        let chunk = field.chunk().await.map_err(unreadable)?;
        self.held.release();
        Ok(chunk)
    }

    /// Goes on to the next part. Returns its head, or `None` after the last one.
    pub async fn next_part(&mut self) -> Result<Option<FormField>, VendorError> {
        // The parser needs the end of the part before.
        while self.chunk().await?.is_some() {}
        (self.field, self.body) = (None, None);
        let Some(parts) = &mut self.parts else { return Ok(None) };
        let field = parts.next_field().await.map_err(unreadable)?;
        self.held.release();
        let head = field.as_ref().map(head_of);
        self.field = field;
        Ok(head)
    }
}

/// Number of bytes that a parser was given and has not returned.
#[derive(Clone, Default)]
struct Held(Arc<AtomicUsize>);

impl Held {
    fn release(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

/// A body in small steps with a pause after each, since the parser takes all that there is into its memory.
struct Steps {
    body: Body,
    left: Bytes,
    paused: bool,
    held: Held,
}

impl Stream for Steps {
    type Item = Result<Bytes, BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if std::mem::take(&mut self.paused) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        while self.left.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                None => return Poll::Ready(None),
                Some(frame) => self.left = frame?.into_data().unwrap_or_default(),
            }
        }
        let length = self.left.len().min(STEP);
        let step = self.left.split_to(length);
        if self.held.0.fetch_add(length, Ordering::Relaxed) > LONGEST_HEAD {
            return Poll::Ready(Some(Err(Refused::new("The head of a part is too long").into())));
        }
        self.paused = true;
        Poll::Ready(Some(Ok(step)))
    }
}

/// Returns the head of a part.
fn head_of(field: &multer::Field<'_>) -> FormField {
    FormField {
        name: field.name().unwrap_or_default().to_owned(),
        file_name: field.file_name().map(str::to_owned).or_else(|| extended_name(field.headers())),
        media_type: field.content_type().map(ToString::to_string),
        ..FormField::default()
    }
}

/// Returns the name of a file in the form of RFC 5987, which some clients send although RFC 7578 forbids it.
fn extended_name(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(CONTENT_DISPOSITION)?.to_str().ok()?;
    let parameter = value.split(';').find_map(|part| part.trim().strip_prefix("filename*="))?;
    let (charset, rest) = parameter.split_once('\'')?;
    let (_, encoded) = rest.split_once('\'')?;
    let name = percent_encoding::percent_decode_str(encoded).decode_utf8().ok()?;
    charset.eq_ignore_ascii_case("utf-8").then(|| name.into_owned())
}

fn unreadable(error: multer::Error) -> VendorError {
    match error {
        multer::Error::StreamReadFailed(inner) => match inner.downcast::<Refused>() {
            Ok(refused) => (*refused).into(),
            Err(_) => cut_off(),
        },
        error => Refused::new(format!("The multipart body cannot be read: {error}")).into(),
    }
}

fn cut_off() -> VendorError {
    Refused::new("The request body could not be read").into()
}

/// Two are equal if they are the same.
impl PartialEq for LongFile {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for LongFile {}

impl fmt::Debug for LongFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LongFile").finish_non_exhaustive()
    }
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

    /// Returns a body whose parts arrive one by one.
    fn arriving(parts: &[&str]) -> IncomingBody {
        let parts: Vec<_> = parts.iter().map(|part| Ok::<_, BoxError>(Bytes::from((*part).to_owned()))).collect();
        IncomingBody::new(crate::body::stream(futures::stream::iter(parts)), None)
    }

    const HEAD: &str = "--x\r\nContent-Disposition: form-data; name=\"f\"; filename*=UTF-8''%C3%BC%22.txt\r\n\r\n";

    #[tokio::test]
    async fn a_form_is_held_up_to_its_first_long_file() -> Result<(), Box<dyn std::error::Error>> {
        let long = "y".repeat(3 << 20);
        let small = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n";
        let incoming = arriving(&["preamble\r\n", small, HEAD, &long, "\r\n", small, "--x--\r\n"]);
        let InputBody::Form(fields) = open("multipart/form-data; boundary=x", &incoming).await? else {
            return Err("no form".into());
        };
        let heads: Vec<_> = fields.iter().map(|field| (&*field.name, field.file_name.as_deref())).collect();
        assert_eq!(heads, [("a", None), ("f", Some("ü\".txt"))]);
        let [small, file] = &fields[..] else { return Err("two fields".into()) };
        assert!(small.rest.is_none() && file.content.len() <= ROOM + STEP, "{}", file.content.len());
        let rest = file.rest.as_ref().ok_or("a rest")?;
        let mut reading = rest.take().ok_or("the content")?;
        assert!(rest.take().is_none(), "it is read once");
        let mut length = file.content.len();
        while let Some(chunk) = reading.chunk().await? {
            assert!(chunk.len() <= 2 * STEP, "{} bytes at once", chunk.len());
            length += chunk.len();
        }
        assert_eq!(length, long.len());
        assert_eq!(reading.next_part().await?.map(|part| part.name).as_deref(), Some("a"));
        assert_eq!(reading.next_part().await?, None);
        Ok(())
    }

    #[tokio::test]
    async fn what_a_parser_holds_is_bounded() {
        let (long, many) = ("y".repeat(3 << 20), HEAD.replace("name=\"f\"", "name=\"\"") + "\r\n");
        let many = many.repeat(MAX_PARTS + 1);
        for (parts, expected) in [
            (&[&*long][..], "The head of a part is too long"),
            (&["--x\r\nX: ", &long], "The head of a part is too long"),
            (&["--x\r\nContent-Disposition: form-data; name=\"t\"\r\n\r\n", &long], "The field t is too long"),
            (&[&many], "The form has more than 1000 parts"),
            (&[HEAD, "y"], "The multipart body cannot be read: "),
        ] {
            let error = open("multipart/form-data; boundary=x", &arriving(parts)).await.err();
            let message = error.and_then(|error| error.message).unwrap_or_default();
            assert!(message.starts_with(expected), "{message}");
        }
    }
}
