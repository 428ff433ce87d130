//! The body of the vendor request (spec E 5.22, 5.63 to 5.66, 5.90, 5.91).

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method};

use super::super::document::DefinedResource;
use super::super::refused::Refused;
use super::super::template::Style;
use super::super::xml;
use super::draft::Draft;
use super::form;
use super::given::Given;
use super::open::wrapped;

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
        bytes: Bytes,
    },
    /// A file, or a body that is neither JSON nor a form.
    Bytes {
        media_type: Option<String>,
        bytes: Bytes,
    },
}

/// Makes the body.
pub(super) fn of(draft: &Draft<'_>, resource: &DefinedResource) -> Result<Made, Refused> {
    // Spec E 5.90: the fields alone are the body.
    if !draft.parts.is_empty() {
        let fields = draft.form.iter().map(|(name, value)| super::FormField {
            name: name.clone(),
            content: value.clone().into(),
            ..Default::default()
        });
        let parts: Vec<_> = fields.chain(draft.parts.iter().cloned()).collect();
        let (boundary, bytes) = form::multipart(&parts)?;
        return Ok(Made::Multipart { boundary, bytes });
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
            Ok(Made::Bytes { media_type: file.media_type.clone(), bytes: file.content.clone() })
        }
        (Some(Given::Bytes { media_type, bytes }), true) => {
            Ok(Made::Bytes { media_type: Some((*media_type).to_owned()), bytes: (*bytes).clone() })
        }
        (Some(Given::Form(fields)), true) if fields.iter().all(|field| field.file_name.is_none()) => {
            let text = |field: &super::FormField| String::from_utf8_lossy(&field.content).into_owned();
            let fields: Vec<_> = fields.iter().map(|field| (field.name.clone(), text(field))).collect();
            Ok(Made::Form(form::urlencoded(&fields)))
        }
        (Some(Given::Form(fields)), true) => {
            let (boundary, bytes) = form::multipart(fields)?;
            Ok(Made::Multipart { boundary, bytes })
        }
        (Some(Given::Condition(sent)), true) => Ok(Made::Literal { text: sent.text(), is_xml: false }),
        _ => Ok(draft.json().map_or(Made::Nothing, |json| {
            Made::Json(match &resource.request_root {
                Some(root) => wrapped(json, root),
                None => json,
            })
        })),
    }
}

impl Made {
    /// Returns the bytes to send with these headers: JSON becomes XML where the media type says so (spec E 5.65).
    pub fn bytes_for(self, headers: &HeaderMap) -> Result<Bytes, Refused> {
        let media_type = headers.get(CONTENT_TYPE).map(|value| value.as_bytes().to_ascii_lowercase());
        let is_xml = media_type.is_some_and(|value| memchr::memmem::find(&value, b"xml").is_some());
        Ok(match self {
            Self::Nothing => Bytes::new(),
            Self::Json(json) if is_xml => xml::document_of(&json)?.into(),
            Self::Json(text) | Self::Form(text) | Self::Literal { text, .. } => text.into(),
            Self::Multipart { bytes, .. } | Self::Bytes { bytes, .. } => bytes,
        })
    }
}
