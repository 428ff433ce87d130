//! Element definitions: any bytes are a document that is read or refused, and an export returns what was imported.

use elementkit::elements::definition::check::check as report;
use elementkit::elements::definition::document::Definition;
use elementkit::elements::definition::export::{exported, imported};
use elementkit::elements::definition::openapi;
use elementkit::elements::definition::shapes::{Format, documents, parse};

/// Reads a document. A text that starts with `#` is YAML.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let format = if text.starts_with('#') { Format::Yaml } else { Format::Json };
    let Ok(value) = parse(text, format) else { return };
    if let Ok(generated) = openapi::definition(&value, &openapi::Naming::default()) {
        assert!(generated.document.is_object());
    }
    for document in documents(value).unwrap_or_default() {
        check_document(&document);
    }
}

fn check_document(document: &serde_json::Value) {
    let report = report(document);
    for remark in &report.remarks {
        assert!(document.pointer(&remark.pointer).is_some(), "{remark}");
    }
    let Ok(before) = Definition::read(document) else {
        assert!(!report.problems.is_empty());
        return;
    };
    let mut id = 0;
    let mut next_id = || {
        id += 1;
        id
    };
    let export = exported(&imported(document, 7, &mut next_id));
    let after = Definition::read(&export).expect("an export is a definition");
    assert_eq!(before.key, after.key);
    assert_eq!(before.resources.len(), after.resources.len());
    assert_eq!(exported(&export), export);
}
