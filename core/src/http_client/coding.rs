//! Content coding of responses (RFC 9110 8.4.1): gzip with any number of members, by each of its names.

use std::io;

use async_compression::tokio::bufread::GzipDecoder;
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use tokio::io::AsyncBufReadExt;
use tokio_util::io::{ReaderStream, StreamReader};

use crate::body::{self, Body};

/// Value of `Accept-Encoding` in requests.
pub(crate) const ACCEPTED: &str = "gzip";

type Chunks = BoxStream<'static, io::Result<bytes::Bytes>>;

/// Returns the headers and the decoded body of a response; the headers then no longer name the coding.
pub(crate) fn decoded(answer: reqwest::Response) -> (HeaderMap, Body) {
    let mut headers = answer.headers().clone();
    let codings: Vec<String> = headers
        .get_all(CONTENT_ENCODING)
        .iter()
        .flat_map(|value| String::from_utf8_lossy(value.as_bytes()).split(',').map(named).collect::<Vec<_>>())
        .filter(|coding| !coding.is_empty() && coding != "identity")
        .collect();
    let mut chunks: Chunks = answer.bytes_stream().map_err(io::Error::other).boxed();
    headers.remove(CONTENT_ENCODING);
    if codings.is_empty() {
        return (headers, body::stream(chunks));
    }
    headers.remove(CONTENT_LENGTH);
    // The last one named was applied last.
    for coding in codings.iter().rev() {
        chunks = match coding.as_str() {
            "gzip" | "x-gzip" => unpacked(chunks),
            other => {
                let message = format!("the response has the content coding {other:?}, which was not requested");
                stream::once(async { Err(io::Error::new(io::ErrorKind::InvalidData, message)) }).boxed()
            }
        };
    }
    (headers, body::stream(chunks))
}

fn named(coding: &str) -> String {
    coding.trim().to_ascii_lowercase()
}

fn unpacked(chunks: Chunks) -> Chunks {
    let unpacked = async move {
        let mut packed = StreamReader::new(chunks);
        // An empty body has no coding.
        if packed.fill_buf().await?.is_empty() {
            return Ok(stream::empty().boxed());
        }
        let mut decoder = GzipDecoder::new(packed);
        decoder.multiple_members(true);
        Ok::<Chunks, io::Error>(ReaderStream::with_capacity(decoder, 16 << 10).boxed())
    };
    stream::once(unpacked).try_flatten().boxed()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use http_body_util::BodyExt;

    use super::*;

    fn packed(text: &str) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        let _ = encoder.write_all(text.as_bytes());
        encoder.finish().unwrap_or_default()
    }

    async fn read(codings: &[&str], bytes: Vec<u8>) -> Result<String, String> {
        let mut answer = http::Response::builder();
        for coding in codings {
            answer = answer.header(CONTENT_ENCODING, *coding);
        }
        let answer = answer.body(bytes).map_err(|error| error.to_string())?;
        let (headers, body) = decoded(reqwest::Response::from(answer));
        assert!(codings.is_empty() || !headers.contains_key(CONTENT_ENCODING));
        let collected = body.collect().await.map_err(|error| error.to_string())?;
        String::from_utf8(collected.to_bytes().into()).map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn every_form_of_gzip_is_read() {
        let two = [packed("one "), packed("two")].concat();
        for coding in ["gzip", "GZIP", "x-gzip", " X-Gzip "] {
            assert_eq!(read(&[coding], two.clone()).await.as_deref(), Ok("one two"), "{coding}");
        }
        assert_eq!(read(&[], b"plain".to_vec()).await.as_deref(), Ok("plain"));
        assert_eq!(read(&["identity"], b"plain".to_vec()).await.as_deref(), Ok("plain"));
        assert_eq!(read(&["gzip"], Vec::new()).await.as_deref(), Ok(""));
    }

    #[tokio::test]
    async fn what_is_cut_off_or_of_another_coding_is_an_error() {
        let mut cut = packed("a text that is long enough to be cut off");
        cut.truncate(cut.len() - 9);
        assert!(read(&["gzip"], cut).await.is_err());
        let error = read(&["br"], b"x".to_vec()).await;
        assert!(error.as_ref().is_err_and(|error| error.contains("\"br\"")), "{error:?}");
    }
}
