//! Documents read and refused.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::elements::definition::testing::any_json;

fn read(document: &Value) -> Definition {
    Definition::read(document).expect("a definition")
}

fn problems(document: &Value) -> Vec<String> {
    let problems = Definition::read(document).expect_err("problems");
    problems.iter().map(ToString::to_string).collect()
}

fn small() -> Value {
    json!({"name": "Acme Desk", "authentication": {"type": "custom"}})
}

fn with(members: Value) -> Value {
    let mut document = small();
    let target = document.as_object_mut().expect("object");
    target.extend(members.as_object().expect("object").clone());
    document
}

#[test]
fn a_small_document_has_the_defaults() {
    let definition = read(&small());
    assert_eq!((definition.key.as_str(), definition.hub.as_str()), ("acmedesk", "general"));
    assert_eq!(definition.description, "Acme Desk");
    assert_eq!(definition.protocol, Protocol::Http);
    assert_eq!(definition.paginator, 2);
    assert!(definition.active && definition.cloneable && definition.transformations && definition.models_for_metadata);
    assert!(!definition.bulk_download && !definition.bulk_upload && !definition.extended);
    assert!(definition.resources.is_empty() && definition.configuration.is_empty());
}

#[test]
fn a_key_is_derived_from_letters_and_digits() {
    let key = |name: &str| read(&with(json!({"name": name}))).key;
    assert_eq!(key("Churros DB element"), "churrosdbelement");
    assert_eq!(key("A-1 (beta)"), "a1beta");
    assert_eq!(problems(&with(json!({"name": "北京"}))), ["/name: no key can be derived from the name"]);
    assert_eq!(problems(&with(json!({"name": "42"}))), ["/name: no key can be derived from the name"]);
}

#[test]
fn keys_follow_the_rules() {
    for key in ["sage_200", "Google.Drive", "x(2)", "a-b", &"k".repeat(100)] {
        assert_eq!(read(&with(json!({"key": key}))).key, key);
    }
    for key in ["", "a b", "a/b", "ü", "42", "keys", "convert", "oauthProxies", &"k".repeat(101)] {
        let found = Definition::read(&with(json!({"key": key}))).expect_err(key);
        assert_eq!((found.len(), found[0].pointer.as_str(), found[0].code), (1, "/key", "key"), "{key}");
    }
}

#[test]
fn booleans_and_integers_may_be_texts() {
    let definition = read(&with(json!({
        "active": "false", "bulkDownloadEnabled": "true", "paginatorVersion": "3", "extended": null,
        "configuration": [{"key": "a", "required": "true", "defaultValue": 50, "options": [{"value": 1}]}],
    })));
    assert!(!definition.active && definition.bulk_download && !definition.extended);
    assert_eq!(definition.paginator, 3);
    let entry = &definition.configuration[0];
    assert!(entry.required && entry.active);
    assert_eq!(
        (entry.default.as_deref(), entry.kind.as_str(), entry.name.as_str()),
        (Some("50"), "TEXTFIELD_1000", "a")
    );
    assert_eq!((entry.options[0].value.as_str(), entry.options[0].description.as_str()), ("1", "1"));
    assert_eq!(read(&with(json!({"paginatorVersion": "V1"}))).paginator, 1);
    assert_eq!(read(&with(json!({"paginatorVersion": 1}))).paginator, 1);
}

#[test]
fn problems_have_pointers_in_document_order() {
    let document = json!({
        "active": "yes",
        "resources": [
            {"method": "FETCH", "path": "/a", "parameters": [{"name": 5, "type": "query"}]},
            {"path": "/a/b", "model": [], "hooks": {}},
            7,
        ],
        "paginatorVersion": "V4",
        "configuration": [{"key": "a/b", "required": 1}, {"name": "x"}],
        "authentication": {},
        "key": 4,
        "name": null,
    });
    assert_eq!(
        problems(&document),
        [
            "/active: expected boolean",
            "/resources/0/method: expected GET, POST, PUT, PATCH or DELETE",
            "/resources/0/parameters/0/name: expected text",
            "/resources/1/model: expected object",
            "/resources/1/hooks: expected array",
            "/resources/1/method: expected text",
            "/resources/2: expected object",
            "/paginatorVersion: expected 1, 2 or 3",
            "/configuration/0/required: expected boolean",
            "/configuration/1/key: expected text",
            "/authentication/type: expected text",
            "/key: expected text",
            "/name: expected text",
        ]
    );
    assert_eq!(problems(&json!([])), [": expected object"]);
    assert_eq!(problems(&json!({"name": " "})), ["/name: expected text", "/authentication: expected object"]);
}

#[test]
fn paths_lose_blanks_and_hub() {
    for (written, expected) in [
        ("/hubs/crm/contacts/{id} ", "/contacts/{id}"),
        (" /contacts", "/contacts"),
        ("contacts", "/contacts"),
        ("hubs/crm/contacts", "/contacts"),
        ("/hubs/{hub}/a/hubs/b", "/a/hubs/b"),
        ("/hubs/crm", "/"),
        ("/hubsters/x", "/hubsters/x"),
        ("", "/"),
    ] {
        assert_eq!(caller_path(written), expected, "{written}");
    }
}

#[test]
fn root_keys_have_halves_and_expressions_come_first() {
    let roots = |resource: Value| {
        let mut resource = resource;
        resource["method"] = json!("GETBYID");
        resource["path"] = json!("/a/{id}");
        let mut definition = read(&with(json!({"resources": [resource]})));
        let resource = definition.resources.remove(0);
        assert_eq!((resource.method.as_str(), resource.vendor_method.as_str()), ("GET", "GET"));
        (resource.request_root, resource.response_root)
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(roots(json!({"rootKey": "records"})), (None, some("records")));
    assert_eq!(roots(json!({"rootKey": "|records"})), (None, some("records")));
    assert_eq!(roots(json!({"rootKey": "a.b|"})), (some("a.b"), None));
    assert_eq!(roots(json!({"rootKey": "a|b"})), (some("a"), some("b")));
    assert_eq!(roots(json!({"rootKey": " | "})), (None, None));
    assert_eq!(roots(json!({"rootKey": "a|b", "expressions": {"responseBodyRoot": "c"}})), (some("a"), some("c")));
    assert_eq!(roots(json!({"expressions": {"requestBodyRoot": "d", "responseBodyRoot": ""}})), (some("d"), None));
}

#[test]
fn duplicates_are_refused_where_they_could_not_be_told_apart() {
    let document = with(json!({
        "configuration": [{"key": "a"}, {"key": "b"}, {"key": "a"}],
        "resources": [
            {"method": "GET", "path": "/hubs/crm/a"},
            {"method": "POST", "path": "/a"},
            {"method": "GET", "path": "/a", "type": "onProvision"},
            {"method": "GET", "path": "/a", "type": "apiNoDocumentation"},
        ],
    }));
    assert_eq!(
        problems(&document),
        [
            "/configuration/2: the key is that of /configuration/0",
            "/resources/3: the method and path are those of /resources/0",
        ]
    );
}

#[test]
fn limits_hold() {
    let resource = |index: usize| json!({"method": "GET", "path": format!("/r{index}")});
    let resources = |count: usize| with(json!({"resources": (0..count).map(resource).collect::<Vec<_>>()}));
    assert_eq!(read(&resources(2_000)).resources.len(), 2_000);
    assert_eq!(problems(&resources(2_001)), [": a definition may have at most 2000 resources"]);
    let parameters = |count: usize| {
        let parameter = json!({"type": "query", "name": "q"});
        with(json!({"resources": [{"method": "GET", "path": "/a", "parameters": vec![parameter; count]}]}))
    };
    assert_eq!(read(&parameters(200)).resources[0].parameters.len(), 200);
    assert_eq!(problems(&parameters(201)), ["/resources/0: a resource may have at most 200 parameters"]);
    let script = |bytes: usize| with(json!({"hooks": [{"type": "preRequest", "body": "x".repeat(bytes)}]}));
    assert_eq!(read(&script(256 * 1024)).hooks.len(), 1);
    assert_eq!(problems(&script(256 * 1024 + 1)), ["/hooks/0: a script may have at most 256 KiB"]);
}

#[test]
fn parameters_have_directions_converters_and_defaults() {
    let document = with(json!({"parameters": [
        {"type": "query", "name": "where", "vendorName": "converter:toQueryParameters"},
        {"type": "configuration", "name": "hook", "vendorType": "bodyField", "vendorName": "a.b", "source": "response"},
        {"type": "value", "name": "x"},
        {"type": "strange", "name": "x", "vendorType": "stranger", "dataType": "", "required": "true"},
    ]}));
    let parameters = read(&document).parameters;
    assert_eq!((parameters[0].from, parameters[0].to), (Source::Query, Some(Target::Query)));
    assert_eq!(parameters[0].converter.as_deref(), Some("toQueryParameters"));
    assert!(parameters[1].response && !parameters[0].response);
    assert_eq!((parameters[2].from, parameters[2].to), (Source::Literal, Some(Target::Nothing)));
    assert_eq!((parameters[3].from, parameters[3].to), (Source::None, None));
    assert_eq!((parameters[3].written_type.as_str(), parameters[3].data_type.as_str()), ("strange", "string"));
    assert!(parameters[3].required);
}

#[test]
fn blank_scripts_and_unknown_types_do_nothing() {
    let document = with(json!({"hooks": [
        {"type": "preRequest"}, {"type": "postRequest", "body": " \n"}, {"type": "sometimes", "body": "done()"},
        {"type": "event", "body": "done()", "isLegacy": true},
    ]}));
    let hooks = read(&document).hooks;
    assert_eq!(hooks.len(), 1);
    assert_eq!((hooks[0].kind, hooks[0].legacy), (HookType::Event, true));
    let reference = json!({"hooks": [{"type": "preRequest", "bodyOrRef": true, "ref": "pre.js"}]});
    assert_eq!(problems(&with(reference)), ["/hooks/0: the script file pre.js is missing"]);
}

#[test]
fn bulk_flags_of_objects_join() {
    let flags = |object: Value| {
        let mut object = object;
        object["name"] = json!("a");
        read(&with(json!({"objects": [object]}))).objects[0].bulk_download
    };
    assert_eq!(flags(json!({})), None);
    assert_eq!(flags(json!({"bulkDownloadEnabled": false})), Some(false));
    assert_eq!(flags(json!({"bulkDownloadEnabled": false, "hulkDownloadEnabled": "true"})), Some(true));
}

proptest! {
    /// Whatever the document: it is read, or refused with problems whose pointers lead to a value or to its parent.
    #[test]
    fn any_document_is_read_or_refused(document in any_json()) {
        match Definition::read(&document) {
            Ok(definition) => prop_assert!(check_key(&definition.key).is_ok()),
            Err(problems) => {
                prop_assert!(!problems.is_empty());
                for problem in problems {
                    let parent = problem.pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
                    prop_assert!(document.pointer(parent).is_some(), "{}", problem);
                }
            }
        }
    }
}
