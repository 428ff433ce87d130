//! Definitions for tests: real ones, which are not part of the repository, generated ones and small ones.

use std::collections::BTreeMap;
use std::path::PathBuf;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::document::{DefinedResource, Definition};

/// Returns the exported definitions of the folder that `ELEMENTKIT_ELEMENTS_DIR` names, by the name of their folder.
/// Without it the caller skips, visibly.
pub fn real_definitions() -> Option<Vec<(String, Value)>> {
    real_files("element.json")
}

/// Returns the files of this name in the folders of the exported definitions, by the name of their folder.
#[allow(clippy::print_stderr)]
pub fn real_files(file: &str) -> Option<Vec<(String, Value)>> {
    let Some(dir) = std::env::var_os("ELEMENTKIT_ELEMENTS_DIR").map(PathBuf::from) else {
        eprintln!("SKIPPED: set ELEMENTKIT_ELEMENTS_DIR to the folder of exported definitions");
        return None;
    };
    let folders = std::fs::read_dir(&dir).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut files: Vec<(String, Value)> = folders
        .filter_map(|folder| {
            let name = folder.file_name()?.to_string_lossy().into_owned();
            let text = std::fs::read(folder.join(file)).ok()?;
            Some((name, serde_json::from_slice(&text).expect("JSON")))
        })
        .collect();
    files.sort_by(|one, other| one.0.cmp(&other.0));
    assert!(!files.is_empty(), "ELEMENTKIT_ELEMENTS_DIR: no {file} in {}", dir.display());
    Some(files)
}

/// Returns definitions with known and unknown keys in every part.
pub fn any_definition() -> impl Strategy<Value = Value> {
    let list = |part: BoxedStrategy<Value>| prop::collection::vec(part, 0..4).prop_map(Value::from);
    let resource = part(
        &["type", "kind", "vendorPath", "rootKey", "nextPageKey", "description", "objectName"],
        vec![
            ("method", prop::sample::select(vec!["GET", "POST", "GETBYID", "delete"]).prop_map(Value::from).boxed()),
            ("path", "/(hubs/crm/)?[a-z]{6}(/[{]id[}])? ?".prop_map(Value::from).boxed()),
            ("parameters", list(parameter()).boxed()),
            ("hooks", list(part(&["type", "body", "mimeType"], Vec::new())).boxed()),
        ],
    );
    let element = part(
        &["description", "image", "hub", "protocolType", "publishStatus"],
        vec![
            ("name", "[A-Za-z][ -~]{0,12}".prop_map(Value::from).boxed()),
            ("authentication", Just(json!({"type": "custom"})).boxed()),
            ("active", prop_oneof![any::<bool>().prop_map(Value::from), Just(json!("false"))].boxed()),
            ("configuration", list(part(&["name", "type", "defaultValue"], vec![("key", name())])).boxed()),
            ("parameters", list(parameter()).boxed()),
            ("resources", list(resource).boxed()),
            ("objects", list(part(&["vendorName"], vec![("name", name())])).boxed()),
        ],
    );
    element.prop_filter("a valid one", |document| Definition::read(document).is_ok())
}

fn name() -> BoxedStrategy<Value> {
    "[a-z]{1,12}".prop_map(Value::from).boxed()
}

fn parameter() -> BoxedStrategy<Value> {
    let types = ["query", "value", "path", "body", "configuration", "bodyField", "no-op", "other"];
    let word = prop::sample::select(types.to_vec()).prop_map(Value::from);
    part(
        &["vendorName", "dataType", "description"],
        vec![("type", word.clone().boxed()), ("vendorType", word.boxed()), ("name", name())],
    )
}

/// Returns objects with these members, some of the optional texts, an id and members that no table has.
fn part(texts: &'static [&str], members: Vec<(&'static str, BoxedStrategy<Value>)>) -> BoxedStrategy<Value> {
    let text = prop_oneof![4 => any::<String>().prop_map(Value::from), 1 => Just(Value::Null)];
    let optional = prop::collection::vec((prop::sample::select(texts.to_vec()), text), 0..3);
    let unknown = prop::collection::vec(("[x-z]{3}", any::<i32>().prop_map(Value::from)), 0..3);
    let (keys, values): (Vec<_>, Vec<_>) = members.into_iter().unzip();
    (values, optional, unknown, any::<Option<u16>>())
        .prop_map(move |(values, optional, unknown, id)| {
            let optional = optional.into_iter().map(|(key, value)| (key.to_owned(), value));
            let members = keys.iter().map(|key| (*key).to_owned()).zip(values);
            let id = id.map(|id| ("id".to_owned(), json!(id)));
            Value::Object(optional.chain(members).chain(unknown).chain(id).collect())
        })
        .boxed()
}

/// Returns any JSON, with the keys of a definition among its members.
pub fn any_json() -> impl Strategy<Value = Value> {
    any_json_with(&[
        "name",
        "key",
        "authentication",
        "type",
        "configuration",
        "parameters",
        "resources",
        "hooks",
        "objects",
        "method",
        "path",
        "model",
        "response",
        "rootKey",
        "expressions",
        "paginatorVersion",
        "active",
        "options",
        "~/",
    ])
}

/// Returns any JSON, with these keys among its members.
pub fn any_json_with(keys: &'static [&'static str]) -> impl Strategy<Value = Value> {
    let keys = prop::sample::select(keys);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-zA-Z/|{}~ ]{0,8}".prop_map(Value::from),
        Just(json!("GET")),
    ];
    leaf.prop_recursive(5, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((keys.clone(), inner), 0..8).prop_map(|members| Value::Object(
                members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
            )),
        ]
    })
}

/// Reads a definition of a test.
pub fn definition(text: &str) -> Definition {
    let document: Value = serde_json::from_str(text).expect("JSON");
    Definition::read(&document).expect("a definition")
}

/// Returns the resource of a method and path: `GET /things`.
pub fn resource<'d>(definition: &'d Definition, place: &str) -> &'d DefinedResource {
    let is = |resource: &&DefinedResource| format!("{} {}", resource.method, resource.path) == place;
    definition.resources.iter().find(is).expect("a resource")
}

/// Returns values of a configuration.
pub fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}
