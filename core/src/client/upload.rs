//! Bodies that are sent as they are read: files, forms with files, and streams.

use std::fmt;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use async_stream::try_stream;
use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{Stream, StreamExt};
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt;
use tokio_util::io::ReaderStream;

use crate::body::{self, Body, BoxError};
use crate::error::{Error, ErrorKind, Result};
use crate::multipart;

/// Number of bytes that are read from a file at once.
const STEP: usize = 64 << 10;

/// A body that is read when it is sent.
#[derive(Clone)]
pub(super) struct Upload {
    make: Arc<dyn Fn() -> BoxStream<'static, std::result::Result<Bytes, BoxError>> + Send + Sync>,
    length: Option<u64>,
    /// Whether the body can be sent again.
    pub again: bool,
}

/// A form with fields and files, in the order in which they are added (`multipart/form-data`).
///
/// Put fields before files: platforms and vendors commonly need them first.
///
/// ```no_run
/// # async fn upload(instance: elementkit::InstanceHandle) -> elementkit::Result<()> {
/// use elementkit::Form;
/// use http::Method;
///
/// let form = Form::new().field("folder", "/reports").file("file", "report.pdf", "application/pdf")?;
/// instance.call(Method::POST, "files").form(form).send().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Form(Vec<Part>);

#[derive(Clone, Debug)]
struct Part {
    name: String,
    content: PartContent,
}

#[derive(Clone, Debug)]
enum PartContent {
    Text(Bytes),
    File { path: PathBuf, name: String, media_type: String, length: u64 },
    Body(Upload),
}

impl Form {
    /// Creates a form without parts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a field.
    #[must_use]
    pub fn field(mut self, name: &str, value: impl Into<String>) -> Self {
        self.0.push(Part { name: name.to_owned(), content: PartContent::Text(value.into().into()) });
        self
    }

    /// Adds a file, which is read when the form is sent.
    ///
    /// # Errors
    /// `storage` if the file cannot be read.
    pub fn file(mut self, name: &str, path: impl AsRef<Path>, media_type: &str) -> Result<Self> {
        let path = path.as_ref().to_owned();
        let length = length_of(&path)?;
        let file_name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let content = PartContent::File { path, name: file_name, media_type: media_type.to_owned(), length };
        self.0.push(Part { name: name.to_owned(), content });
        Ok(self)
    }

    /// Adds a field whose value is read when the form is sent.
    #[must_use]
    pub(super) fn body(mut self, name: &str, body: Upload) -> Self {
        self.0.push(Part { name: name.to_owned(), content: PartContent::Body(body) });
        self
    }

    /// Returns the media type with its boundary, and the body.
    pub(super) fn upload(self) -> Result<(String, Upload)> {
        let boundary = multipart::boundary()?;
        let closing = multipart::closing(&boundary);
        let parts: Vec<(String, Part)> = self.0.into_iter().map(|part| (part.head(&boundary), part)).collect();
        let length = |(head, part): &(String, Part)| Some(head.len() as u64 + part.length()? + 2);
        let length = parts.iter().map(length).sum::<Option<u64>>().map(|length| length + closing.len() as u64);
        let again = parts.iter().all(|(_, part)| part.is_repeatable());
        let make = move || {
            let (parts, closing) = (parts.clone(), closing.clone());
            let chunks = try_stream! {
                for (head, part) in parts {
                    yield Bytes::from(head);
                    match part.content {
                        PartContent::Text(text) => yield text,
                        PartContent::File { path, length, .. } => {
                            let mut chunks = read(path, length);
                            while let Some(chunk) = chunks.next().await {
                                yield chunk?;
                            }
                        }
                        PartContent::Body(body) => {
                            let mut chunks = (body.make)();
                            while let Some(chunk) = chunks.next().await {
                                yield chunk?;
                            }
                        }
                    }
                    yield Bytes::from_static(b"\r\n");
                }
                yield Bytes::from(closing);
            };
            chunks.boxed()
        };
        let media_type = format!("multipart/form-data; boundary={boundary}");
        Ok((media_type, Upload { make: Arc::new(make), length, again }))
    }
}

impl Part {
    fn head(&self, boundary: &str) -> String {
        match &self.content {
            PartContent::Text(_) | PartContent::Body(_) => multipart::head(boundary, &self.name, None, None),
            PartContent::File { name, media_type, .. } => {
                multipart::head(boundary, &self.name, Some(name), Some(media_type))
            }
        }
    }

    /// Returns the number of its bytes, if it is known.
    fn length(&self) -> Option<u64> {
        match &self.content {
            PartContent::Text(text) => Some(text.len() as u64),
            PartContent::File { length, .. } => Some(*length),
            PartContent::Body(body) => body.length,
        }
    }

    fn is_repeatable(&self) -> bool {
        match &self.content {
            PartContent::Text(_) | PartContent::File { .. } => true,
            PartContent::Body(body) => body.again,
        }
    }
}

impl Upload {
    /// Returns bytes as a body.
    pub fn bytes(bytes: Bytes) -> Self {
        let length = Some(bytes.len() as u64);
        let make = move || futures::stream::iter([Ok(bytes.clone())]).boxed();
        Self { make: Arc::new(make), length, again: true }
    }

    /// Returns a file as a body.
    ///
    /// # Errors
    /// `storage` if the file cannot be read.
    pub fn file(path: &Path) -> Result<Self> {
        let (path, length) = (path.to_owned(), length_of(path)?);
        Ok(Self { make: Arc::new(move || read(path.clone(), length)), length: Some(length), again: true })
    }

    /// Returns a stream as a body, which can be sent once.
    pub fn stream<E: Into<BoxError> + 'static>(
        chunks: impl Stream<Item = std::result::Result<Bytes, E>> + Send + 'static,
        length: Option<u64>,
    ) -> Self {
        let slot = Mutex::new(Some(chunks.map(|chunk| chunk.map_err(Into::into)).boxed()));
        let sent = || {
            let error = Error::new(ErrorKind::Config, "the stream was sent already");
            futures::stream::iter([Err(BoxError::from(error))]).boxed()
        };
        let make = move || slot.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_else(sent);
        Self { make: Arc::new(make), length, again: false }
    }

    /// Returns the body for an attempt.
    pub fn body(&self) -> Body {
        let body = body::stream((self.make)());
        match self.length {
            Some(length) => Measured { body, left: length }.boxed_unsync(),
            None => body,
        }
    }
}

/// Reads a file of this length. Fails if it has another one by now: the length was announced.
fn read(path: PathBuf, length: u64) -> BoxStream<'static, std::result::Result<Bytes, BoxError>> {
    let chunks = try_stream! {
        let file = tokio::fs::File::open(&path).await.map_err(|error| unreadable(&path, &error))?;
        let mut chunks = ReaderStream::with_capacity(file, STEP);
        let mut left = length;
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|error| unreadable(&path, &error))?;
            left = left.checked_sub(chunk.len() as u64).ok_or_else(|| changed(&path))?;
            yield chunk;
        }
        if left > 0 {
            Err(changed(&path))?;
        }
    };
    chunks.boxed()
}

fn length_of(path: &Path) -> Result<u64> {
    let metadata = std::fs::metadata(path).and_then(|metadata| match metadata.is_dir() {
        true => Err(std::io::ErrorKind::IsADirectory.into()),
        false => std::fs::File::open(path).map(|_| metadata),
    });
    metadata.map(|metadata| metadata.len()).map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error::new(ErrorKind::Storage, format!("{} cannot be read: {error}", path.display()))
}

fn changed(path: &Path) -> Error {
    Error::new(ErrorKind::Storage, format!("{} changed while it was sent", path.display()))
}

/// A body of a known length.
struct Measured {
    body: Body,
    left: u64,
}

impl http_body::Body for Measured {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<std::result::Result<Frame<Bytes>, BoxError>>> {
        let frame = std::task::ready!(Pin::new(&mut self.body).poll_frame(cx));
        if let Some(Ok(data)) = frame.as_ref().map(|frame| frame.as_ref().map(Frame::data_ref)) {
            self.left = self.left.saturating_sub(data.map_or(0, |data| data.len() as u64));
        }
        Poll::Ready(frame)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload").field("length", &self.length).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn sent(upload: &Upload) -> std::result::Result<String, String> {
        let body = upload.body();
        let length = http_body::Body::size_hint(&body).exact();
        let bytes = body.collect().await.map_err(|error| error.to_string())?.to_bytes();
        assert!(length.is_none_or(|length| length == bytes.len() as u64), "{length:?}");
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    #[tokio::test]
    async fn forms_can_be_sent_again_and_streams_cannot() -> std::result::Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("ü \"x\".txt");
        std::fs::write(&path, "content")?;
        let form = Form::new().field("a\r\n", "1").file("file", &path, "text/plain")?;
        let (media_type, upload) = form.upload()?;
        let boundary = media_type.strip_prefix("multipart/form-data; boundary=").ok_or("a boundary")?;
        let expected = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"a%0D%0A\"\r\n\r\n1\r\n--{boundary}\r\n\
             Content-Disposition: form-data; name=\"file\"; filename=\"ü %22x%22.txt\"\r\nContent-Type: text/plain\r\n\r\n\
             content\r\n--{boundary}--\r\n"
        );
        for _ in 0..2 {
            assert_eq!(sent(&upload).await, Ok(expected.clone()));
        }
        let file = Upload::file(&path)?;
        assert_eq!(sent(&file).await.as_deref(), Ok("content"));
        for changed in ["longer content", "short"] {
            std::fs::write(&path, changed)?;
            assert!(sent(&file).await.is_err_and(|error| error.contains("changed while it was sent")), "{changed}");
        }
        std::fs::remove_file(&path)?;
        assert!(sent(&upload).await.is_err_and(|error| error.contains("cannot be read")));
        assert_eq!(Upload::file(&path).err().map(|error| error.kind()), Some(ErrorKind::Storage));
        assert_eq!(Upload::file(folder.path()).err().map(|error| error.kind()), Some(ErrorKind::Storage));
        let stream = || futures::stream::iter([Ok::<_, BoxError>(Bytes::from_static(b"x"))]);
        for (part, length, again) in
            [(Upload::bytes("x".into()), Some(()), true), (Upload::stream(stream(), None), None, false)]
        {
            let (media_type, upload) = Form::new().field("a", "1").body("file", part).upload()?;
            let boundary = media_type.strip_prefix("multipart/form-data; boundary=").ok_or("a boundary")?;
            assert_eq!((upload.length.map(|_| ()), upload.again), (length, again));
            let text = sent(&upload).await?;
            let end = format!("name=\"file\"\r\n\r\nx\r\n--{boundary}--\r\n");
            assert!(text.ends_with(&end), "{text}");
            assert_eq!(sent(&upload).await.is_ok(), again);
        }
        let stream = Upload::stream(stream(), None);
        assert_eq!(sent(&stream).await.as_deref(), Ok("x"));
        assert!(sent(&stream).await.is_err_and(|error| error.contains("sent already")));
        Ok(())
    }
}
