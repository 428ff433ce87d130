//! Parameters and scripts.

use super::node::Node;
use super::{Hook, HookType, Parameter, Source, Target};

/// Most bytes of a script (spec E 1.7).
const LARGEST_SCRIPT: usize = 256 * 1024;

/// Reads a parameter (spec E 1.5).
pub fn parameter(node: &Node<'_>) -> Option<Parameter> {
    if !node.is_object() {
        return None;
    }
    let written_type = node.required("type");
    let name = node.required("name");
    let vendor_name = node.text("vendorName").unwrap_or_else(|| name.clone());
    let vendor_type = node.text("vendorType").unwrap_or_else(|| written_type.clone());
    Some(Parameter {
        from: Source::of(&written_type).unwrap_or(Source::None),
        to: Target::of(&vendor_type),
        response: node.text("source").is_some_and(|source| source == "response"),
        data_type: node.filled("dataType").unwrap_or_else(|| "string".to_owned()),
        vendor_data_type: node.filled("vendorDataType"),
        required: node.flag_or("required", false),
        description: node.text("description"),
        sample: node.member("sampleData").map(|sample| sample.value().clone()),
        converter: converter_of(&vendor_name).map(str::to_owned),
        name,
        vendor_name,
        written_type,
    })
}

/// Returns the converter that a vendor name names: `converter:toQueryParameters` (spec E 1.73).
pub fn converter_of(vendor_name: &str) -> Option<&str> {
    vendor_name.trim().strip_prefix("converter:").map(str::trim)
}

impl Source {
    /// Returns the origin that a word of `type` names (spec E 1.75). `None` for a word that is not known.
    pub fn of(word: &str) -> Option<Self> {
        Some(match word {
            "value" | "customValue" => Self::Literal,
            "configuration" => Self::Configuration,
            "header" => Self::Header,
            "path" => Self::Path,
            "query" => Self::Query,
            "body" => Self::Body,
            "bodyField" => Self::BodyField,
            "form" => Self::Form,
            "multipart" => Self::Multipart,
            "file" => Self::File,
            "prevBody" => Self::PreviousBody,
            "prevBodyField" => Self::PreviousBodyField,
            "no-op" => Self::None,
            _ => return None,
        })
    }
}

impl Target {
    /// Returns the destination that a word of `vendorType` names (spec E 5.19 to 5.29). `None` for a word that is not
    /// known.
    pub fn of(word: &str) -> Option<Self> {
        Some(match word {
            "query" => Self::Query,
            "path" => Self::Path,
            "header" => Self::Header,
            "body" => Self::Body,
            "bodyField" => Self::BodyField,
            "bodyToken" => Self::BodyToken,
            "form" => Self::Form,
            "multipart" => Self::Multipart,
            "file" => Self::File,
            "configuration" => Self::Configuration,
            "no-op" | "value" => Self::Nothing,
            _ => return None,
        })
    }
}

/// Reads a script. `None` for one without effect: blank, or of a type that is not known (spec E 1.77).
pub fn hook(node: &Node<'_>) -> Option<Hook> {
    if !node.is_object() {
        return None;
    }
    let kind = node.text("type");
    let legacy = node.flag_or("isLegacy", false);
    let body = node.text("body").unwrap_or_default();
    if body.len() > LARGEST_SCRIPT {
        node.report("limit", "a script may have at most 256 KiB");
    }
    if let Some(file) = node.filled("ref").filter(|_| node.member("body").is_none()) {
        node.report_with_hint("script-file", format!("the script file {file} is missing"), "import the whole folder");
    }
    let kind = HookType::of(&kind?)?;
    (!body.trim().is_empty()).then(|| Hook { kind, body: body.into(), legacy })
}

impl HookType {
    /// Returns the occasion that a word names (spec E 1.77).
    pub fn of(word: &str) -> Option<Self> {
        Some(match word {
            "preRequest" => Self::PreRequest,
            "postRequest" => Self::PostRequest,
            "event" => Self::Event,
            _ => return None,
        })
    }
}
