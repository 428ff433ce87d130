//! Patterns and templates of the scenarios; see tests/scenarios/README.md.

use std::collections::BTreeMap;

use serde_json::Value;

/// Values that earlier steps stored.
pub type Values = BTreeMap<String, Value>;

/// Checks that a value matches a pattern; the error names the path of the mismatch.
pub fn check(pattern: &Value, value: Option<&Value>, at: &str) -> Result<(), String> {
    let present = value.filter(|value| !value.is_null());
    let fail =
        |what: &str| Err(format!("{at}: {what}, got {}", value.map_or("nothing".to_owned(), ToString::to_string)));
    let ok = |holds: bool, what: &str| if holds { Ok(()) } else { fail(what) };
    match pattern {
        Value::String(text) => match text.as_str() {
            "$any" => ok(value.is_some(), "expected anything"),
            "$absent" => ok(present.is_none(), "expected nothing"),
            "$text" => ok(present.and_then(Value::as_str).is_some_and(|text| !text.is_empty()), "expected a text"),
            "$number" => ok(present.is_some_and(Value::is_number), "expected a number"),
            "$bool" => ok(present.is_some_and(Value::is_boolean), "expected true or false"),
            text => match text.strip_prefix("$contains:") {
                Some(part) => ok(
                    present.and_then(Value::as_str).is_some_and(|text| text.contains(part)),
                    &format!("expected a text with {part:?}"),
                ),
                None => ok(value == Some(pattern), &format!("expected {pattern}")),
            },
        },
        Value::Object(members) => {
            if let Some(length) = members.get("$length") {
                let found = value.and_then(Value::as_array).map(Vec::len);
                return ok(found.map(Value::from).as_ref() == Some(length), &format!("expected {length} elements"));
            }
            let Some(Value::Object(found)) = value else { return fail("expected an object") };
            members.iter().try_for_each(|(name, pattern)| check(pattern, found.get(name), &format!("{at}/{name}")))
        }
        Value::Array(patterns) => {
            let Some(Value::Array(found)) = value else { return fail("expected an array") };
            if patterns.len() != found.len() {
                return fail(&format!("expected {} elements", patterns.len()));
            }
            let mut each = patterns.iter().zip(found).enumerate();
            each.try_for_each(|(index, (pattern, value))| check(pattern, Some(value), &format!("{at}/{index}")))
        }
        Value::Null => ok(present.is_none(), "expected null"),
        other => ok(value == Some(other), &format!("expected {other}")),
    }
}

/// Replaces `{{name/path}}` by stored values.
pub fn fill(template: &Value, values: &Values) -> Value {
    match template {
        Value::String(text) => fill_text(text, values),
        Value::Array(items) => items.iter().map(|item| fill(item, values)).collect(),
        Value::Object(members) => members.iter().map(|(name, member)| (name.clone(), fill(member, values))).collect(),
        other => other.clone(),
    }
}

fn fill_text(text: &str, values: &Values) -> Value {
    if let Some(reference) = text.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"))
        && !reference.contains("{{")
    {
        return look_up(reference, values);
    }
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let (reference, after) = after.split_once("}}").expect("a reference ends with }}");
        out.push_str(before);
        match look_up(reference, values) {
            Value::String(text) => out.push_str(&text),
            other => out.push_str(&other.to_string()),
        }
        rest = after;
    }
    out.push_str(rest);
    Value::String(out)
}

fn look_up(reference: &str, values: &Values) -> Value {
    let (name, path) =
        reference.split_once('/').map_or((reference, String::new()), |(name, path)| (name, format!("/{path}")));
    let value = values.get(name).and_then(|value| value.pointer(&path));
    value.unwrap_or_else(|| panic!("no earlier step stored {reference}")).clone()
}
