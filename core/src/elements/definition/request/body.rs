//! The body of the vendor request (spec E 5.22, 5.63 to 5.66, 5.90, 5.91).

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method};

use super::super::document::DefinedResource;
use super::super::refused::Refused;
use super::super::template::Style;
use super::super::xml;
use super::FormField;
use super::draft::Draft;
use super::form;
use super::given::Given;
use super::open::wrapped;
use super::upload::{self, Later};
use crate::vendor::Upload;

/// A body, before its media type is known.
pub(super) enum Made {
    Nothing,
    /// JSON of `body` and `bodyField`.
    Json(String),
    /// A literal that was filled.
    Literal {
        text: String,
        is_xml: bool,
    },
    Form(String),
    Multipart {
        boundary: String,
        content: Sent,
    },
    /// A file, or a body that is neither JSON nor a form.
    Bytes {
        media_type: Option<String>,
        content: Sent,
    },
}

/// Bytes to send.
pub(super) enum Sent {
    Whole(Bytes),
    /// Sent as they arrive.
    Long(Upload),
}

/// Makes the body.
pub(super) fn of(draft: &Draft<'_>, resource: &DefinedResource) -> Result<Made, Refused> {
    // Spec E 5.90: the fields alone are the body.
    if !draft.parts.is_empty() {
        let fields = draft.form.iter().map(|(name, value)| FormField {
            name: name.clone(),
            content: value.clone().into(),
            ..Default::default()
        });
        let parts: Vec<_> = fields.chain(draft.parts.iter().cloned()).collect();
        return of_parts(&parts, draft, resource);
    }
    if !draft.form.is_empty() {
        return Ok(Made::Form(form::urlencoded(&draft.form)));
    }
    if let Some(template) = draft.template {
        let style = Style::of_body(template, &draft.media_type());
        if let Some(text) = draft.fill_body(template, style)? {
            return Ok(Made::Literal { text, is_xml: style == Style::Xml });
        }
    }
    // Spec E 5.91: a vendor call by GET has no body but a literal one.
    if matches!(resource.vendor_method, Method::GET | Method::HEAD) {
        return Ok(Made::Nothing);
    }
    match (&draft.body, draft.fields.is_empty()) {
        (Some(Given::File(file)), true) => {
            let content = match file.rest {
                Some(_) => Sent::Long(upload::file(file, Later::of(resource, &draft.input))?),
                None => Sent::Whole(file.content.clone()),
            };
            Ok(Made::Bytes { media_type: file.media_type.clone(), content })
        }
        (Some(Given::Bytes { media_type, bytes }), true) => {
            Ok(Made::Bytes { media_type: Some((*media_type).to_owned()), content: Sent::Whole((*bytes).clone()) })
        }
        (Some(Given::Stream { media_type, body }), true) => {
            Ok(Made::Bytes { media_type: Some((*media_type).to_owned()), content: Sent::Long(body.upload()) })
        }
        (Some(Given::Form(fields)), true) if fields.iter().all(|field| field.file_name.is_none()) => {
            let text = |field: &FormField| String::from_utf8_lossy(&field.content).into_owned();
            let fields: Vec<_> = fields.iter().map(|field| (field.name.clone(), text(field))).collect();
            Ok(Made::Form(form::urlencoded(&fields)))
        }
        (Some(Given::Form(fields)), true) => of_parts(fields, draft, resource),
        (Some(Given::Condition(sent)), true) => Ok(Made::Literal { text: sent.text(), is_xml: false }),
        _ => Ok(draft.json().map_or(Made::Nothing, |json| {
            Made::Json(match &resource.request_root {
                Some(root) => wrapped(json, root),
                None => json,
            })
        })),
    }
}

/// Makes a multipart body.
fn of_parts(parts: &[FormField], draft: &Draft<'_>, resource: &DefinedResource) -> Result<Made, Refused> {
    let mut long = parts.iter().enumerate().filter(|(_, part)| part.rest.is_some()).map(|(position, _)| position);
    let (boundary, content) = match (long.next(), long.next()) {
        (None, _) => {
            let (boundary, bytes) = form::whole(parts)?;
            (boundary, Sent::Whole(bytes))
        }
        (Some(position), None) => {
            let (boundary, upload) = upload::multipart(parts, position, Later::of(resource, &draft.input))?;
            (boundary, Sent::Long(upload))
        }
        (Some(position), Some(_)) => {
            let name = &parts[position].name;
            return Err(Refused::new(format!("The file of {name} is too long to be sent twice")));
        }
    };
    Ok(Made::Multipart { boundary, content })
}

impl Made {
    /// Returns what is sent with these headers, whole or as it arrives. JSON becomes XML where the media type says so
    /// (spec E 5.65).
    pub fn sent_with(self, headers: &HeaderMap) -> Result<(Bytes, Option<Upload>), Refused> {
        let media_type = headers.get(CONTENT_TYPE).map(|value| value.as_bytes().to_ascii_lowercase());
        let is_xml = media_type.is_some_and(|value| memchr::memmem::find(&value, b"xml").is_some());
        let whole = match self {
            Self::Nothing => Bytes::new(),
            Self::Json(json) if is_xml => xml::document_of(&json)?.into(),
            Self::Json(text) | Self::Form(text) | Self::Literal { text, .. } => text.into(),
            Self::Multipart { content, .. } | Self::Bytes { content, .. } => match content {
                Sent::Whole(bytes) => bytes,
                Sent::Long(upload) => return Ok((Bytes::new(), Some(upload))),
            },
        };
        Ok((whole, None))
    }
}
