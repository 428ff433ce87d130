//! Remarks that a check makes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::*;
use crate::elements::definition::convert::convert;
use crate::elements::definition::settings::Settings;
use crate::elements::definition::testing::real_definitions;
use crate::query::parse_where;

fn with(members: Value) -> Value {
    let mut document = json!({"name": "Acme", "authentication": {"type": "custom"}});
    document.as_object_mut().expect("object").extend(members.as_object().expect("object").clone());
    document
}

fn found(document: &Value) -> Vec<(String, &'static str)> {
    remarks(document).into_iter().map(|finding| (finding.pointer, finding.code)).collect()
}

fn pairs(expected: &[(&str, &'static str)]) -> Vec<(String, &'static str)> {
    expected.iter().map(|(pointer, code)| ((*pointer).to_owned(), *code)).collect()
}

#[test]
fn a_plain_definition_has_no_remarks() {
    let document = with(json!({
        "configuration": [
            {"key": "api.key", "type": "PASSWORD", "defaultValue": ""},
            {"key": "oauth.token.url", "defaultValue": "https://acme.example/token"},
        ],
        "resources": [{"method": "GET", "path": "/a", "hooks": [{"type": "preRequest"}], "parameters": [
            {"type": "query", "name": "where", "vendorName": "converter:toODataFilter"},
            {"type": "configuration", "name": "id", "vendorType": "bodyField", "source": "response"},
        ]}],
        "objects": [{"name": "a", "nativeBulkDownload": false}],
    }));
    assert_eq!(check(&document), Report::default());
}

#[test]
fn the_element_as_a_whole_is_remarked() {
    let document = json!({
        "name": "Acme",
        "extended": "true",
        "protocolType": "jdbc",
        "authentication": {"type": "awsv2"},
        "configuration": [
            {"key": "api.key", "type": "PASSWORD", "defaultValue": "k-1"},
            {"key": "session", "defaultValue": "s"},
            {"key": "x", "isPrivate": true, "defaultValue": "s"},
            {"key": "limit", "defaultValue": "5"},
        ],
        "objects": [{"name": "a", "nativeBulkUpload": true}],
        "hooks": [{"type": "event", "body": "done()"}, {"body": "done()"}],
        "parameters": [{"type": "strange", "name": "x", "vendorType": "query"}],
    });
    let expected = pairs(&[
        ("/extended", "extended"),
        ("/protocolType", "protocol"),
        ("/authentication/type", "authentication"),
        ("/configuration/0/defaultValue", "secret-default"),
        ("/configuration/1/defaultValue", "secret-default"),
        ("/configuration/2/defaultValue", "secret-default"),
        ("/objects/0/nativeBulkUpload", "native-bulk"),
        ("/hooks/0", "event"),
        ("/hooks/1", "script-type"),
        ("/parameters/0/type", "parameter-type"),
    ]);
    assert_eq!(found(&document), expected);
    let remarks = remarks(&document);
    assert!(remarks.iter().all(|remark| remark.hint.is_some()));
    assert!(!format!("{remarks:?}").contains("k-1"), "a remark does not show the secret");
}

#[test]
fn resources_that_do_not_run_are_remarked() {
    let document = with(json!({"resources": [
        {"method": "GET", "path": "/a/{id}", "kind": "java", "nextResource": "post:/hubs/x/b"},
        {"method": "POST", "path": "/b", "nextResource": "GET:/nowhere"},
        {"method": "GETBYID", "path": "/a/{key}"},
        {"method": "GET", "path": "/c", "type": "formulaAsResource"},
        {"method": "GET", "path": "/c", "type": "sometimes"},
        {"method": "POST", "path": "/d", "type": "onProvisionWebhook", "parameters": [
            {"type": "query", "name": "q", "vendorType": "nowhere"},
            {"type": "query", "name": "q", "vendorType": "body", "source": "response"},
            {"type": "query", "name": "where", "vendorName": "converter:toWiql"},
            {"type": "bodyToken", "name": "q"},
        ]},
    ]}));
    let expected = pairs(&[
        ("/resources/0/kind", "java-kind"),
        ("/resources/1/nextResource", "chain-target"),
        ("/resources/2/path", "ambiguous-path"),
        ("/resources/3/type", "resource-type"),
        ("/resources/4/type", "resource-type"),
        ("/resources/5/type", "event"),
        ("/resources/5/parameters/0/vendorType", "parameter-type"),
        ("/resources/5/parameters/1", "parameter-pair"),
        ("/resources/5/parameters/2/vendorName", "converter"),
        ("/resources/5/parameters/3/type", "parameter-type"),
    ]);
    assert_eq!(found(&document), expected);
}

#[test]
fn scripts_are_remarked_with_what_they_require() {
    let script = |body: &str| {
        let mut found = found(&with(json!({"resources": [
            {"method": "GET", "path": "/a", "hooks": [{"type": "preRequest", "body": body}]}
        ]})));
        found.retain(|(_, code)| *code != "script");
        found.into_iter().map(|(_, code)| code).collect::<Vec<_>>()
    };
    assert_eq!(script("const _ = require('lodash/fp'), u = require( \"util\" ); done()"), [""; 0]);
    assert_eq!(script("const http = require('https')"), ["script-network"]);
    assert_eq!(script("require('node:crypto'); require('moment'); require('moment')"), ["script-module"]);
    assert_eq!(script("var S = Java.type('java.lang.String')"), ["script-java"]);
    assert_eq!(script("require(name); require('"), [""; 0]);
    let all = found(&with(json!({"hooks": [{"type": "postRequest", "body": "done()"}]})));
    assert_eq!(all, if SCRIPTS_RUN { Vec::new() } else { pairs(&[("/hooks/0", "script")]) });
}

#[test]
fn misspelt_keys_are_remarked() {
    let document = with(json!({
        "baseUrl": "x", "configurations": [], "x": 1,
        "resources": [{"method": "GET", "path": "/a", "vendorpath": "/b", "rootkey": "a", "rootKey": "a", "types": 1}],
        "configuration": [{"key": "a", "disp\u{430}yOrder": 1, "defaultvalue": "x"}],
    }));
    let expected = pairs(&[
        ("/resources/0/vendorpath", "misspelt-key"),
        ("/resources/0/types", "misspelt-key"),
        ("/configuration/0/disp\u{430}yOrder", "misspelt-key"),
        ("/configuration/0/defaultvalue", "misspelt-key"),
    ]);
    assert_eq!(found(&document), expected);
    let document = json!({"name": "A", "authentication": {"type": "none"}, "configurations": []});
    assert_eq!(found(&document), pairs(&[("/configurations", "misspelt-key")]));
}

/// Every real export is accepted, and its remarks are about parts that it has.
#[test]
fn real_exports_have_no_problems() {
    let Some(definitions) = real_definitions() else { return };
    let mut codes = BTreeSet::new();
    for (name, document) in definitions {
        let report = check(&document);
        assert_eq!(report.problems, [], "{name}");
        assert!(report.remarks.iter().all(|remark| remark.code != "misspelt-key"), "{name}: {:?}", report.remarks);
        for remark in report.remarks {
            assert!(document.pointer(&remark.pointer).is_some(), "{name}: {remark}");
            codes.insert(remark.code);
        }
    }
    assert!(codes.contains("event"), "{codes:?}");
}

/// A converter without a remark is one that converts.
#[test]
fn converters_are_those_of_requests() {
    let definition = Definition::read(&with(json!({}))).expect("a definition");
    let (condition, values) = (parse_where("a = 1").expect("CEQL").expect("a condition"), BTreeMap::new());
    for name in ["toQueryParameters", "toODataFilter", "toODataV3Filter", "toWiql", "toQuickbase", "unknown"] {
        let converts = convert(name, &condition, Settings::new(&definition, &values)).is_ok();
        assert_eq!(converter_is_available(name), converts, "{name}");
    }
}

#[test]
fn codes_are_unique_words() {
    let codes: BTreeSet<&str> = rules::ALL.iter().map(|rule| rule.code).collect();
    assert_eq!(codes.len(), rules::ALL.len());
    assert!(codes.iter().all(|code| code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')));
}

/// `UPDATE=1 cargo test -p elementkit --lib definition::check` rewrites the table.
#[test]
fn the_page_lists_all_remarks() {
    const BEGIN: &str = "<!-- remarks: begin -->\n";
    const END: &str = "<!-- remarks: end -->";
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/definitions.md");
    let page = std::fs::read_to_string(&file).expect("a file");
    let (before, rest) = page.split_once(BEGIN).expect("a begin");
    let (_, after) = rest.split_once(END).expect("an end");
    let mut table = "| code | part of a definition | what happens | advice |\n| --- | --- | --- | --- |\n".to_owned();
    for rule in rules::ALL {
        table.push_str(&format!("| `{}` | {} | {} | {} |\n", rule.code, rule.part, rule.effect, rule.hint));
    }
    let expected = format!("{before}{BEGIN}{table}{END}{after}");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, &expected).expect("a file");
    }
    let found = std::fs::read_to_string(&file).expect("a file");
    assert!(found == expected, "docs/definitions.md has drifted; run this test with UPDATE=1");
}

#[test]
fn a_document_that_an_import_refuses_for_its_length_has_a_problem() {
    let document = |length| json!({"name": "A", "authentication": {"type": "none"}, "note": "x".repeat(length)});
    assert_eq!(check(&document(LARGEST_DOCUMENT / 2)).problems, []);
    let problems = check(&document(LARGEST_DOCUMENT)).problems;
    assert_eq!(problems[0].message, "a definition may have at most 8 MiB");
}
