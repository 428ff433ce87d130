//! Bodies of requests and answers: streams of bytes, never parsed on the way (rule: list pages alone are ever whole).

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::{FutureExt, Stream, TryStreamExt};
use http_body::Frame;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty, Full, LengthLimitError, Limited, StreamBody};

/// What went wrong while a body was read.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A body in either direction.
pub type Body = UnsyncBoxBody<Bytes, BoxError>;

/// A body of no bytes.
pub fn empty() -> Body {
    Empty::new().map_err(|never| match never {}).boxed_unsync()
}

/// A body of these bytes.
pub fn full(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}

/// A body of a stream of chunks.
pub fn stream<E: Into<BoxError> + 'static>(chunks: impl Stream<Item = Result<Bytes, E>> + Send + 'static) -> Body {
    StreamBody::new(chunks.map_ok(Frame::data).map_err(Into::into)).boxed_unsync()
}

/// Any body.
#[cfg(feature = "server")]
pub(crate) fn boxed<B>(body: B) -> Body
where
    B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    body.map_err(Into::into).boxed_unsync()
}

/// Why a body could not be collected.
pub(crate) enum CollectError {
    /// It is longer than allowed.
    TooLong,
    /// It broke off.
    Broken(BoxError),
}

/// The whole body, as long as it is no longer than `limit` bytes. Boxed, because the compiler cannot show of the bare
/// future that it is `Send` wherever it is awaited.
pub(crate) fn collect(body: Body, limit: usize) -> BoxFuture<'static, Result<Bytes, CollectError>> {
    let collected = Limited::new(body, limit).collect();
    Box::pin(collected.map(|outcome| match outcome {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(CollectError::TooLong),
        Err(error) => Err(CollectError::Broken(error)),
    }))
}
