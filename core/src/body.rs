//! Bodies of requests and responses: streams of bytes that are not parsed in transit (only list pages are buffered).

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::{FutureExt, Stream, TryStreamExt};
use http_body::Frame;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty, Full, LengthLimitError, Limited, StreamBody};

/// Error of reading a body.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Body of a request or response.
pub type Body = UnsyncBoxBody<Bytes, BoxError>;

/// Returns an empty body.
pub fn empty() -> Body {
    Empty::new().map_err(|never| match never {}).boxed_unsync()
}

/// Returns a body of the given bytes.
pub fn full(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}

/// Returns a body that streams chunks.
pub fn stream<E: Into<BoxError> + 'static>(chunks: impl Stream<Item = Result<Bytes, E>> + Send + 'static) -> Body {
    StreamBody::new(chunks.map_ok(Frame::data).map_err(Into::into)).boxed_unsync()
}

/// Boxes any body.
#[cfg(feature = "server")]
pub(crate) fn boxed<B>(body: B) -> Body
where
    B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    body.map_err(Into::into).boxed_unsync()
}

/// Failure to collect a body.
pub(crate) enum CollectError {
    /// The body is longer than allowed.
    TooLong,
    /// The body ended early.
    Broken(BoxError),
}

/// Collects a body of at most `limit` bytes. Boxed, because the compiler cannot prove that the bare future is `Send`
/// wherever it is awaited.
pub(crate) fn collect(body: Body, limit: usize) -> BoxFuture<'static, Result<Bytes, CollectError>> {
    let collected = Limited::new(body, limit).collect();
    Box::pin(collected.map(|outcome| match outcome {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(CollectError::TooLong),
        Err(error) => Err(CollectError::Broken(error)),
    }))
}
