//! Comparison of requests and answers with those that a case expects; see tests/scenarios/README.md.

use serde_json::Value;

use crate::defined::world::{Answer, Asked};

/// Returns what differs, each with its place.
pub fn compare(pattern: &Value, found: Option<&Value>, at: &str) -> Vec<String> {
    let shown = || found.map_or("nothing".to_owned(), ToString::to_string);
    let wrong = || vec![format!("{at}: expected {pattern}\n      found {}", shown())];
    let holds = |holds: bool| if holds { Vec::new() } else { wrong() };
    match (pattern, found) {
        (Value::String(text), _) if text.starts_with('$') => holds(is_like(text, found)),
        (Value::Object(members), _) if members.contains_key("$json") => {
            let parsed = found.and_then(Value::as_str).and_then(|text| serde_json::from_str(text).ok());
            compare(&members["$json"], parsed.as_ref(), at)
        }
        (Value::Object(members), Some(Value::Object(found))) => {
            let (members, exact) = match members.get("$some") {
                Some(some) => (some.as_object().unwrap(), false),
                None => (members, true),
            };
            if exact && let Some(name) = found.keys().find(|name| !members.contains_key(*name)) {
                return vec![format!("{at}: {name:?} is too much\n      found {}", shown())];
            }
            members.iter().flat_map(|(name, each)| compare(each, found.get(name), &format!("{at}/{name}"))).collect()
        }
        (Value::Array(patterns), Some(Value::Array(found))) if patterns.len() == found.len() => {
            let each = patterns.iter().zip(found).enumerate();
            each.flat_map(|(index, (pattern, value))| compare(pattern, Some(value), &format!("{at}/{index}"))).collect()
        }
        (pattern, found) => holds(found == Some(pattern)),
    }
}

/// Checks a pattern: `$any`, `$absent`, `$text`, `$contains:part`, and `$like:one#two` for parts in this order.
fn is_like(pattern: &str, found: Option<&Value>) -> bool {
    let text = found.map(|found| found.as_str().map_or_else(|| found.to_string(), str::to_owned));
    match (pattern.split_once(':'), pattern) {
        (_, "$any") => found.is_some(),
        (_, "$absent") => found.is_none(),
        (_, "$text") => found.and_then(Value::as_str).is_some_and(|text| !text.is_empty()),
        (Some(("$contains", part)), _) => text.is_some_and(|text| text.contains(part)),
        (Some(("$like", parts)), _) => text.is_some_and(|text| {
            let mut rest = &*text;
            parts.split('#').all(|part| match rest.find(part) {
                Some(at) => {
                    rest = &rest[at + part.len()..];
                    true
                }
                None => false,
            })
        }),
        _ => panic!("no pattern {pattern}"),
    }
}

/// Compares the requests that the vendor received with the expected ones.
pub fn compare_asked(expected: &Value, asked: &[Asked]) -> Vec<String> {
    let expected = expected.as_array().unwrap();
    if expected.len() != asked.len() {
        let lines: Vec<String> = asked.iter().map(Asked::line).collect();
        return vec![format!("expected {} requests, found {lines:?}", expected.len())];
    }
    let each = expected.iter().zip(asked).enumerate();
    each.flat_map(|(index, (expected, asked))| request(expected, asked, &format!("request {index}"))).collect()
}

fn request(expected: &Value, asked: &Asked, at: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, pattern) in expected.as_object().unwrap() {
        let at = format!("{at} {name}");
        let found = match name.as_str() {
            "line" => {
                let (pattern, found) = (sorted(pattern.as_str().unwrap()), sorted(&asked.line()));
                wrong.extend(compare(&pattern.into(), Some(&found.into()), &at));
                continue;
            }
            "headers" => {
                for (name, pattern) in pattern.as_object().unwrap() {
                    let value = asked.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into());
                    wrong.extend(compare(pattern, value.as_ref(), &format!("{at}/{name}")));
                }
                continue;
            }
            "query" => {
                for (name, pattern) in pattern.as_object().unwrap() {
                    let value = asked.get(name).map(Value::from);
                    wrong.extend(compare(pattern, value.as_ref(), &format!("{at}/{name}")));
                }
                continue;
            }
            "method" => Some(asked.method.as_str().into()),
            "path" => Some(asked.path.as_str().into()),
            "raw" => Some(asked.raw.as_str().into()),
            "text" => Some(String::from_utf8_lossy(&asked.body).into()),
            "body" => serde_json::from_slice(&asked.body).ok(),
            other => panic!("no expectation {other} of a request"),
        };
        wrong.extend(compare(pattern, found.as_ref(), &at));
    }
    wrong
}

/// Returns a request line with its query sorted by name, since a script may name parameters in any order.
fn sorted(line: &str) -> String {
    let Some((path, query)) = line.split_once('?') else { return line.to_owned() };
    let mut query: Vec<&str> = query.split('&').collect();
    query.sort_by_key(|pair| pair.split('=').next());
    format!("{path}?{}", query.join("&"))
}

/// Compares the answer to the caller with the expected one.
pub fn compare_answer(expected: &Value, answer: &Answer) -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, pattern) in expected.as_object().unwrap() {
        let at = format!("answer {name}");
        match name.as_str() {
            "status" => wrong.extend(compare(pattern, Some(&answer.status.into()), &at)),
            "body" => wrong.extend(compare(pattern, Some(&answer.body), &at)),
            "text" => wrong.extend(compare(pattern, Some(&answer.text.as_str().into()), &at)),
            "headers" => {
                for (name, pattern) in pattern.as_object().unwrap() {
                    let value = answer.header(name).map(Value::from);
                    wrong.extend(compare(pattern, value.as_ref(), &format!("{at}/{name}")));
                }
            }
            "not" => {
                let parts = pattern.as_array().unwrap().iter().map(|part| part.as_str().unwrap());
                wrong.extend(parts.filter(|part| answer.text.contains(part)).map(|part| format!("{at}: found {part}")));
            }
            other => panic!("no expectation {other} of an answer"),
        }
    }
    if !wrong.is_empty() {
        wrong.push(format!("the answer was {} {}", answer.status, answer.text));
    }
    wrong
}
