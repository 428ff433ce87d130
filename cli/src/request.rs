//! Custom calls of any platform.

use elementkit::{Error, ErrorKind, Platform};
use futures::TryStreamExt;

use crate::args::{Request, Target};
use crate::exit::Outcome;
use crate::{input, output};

pub async fn run(target: &Target, options: Request) -> Outcome {
    let body = options.body.as_deref().map(|body| read_body(body, &options.content_type)).transpose()?;
    let platform = target.platform().await?;
    let outcome = send(&platform, options, body).await;
    platform.close().await;
    outcome
}

/// Reads a body: any bytes, or text if it is JSON.
pub fn read_body(body: &str, content_type: &str) -> Outcome<Vec<u8>> {
    if content_type.contains("json") {
        Ok(input::text(body, "the body")?.into_bytes())
    } else {
        input::read(body, "the body")
    }
}

async fn send(platform: &Platform, options: Request, body: Option<Vec<u8>>) -> Outcome {
    let wrong = |_| Error::new(ErrorKind::Config, format!("{:?} is not an HTTP method", options.method));
    let method = options.method.to_ascii_uppercase().parse().map_err(wrong)?;
    let mut request = platform.request(method, &options.path);
    for pair in &options.query {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        request = request.query(name, value);
    }
    for header in &options.header {
        let (name, value) = header.split_once(':').unwrap_or((header, ""));
        request = request.header(name.trim(), value.trim());
    }
    if let Some(body) = body {
        request = request.body(&options.content_type, body);
    }
    if options.element {
        request = request.element(options.which.find(platform).await?.token());
    }
    let answer = request.send().await?;
    let mut chunks = answer.into_stream();
    while let Some(chunk) = chunks.try_next().await? {
        output::content(&chunk)?;
    }
    Ok(())
}
