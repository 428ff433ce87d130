//! Remarks about the element as a whole.

use serde_json::Value;

use super::super::document::{Protocol, boolean, is_masked_entry};
use super::rules::{AUTHENTICATION, EXTENDED, NATIVE_BULK, PROTOCOL, SECRET_DEFAULT};
use super::{Remarks, authentication_is_available, entries, text};

pub fn check(document: &Value, remarks: &mut Remarks) {
    if let Some(word) = document.get("authentication").and_then(|value| text(value, "type"))
        && !authentication_is_available(word.trim())
    {
        let message = format!("the authentication type {} is not available", word.trim());
        remarks.add(&AUTHENTICATION, "/authentication/type", message);
    }
    if let Some(Protocol::Other(word)) =
        text(document, "protocolType").filter(|word| !word.trim().is_empty()).map(Protocol::of)
    {
        remarks.add(&PROTOCOL, "/protocolType", format!("the protocol {word} is not available"));
    }
    if is_true(document, "extended") {
        remarks.add(&EXTENDED, "/extended", "resources of the element that it extends are not in the document");
    }
    for (pointer, entry) in entries(document, "", "configuration") {
        secret(entry, &pointer, remarks);
    }
    for (pointer, object) in entries(document, "", "objects") {
        for key in ["nativeBulkDownload", "nativeBulkUpload"] {
            if is_true(object, key) {
                let message = "the vendor's own bulk service is not used";
                remarks.add(&NATIVE_BULK, format!("{pointer}/{key}"), message);
            }
        }
    }
}

fn is_true(value: &Value, key: &str) -> bool {
    value.get(key).and_then(boolean) == Some(true)
}

/// Remarks a secret that the author left in the definition (spec E 1.100).
fn secret(entry: &Value, pointer: &str, remarks: &mut Remarks) {
    let Some(key) = text(entry, "key") else { return };
    let is_masked = entry.as_object().is_some_and(is_masked_entry);
    let has_default = text(entry, "defaultValue").is_some_and(|default| !default.trim().is_empty());
    if is_masked && has_default {
        let message = format!("the default value of {key} is a secret");
        remarks.add(&SECRET_DEFAULT, format!("{pointer}/defaultValue"), message);
    }
}
