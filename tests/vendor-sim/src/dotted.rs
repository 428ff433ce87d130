//! Dotted paths into JSON: `data.items[0].id`, `items[*]`, `soap:Envelope.soap:Body`.

use serde_json::{Map, Value};

/// A step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Member(String),
    Index(usize),
    All,
}

fn steps(path: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    for part in path.trim_start_matches('.').split('.') {
        let (name, mut rest) = part.find('[').map_or((part, ""), |at| part.split_at(at));
        if !name.is_empty() {
            steps.push(Step::Member(name.to_owned()));
        }
        while let Some((index, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            steps.push(index.parse().map_or(Step::All, Step::Index));
            rest = after;
        }
    }
    steps
}

/// Returns the value at a path.
pub fn get<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    let mut at = value;
    for step in steps(path) {
        at = match step {
            Step::Member(name) => at.get(&name).or_else(|| local(at, &name))?,
            Step::Index(index) => at.get(index)?,
            Step::All => at,
        };
    }
    Some(at)
}

/// Returns the only member whose name is this one but for its prefix.
fn local<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    let bare = |name: &str| name.rsplit(':').next().unwrap_or_default().to_owned();
    let mut found = value.as_object()?.iter().filter(|(known, _)| bare(known) == bare(name) && name.contains(':'));
    let one = found.next().map(|(_, value)| value);
    one.filter(|_| found.next().is_none())
}

/// Returns a value in which the path leads to this one.
pub fn wrapped(value: Value, path: &str) -> Value {
    steps(path).into_iter().rev().fold(value, |value, step| match step {
        Step::Member(name) => Value::Object(Map::from_iter([(name, value)])),
        Step::Index(index) => {
            let mut list = vec![Value::Null; index];
            list.push(value);
            Value::Array(list)
        }
        Step::All => value,
    })
}

/// Sets the value at a path of member names; indexes are left out.
pub fn set(root: &mut Value, path: &str, value: Value) {
    let mut at = root;
    for step in steps(path) {
        let Step::Member(name) = step else { continue };
        if !at.is_object() {
            *at = Value::Object(Map::new());
        }
        let Value::Object(members) = at else { return };
        at = members.entry(name).or_insert(Value::Null);
    }
    *at = value;
}

/// Adds a value at a path to what is there.
pub fn add(root: &mut Value, path: &str, value: Value) {
    merge(root, wrapped(value, path));
}

fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (name, value) in from {
                merge(into.entry(name).or_insert(Value::Null), value);
            }
        }
        (Value::Array(into), Value::Array(from)) => {
            for (position, value) in from.into_iter().enumerate() {
                match into.get_mut(position) {
                    Some(known) => merge(known, value),
                    None => into.push(value),
                }
            }
        }
        (into, from) => *into = from,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_wrapped_value_is_found_again() {
        for path in ["data", "a.b", "items[*]", "events[0].data.output", "[0]", "soap:Envelope.soap:Body", ".x"] {
            let inside = json!([1, 2]);
            assert_eq!(get(&wrapped(inside.clone(), path), path), Some(&inside), "{path}");
        }
        assert_eq!(get(&json!({"s:Body": 1}), "soap:Body"), Some(&json!(1)));
        let mut value = json!({"a": {"b": 1}});
        set(&mut value, "a.c", json!(2));
        assert_eq!(value, json!({"a": {"b": 1, "c": 2}}));
    }
}
