//! Custom calls of any platform.

use std::io::Write as _;
use std::path::PathBuf;

use elementkit::atomic_file::{AtomicFile, Readers};
use elementkit::{Error, ErrorKind, Form, Platform};
use futures::TryStreamExt;

use crate::args::{Request, Target};
use crate::exit::Outcome;
use crate::{input, output};

pub async fn run(target: &Target, options: Request) -> Outcome {
    if let Some(place) = &options.output {
        output::check_place(place)?;
    }
    let body = Body::of(&options)?;
    let platform = target.platform().await?;
    let outcome = send(&platform, options, body).await;
    platform.close().await;
    outcome
}

/// Body of a call.
enum Body {
    None,
    Bytes(Vec<u8>),
    /// A file, which is not read into memory.
    File(PathBuf),
    Form(Form),
}

impl Body {
    fn of(options: &Request) -> Outcome<Self> {
        if !options.field.is_empty() || !options.file.is_empty() {
            return form(&options.field, &options.file).map(Self::Form);
        }
        let Some(body) = options.body.as_deref() else { return Ok(Self::None) };
        match body.strip_prefix('@').filter(|_| !options.content_type.contains("json")) {
            Some(path) => Ok(Self::File(path.into())),
            None => read_body(body, &options.content_type).map(Self::Bytes),
        }
    }
}

/// Returns a form of arguments `NAME=VALUE` and `NAME=@FILE;type=MEDIA TYPE`.
fn form(fields: &[String], files: &[String]) -> Outcome<Form> {
    let mut form = Form::new();
    for field in fields {
        let (name, value) = field.split_once('=').unwrap_or((field, ""));
        form = form.field(name, value);
    }
    for file in files {
        let wrong = || Error::new(ErrorKind::Config, format!("{file:?} is not of the form NAME=@FILE"));
        let (name, path) = file.split_once("=@").ok_or_else(wrong)?;
        let (path, media_type) = path.rsplit_once(";type=").unwrap_or((path, "application/octet-stream"));
        form = form.file(name, path, media_type)?;
    }
    Ok(form)
}

/// Reads a body: any bytes, or text if it is JSON.
pub fn read_body(body: &str, content_type: &str) -> Outcome<Vec<u8>> {
    if content_type.contains("json") {
        Ok(input::text(body, "the body")?.into_bytes())
    } else {
        input::read(body, "the body")
    }
}

const NEEDS_ELEMENT: &str =
    "A call of an instance, such as GET contacts, needs --element. Otherwise check the user and organization secret.";

async fn send(platform: &Platform, options: Request, body: Body) -> Outcome {
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
    request = match body {
        Body::None => request,
        Body::Bytes(bytes) => request.body(&options.content_type, bytes),
        Body::File(path) => request.file(&options.content_type, path),
        Body::Form(form) => request.form(form),
    };
    if options.element {
        request = request.element(options.which.find(platform).await?.token());
    }
    let hinted = |error: Error| match error.kind() {
        ErrorKind::Authentication if !options.element && error.info().provider_message.is_none() => {
            error.with_hint(NEEDS_ELEMENT)
        }
        _ => error,
    };
    let mut chunks = request.send().await.map_err(hinted)?.into_stream();
    let Some(place) = options.output else {
        while let Some(chunk) = chunks.try_next().await? {
            output::content(&chunk)?;
        }
        return Ok(());
    };
    let file = AtomicFile::create(&place, Readers::Owner)?;
    let mut writer = file.writer()?;
    let mut length = 0;
    while let Some(chunk) = chunks.try_next().await? {
        writer.write_all(&chunk)?;
        length += chunk.len();
    }
    file.keep()?;
    output::written(&place, &format!("Wrote {} ({length} bytes).", place.display()))
}
