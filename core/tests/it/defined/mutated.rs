//! Definitions with a wrong value at every place: each is refused at the place, or makes an element that keeps the value.

use elementkit::elements::definition::DefinedElement;
use elementkit::elements::definition::check::check;
use serde_json::{Value, json};

use super::folders::{definitions, examples};

/// Returns the pointers of all values below a value.
fn places(value: &Value, pointer: &str, out: &mut Vec<String>) {
    let mut below = |key: &str, value: &Value| {
        let pointer = format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
        places(value, &pointer, out);
        out.push(pointer);
    };
    match value {
        Value::Object(members) => members.iter().for_each(|(key, value)| below(key, value)),
        Value::Array(entries) => entries.iter().enumerate().for_each(|(at, value)| below(&at.to_string(), value)),
        _ => {}
    }
}

/// Values of every type, and texts that mean something somewhere.
fn values() -> Vec<Value> {
    let mut deep = json!(1);
    for _ in 0..100 {
        deep = json!([deep]);
    }
    let texts =
        ["", " ", "x\u{0}y\u{202e}", "../..", "{", "${configuration.", "a.b[*]", "[99999999999999999999]", "GET:/x"];
    let mut values = vec![Value::Null, json!(true), json!(-1), json!(1.5), json!([]), json!({}), json!([null]), deep];
    values.extend(texts.map(Value::from));
    values.push("x".repeat(70_000).into());
    values
}

#[test]
fn a_wrong_value_is_refused_at_its_place_or_kept() {
    let (values, mut refused, mut kept) = (values(), 0, 0);
    for (key, definition) in definitions(&examples()) {
        let mut all = Vec::new();
        places(&definition, "", &mut all);
        for (at, pointer) in all.iter().enumerate() {
            // Over all places, every value comes at many of each kind.
            for value in values.iter().skip(at % 5).step_by(5) {
                let mut document = definition.clone();
                *document.pointer_mut(pointer).unwrap() = value.clone();
                let report = check(&document);
                let element = DefinedElement::new(800, "", &document);
                assert_eq!(report.problems.is_empty(), element.is_ok(), "{key} {pointer} {value:.60}");
                if let Some(problem) = report.problems.first() {
                    // A duplicate is reported where it occurs again, and a required member where it is missing.
                    let is_near = problem.pointer.starts_with(pointer) || pointer.starts_with(&problem.pointer);
                    assert!(is_near || problem.code == "duplicate", "{key} {pointer} {value:.60}: {problem:?}");
                    assert!(!problem.message.is_empty());
                    refused += 1;
                } else {
                    kept += 1;
                }
            }
        }
    }
    assert!(refused > 500 && kept > 500, "{refused} refused, {kept} kept");
}
