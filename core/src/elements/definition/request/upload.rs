//! Bodies with a file that is read as it arrives (spec E 5.26, 5.30).

use std::sync::Arc;

use async_stream::try_stream;
use bytes::Bytes;
use futures::stream::BoxStream;

use super::super::caller_body::{LongFile, Reading};
use super::super::document::{DefinedResource, Parameter, Source, Target};
use super::super::refused::Refused;
use super::{FormField, Input, InputBody, form};
use crate::body::{self, Body, BoxError};
use crate::multipart;
use crate::vendor::{Upload, VendorError, VendorErrorKind};

/// Treatment of the parts that follow a long file in the caller's form. They are unknown when the vendor is called.
#[derive(Clone, Default)]
pub(super) struct Later {
    /// Whether the vendor gets the whole form.
    all: bool,
    /// Parts of the vendor's body: the caller's names and the vendor's.
    parts: Vec<(String, String)>,
    /// Names of parts that must not come later, because something else than the body needs them.
    early: Vec<String>,
    /// Literals with placeholders for fields.
    literals: Vec<String>,
    /// Names of the parts that are required.
    required: Vec<String>,
}

impl Later {
    /// Returns what the parameters of a call make of later parts.
    pub fn of(resource: &DefinedResource, input: &Input<'_>) -> Self {
        let mut later = Self::default();
        let InputBody::Form(fields) = input.body else { return later };
        let all = input.settings.definition().parameters.iter().chain(&resource.parameters);
        for parameter in all.filter(|parameter| !parameter.response) {
            later.add(parameter, fields);
        }
        later
    }

    fn add(&mut self, parameter: &Parameter, known: &[FormField]) {
        let is_part = is_part(parameter);
        match parameter.from {
            Source::Body => self.all |= is_part || parameter.to == Some(Target::Body),
            Source::Literal if parameter.name.contains("${body.") => self.literals.push(parameter.name.clone()),
            Source::Form | Source::Multipart | Source::File | Source::BodyField => {
                let is_known = known.iter().any(|field| field.name == parameter.name);
                match parameter.to {
                    None | Some(Target::Nothing) => {}
                    _ if is_known => {}
                    _ if !is_part => self.early.push(parameter.name.clone()),
                    _ => {
                        self.parts.push((parameter.name.clone(), parameter.vendor_name.clone()));
                        if parameter.required {
                            self.required.push(parameter.name.clone());
                        }
                    }
                }
            }
            _ => {}
        }
    }

    /// Returns the vendor's name of a part. `None` if it is not sent.
    fn name_of(&mut self, part: &str) -> Result<Option<String>, VendorError> {
        let placeholder = format!("${{body.{part}}}");
        let is_early = self.early.iter().any(|name| name == part);
        if is_early || self.literals.iter().any(|literal| literal.contains(&placeholder)) {
            return Err(Refused::new(format!("The field {part} must come before the file")).into());
        }
        if self.all {
            return Ok(Some(part.to_owned()));
        }
        self.required.retain(|name| name != part);
        // The first part of a name counts, as in forms that are held in memory.
        let at = self.parts.iter().position(|(name, _)| name == part);
        Ok(at.map(|at| self.parts.swap_remove(at).1))
    }

    fn check_complete(&self) -> Result<(), VendorError> {
        match self.required.first() {
            Some(name) => Err(Refused::new(format!("required parameter '{name}' not found")).into()),
            None => Ok(()),
        }
    }
}

/// Returns whether a parameter makes a part of the vendor's body.
fn is_part(parameter: &Parameter) -> bool {
    matches!(parameter.to, Some(Target::Multipart | Target::File))
}

/// Returns a boundary, and the parts as `multipart/form-data` with it. One part, `long`, is read as it arrives.
pub(super) fn multipart(parts: &[FormField], long: usize, later: Later) -> Result<(String, Upload), Refused> {
    let boundary = form::boundary()?;
    let (file, rest) = long_of(parts, long)?;
    let mut before = form::written(&boundary, &parts[..long]);
    before.extend_from_slice(file.head(&boundary).as_bytes());
    let after = form::written(&boundary, &parts[long + 1..]).freeze();
    let shown = [&before[..], "…\r\n".as_bytes(), &after, multipart::closing(&boundary).as_bytes()].concat();
    before.extend_from_slice(&file.content);
    let source = Arc::clone(&rest);
    let form = LongForm { boundary: boundary.clone(), before: before.freeze(), after, later };
    let upload = rest.incoming().upload_of(move || form.clone().body(source.take()), None, shown);
    Ok((boundary, upload))
}

/// Returns a file that is read as it arrives as a body of its own.
pub(super) fn file(file: &FormField, later: Later) -> Result<Upload, Refused> {
    let (file, rest) = long_of(std::slice::from_ref(file), 0)?;
    let (beginning, source) = (file.content.clone(), Arc::clone(&rest));
    let later = Later { all: false, parts: Vec::new(), ..later };
    let make = move || bare(beginning.clone(), source.take(), later.clone());
    Ok(rest.incoming().upload_of(make, None, "…"))
}

fn long_of(parts: &[FormField], long: usize) -> Result<(&FormField, Arc<LongFile>), Refused> {
    let part = parts.get(long).and_then(|part| Some((part, part.rest.clone()?)));
    part.ok_or_else(|| Refused::new("The form has no long file"))
}

/// A form with a long file.
#[derive(Clone)]
struct LongForm {
    boundary: String,
    /// Parts before the file, the head of the file and its beginning.
    before: Bytes,
    /// Parts after the file that are known.
    after: Bytes,
    later: Later,
}

impl LongForm {
    fn body(self, source: Option<Reading>) -> Body {
        let Self { boundary, before, after, mut later } = self;
        body::stream(Box::pin(try_stream! {
            yield before;
            let mut reading = source.ok_or_else(sent_before)?;
            while let Some(chunk) = reading.chunk().await? {
                yield chunk;
            }
            yield Bytes::from_static(b"\r\n");
            yield after;
            while let Some(part) = reading.next_part().await? {
                let Some(name) = later.name_of(&part.name)? else { continue };
                yield FormField { name, ..part }.head(&boundary).into();
                while let Some(chunk) = reading.chunk().await? {
                    yield chunk;
                }
                yield Bytes::from_static(b"\r\n");
            }
            later.check_complete()?;
            yield multipart::closing(&boundary).into();
        }) as BoxStream<'static, Result<Bytes, BoxError>>)
    }
}

/// Returns a file without a form.
fn bare(beginning: Bytes, source: Option<Reading>, mut later: Later) -> Body {
    body::stream(Box::pin(try_stream! {
        yield beginning;
        let mut reading = source.ok_or_else(sent_before)?;
        while let Some(chunk) = reading.chunk().await? {
            yield chunk;
        }
        while let Some(part) = reading.next_part().await? {
            later.name_of(&part.name)?;
        }
        later.check_complete()?;
    }) as BoxStream<'static, Result<Bytes, BoxError>>)
}

fn sent_before() -> VendorError {
    VendorError::new(VendorErrorKind::BadRequest, "The file was sent before")
}
