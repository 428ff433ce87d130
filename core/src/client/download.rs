//! Download of result files. If the platform supports ranges, a download continues after a broken connection where it
//! stopped (spec P 16.6).

use async_stream::try_stream;
use bytes::Bytes;
use futures::{Stream, StreamExt};
use http::header::{ACCEPT, ACCEPT_ENCODING, IF_RANGE, RANGE};

use super::address::Address;
use super::answer::Answer;
use super::capabilities::Extension;
use super::format::Format;
use super::instance::InstanceHandle;
use super::outgoing::Outgoing;
use crate::error::{Error, ErrorKind, Result};

/// Maximum number of consecutive broken connections without a byte in between.
const PATIENCE: u32 = 3;

/// Opens the file of a job in a format, and returns its media type and its bytes.
pub(super) async fn open(
    instance: &InstanceHandle,
    path: String,
    query: Vec<(String, String)>,
    format: Format,
) -> Result<(Option<String>, impl Stream<Item = Result<Bytes>> + Send + use<>)> {
    if let Some(extension) = format.needs() {
        instance.capabilities().await?.require(extension, &format!("results as {}", format.ending()))?;
    }
    let mut call = Outgoing::get(path).at(Address::Instance).header(ACCEPT, format.accept())?.streamed();
    call.query = query;
    // A compressed response cannot be resumed, so it is requested only if the platform has no ranges. A failure to get
    // the capabilities does not matter here.
    if instance.capabilities().await.is_ok_and(|found| found.has(Extension::DownloadRange)) {
        call = call.header(ACCEPT_ENCODING, "identity")?;
    }
    let answer = instance.send(call.clone()).await?;
    let file = File { instance: instance.clone(), call, tag: answer.range_tag().map(str::to_owned) };
    let media_type = answer.header("content-type").map(str::to_owned);
    Ok((media_type, file.read(answer)))
}

struct File {
    instance: InstanceHandle,
    call: Outgoing,
    /// Entity tag of the file, if it can be read in ranges.
    tag: Option<String>,
}

impl File {
    fn read(self, answer: Answer) -> impl Stream<Item = Result<Bytes>> + Send {
        try_stream! {
            let length = answer.header("content-length").and_then(|length| length.parse().ok());
            let mut chunks = answer.into_stream();
            let (mut position, mut breaks) = (0, 0);
            while let Some(chunk) = chunks.next().await {
                match chunk {
                    Ok(chunk) => {
                        position += chunk.len() as u64;
                        breaks = 0;
                        yield chunk;
                    }
                    Err(_) if length == Some(position) => break,
                    Err(error) => {
                        breaks += 1;
                        chunks = self.reopened(error, position, breaks).await?.into_stream();
                    }
                }
            }
        }
    }

    /// Requests the rest of the file from a position.
    async fn reopened(&self, error: Error, position: u64, breaks: u32) -> Result<Answer> {
        let passes = matches!(error.kind(), ErrorKind::Transport | ErrorKind::Timeout);
        let Some(tag) = self.tag.as_deref().filter(|_| passes && breaks <= PATIENCE) else { return Err(error) };
        tracing::debug!(%error, position, "a download continues where it was interrupted");
        let call = self.call.clone().header(RANGE, &format!("bytes={position}-"))?.header(IF_RANGE, tag)?;
        let answer = self.instance.send(call).await?;
        let start = format!("bytes {position}-");
        if answer.status() == 206 && answer.header("content-range").is_some_and(|range| range.starts_with(&start)) {
            return Ok(answer);
        }
        let changed = Error::new(ErrorKind::Transport, "the result changed while it was read");
        Err(changed.with_hint("Download it again."))
    }
}
