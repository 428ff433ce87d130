//! Remarks about parameters.

use serde_json::Value;

use super::super::document::{Source, Target, converter_of};
use super::rules::{CONVERTER, PARAMETER_PAIR, PARAMETER_TYPE};
use super::{Remarks, converter_is_available, entries, text};

/// Checks the parameters of the element or of a resource.
pub fn check(owner: &Value, pointer: &str, remarks: &mut Remarks) {
    for (pointer, parameter) in entries(owner, pointer, "parameters") {
        types(parameter, &pointer, remarks);
        let Some(vendor_name) = text(parameter, "vendorName") else { continue };
        if let Some(name) = converter_of(vendor_name).filter(|name| !converter_is_available(name)) {
            let message = format!("the converter {name} is not available");
            remarks.add(&CONVERTER, format!("{pointer}/vendorName"), message);
        }
    }
}

fn types(parameter: &Value, pointer: &str, remarks: &mut Remarks) {
    let Some(word) = text(parameter, "type") else { return };
    let vendor_word = text(parameter, "vendorType").unwrap_or(word);
    let (from, to) = (Source::of(word), Target::of(vendor_word));
    if from.is_none() {
        remarks.add(&PARAMETER_TYPE, format!("{pointer}/type"), format!("the type {word} is unknown"));
    }
    if to.is_none() {
        let key = if text(parameter, "vendorType").is_some() { "vendorType" } else { "type" };
        remarks.add(&PARAMETER_TYPE, format!("{pointer}/{key}"), format!("the vendor type {vendor_word} is unknown"));
    }
    let (Some(from), Some(to)) = (from, to) else { return };
    let is_response = text(parameter, "source") == Some("response");
    let writes = matches!(from, Source::Configuration | Source::Header | Source::Body | Source::BodyField);
    let reads = matches!(to, Target::Body | Target::BodyField | Target::BodyToken | Target::Header);
    if is_response && !(writes && reads) {
        let message = format!("a response parameter from {vendor_word} to {word} does nothing");
        remarks.add(&PARAMETER_PAIR, pointer, message);
    }
}
