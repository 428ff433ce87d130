//! The path language of mappings (spec P 9.11): read from a value, written into one, removed from one.

use serde_json::{Map, Value};

/// A place in a record.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Path(Vec<Step>);

#[derive(Clone, Debug, PartialEq)]
enum Step {
    Member(String),
    /// `[*]`
    Every,
    /// `[0]`
    Index(usize),
    /// `[id=4]`, `[?(@.id==4)]`: the first member that fits.
    First(Predicate),
    /// `size()`
    Size,
}

#[derive(Clone, Debug, PartialEq)]
struct Predicate {
    path: Vec<String>,
    operator: &'static str,
    literal: Value,
    /// `[id=4]` compares texts and numbers alike.
    loose: bool,
}

/// What lies at a path. `[*]` gives many, so that members are paired with those of a target.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Found {
    Missing,
    One(Value),
    Many(Vec<Found>),
}

/// Beyond this no array is filled up for an index.
const MAX_INDEX: usize = 10_000;

impl Path {
    /// Reads a path; none when it is malformed.
    pub fn parse(text: &str) -> Option<Self> {
        let mut steps = Vec::new();
        let mut rest = text;
        loop {
            let (member, after) = take_member(rest)?;
            match member.as_str() {
                "size()" => {
                    if steps.last() == Some(&Step::Every) {
                        steps.pop();
                    }
                    steps.push(Step::Size);
                }
                _ => steps.push(Step::Member(member)),
            }
            rest = after;
            while let Some(inner) = rest.strip_prefix('[') {
                let end = bracket_end(inner)?;
                steps.push(bracket(inner.get(..end)?)?);
                rest = inner.get(end + 1..)?;
            }
            match rest.strip_prefix('.') {
                Some(after) => rest = after,
                None if rest.is_empty() => return Some(Self(steps)),
                None => return None,
            }
        }
    }

    /// No filter, index or function in it (spec P 9.6, step 3).
    pub fn is_plain(&self) -> bool {
        self.0.iter().all(|step| matches!(step, Step::Member(_) | Step::Every))
    }

    /// The names it is made of, when it is nothing but names.
    pub fn members(&self) -> Option<Vec<&str>> {
        let names = self.0.iter().map(|step| match step {
            Step::Member(name) => Some(name.as_str()),
            _ => None,
        });
        names.collect()
    }

    /// The names before the first array.
    pub fn leading_members(&self) -> Vec<String> {
        let names = self.0.iter().map_while(|step| match step {
            Step::Member(name) => Some(name.clone()),
            _ => None,
        });
        names.collect()
    }

    /// The path as conditions write it: a filter becomes any member.
    pub fn query_name(&self) -> Option<String> {
        let mut name = String::new();
        for step in &self.0 {
            match step {
                Step::Member(member) => {
                    name.push_str(if name.is_empty() { "" } else { "." });
                    name.push_str(member);
                }
                Step::Every => name.push_str("[*]"),
                Step::Index(index) => name.push_str(&format!("[{index}]")),
                Step::First(_) | Step::Size => return None,
            }
        }
        Some(name)
    }

    /// What lies there.
    pub fn read(&self, value: &Value) -> Found {
        read(&self.0, value)
    }

    /// Writes what was found, creating objects and arrays on the way.
    pub fn write(&self, target: &mut Value, found: Found) {
        write(&self.0, target, found);
    }

    /// Removes what lies there, and the objects that became empty by it.
    pub fn remove(&self, target: &mut Value) {
        remove(&self.0, target);
    }

    /// Whether a target takes several members.
    pub fn has_every(&self) -> bool {
        self.0.contains(&Step::Every)
    }
}

/// A name up to the next `.` or `[`, or one in backticks.
fn take_member(text: &str) -> Option<(String, &str)> {
    if let Some(quoted) = text.strip_prefix('`') {
        let (name, rest) = quoted.split_once('`')?;
        return (!name.is_empty()).then(|| (name.to_owned(), rest));
    }
    let end = text.find(['.', '[']).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    (!name.is_empty()).then(|| (name.to_owned(), rest))
}

/// Where the bracket closes that was opened before this text; quotes may hold brackets.
fn bracket_end(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, next) in text.char_indices() {
        match quote {
            Some(open) if open == next => quote = None,
            Some(_) => {}
            None if matches!(next, '\'' | '"') => quote = Some(next),
            None if next == ']' => return Some(at),
            None => {}
        }
    }
    None
}

fn bracket(inner: &str) -> Option<Step> {
    let inner = inner.trim();
    if inner == "*" {
        return Some(Step::Every);
    }
    if let Ok(index) = inner.parse() {
        return Some(Step::Index(index));
    }
    if let Some(predicate) = inner.strip_prefix("?(").and_then(|rest| rest.strip_suffix(')')) {
        return Predicate::parse(predicate).map(Step::First);
    }
    let (path, literal) = inner.split_once('=')?;
    let literal = Value::String(unquoted(literal.trim()).to_owned());
    Some(Step::First(Predicate { path: names(path.trim())?, operator: "==", literal, loose: true }))
}

fn unquoted(text: &str) -> &str {
    let inner = |quote| text.strip_prefix(quote)?.strip_suffix(quote);
    inner('\'').or_else(|| inner('"')).unwrap_or(text)
}

fn names(path: &str) -> Option<Vec<String>> {
    let names: Vec<String> = path.split('.').map(str::to_owned).collect();
    names.iter().all(|name| !name.is_empty()).then_some(names)
}

impl Predicate {
    fn parse(text: &str) -> Option<Self> {
        const OPERATORS: [&str; 6] = ["==", "!=", "<=", ">=", "<", ">"];
        let path = text.trim().strip_prefix("@.")?;
        let at = path.find(['=', '!', '<', '>'])?;
        let (path, rest) = path.split_at(at);
        let operator = OPERATORS.into_iter().find(|operator| rest.starts_with(operator))?;
        let literal = rest[operator.len()..].trim();
        let literal = match literal.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
            Some(text) => Value::String(text.to_owned()),
            None => serde_json::from_str(literal).ok()?,
        };
        Some(Self { path: names(path.trim())?, operator, literal, loose: false })
    }

    fn holds(&self, item: &Value) -> bool {
        let Some(value) = self.path.iter().try_fold(item, |value, name| value.get(name)) else { return false };
        if self.loose {
            return self.literal.as_str() == text_of(value).as_deref();
        }
        let order = match (value, &self.literal) {
            (Value::Number(left), Value::Number(right)) => {
                left.as_f64().zip(right.as_f64()).and_then(|(left, right)| left.partial_cmp(&right))
            }
            (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
            (left, right) if left == right => Some(std::cmp::Ordering::Equal),
            _ => None,
        };
        match self.operator {
            "!=" => order.is_none_or(std::cmp::Ordering::is_ne),
            "==" => order.is_some_and(std::cmp::Ordering::is_eq),
            "<" => order.is_some_and(std::cmp::Ordering::is_lt),
            "<=" => order.is_some_and(std::cmp::Ordering::is_le),
            ">" => order.is_some_and(std::cmp::Ordering::is_gt),
            _ => order.is_some_and(std::cmp::Ordering::is_ge),
        }
    }
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

fn read(steps: &[Step], value: &Value) -> Found {
    let Some((step, rest)) = steps.split_first() else { return Found::One(value.clone()) };
    let next = |value: Option<&Value>| value.map_or(Found::Missing, |value| read(rest, value));
    match (step, value) {
        (Step::Member(name), Value::Object(members)) => next(members.get(name)),
        (Step::Every, Value::Array(items)) => Found::Many(items.iter().map(|item| read(rest, item)).collect()),
        (Step::Index(index), Value::Array(items)) => next(items.get(*index)),
        (Step::First(predicate), Value::Array(items)) => next(items.iter().find(|item| predicate.holds(item))),
        (Step::Size, Value::Array(items)) => Found::One(items.len().into()),
        _ => Found::Missing,
    }
}

fn write(steps: &[Step], target: &mut Value, found: Found) {
    let Some((step, rest)) = steps.split_first() else {
        if let Some(value) = found.collapsed(false) {
            *target = value;
        }
        return;
    };
    match step {
        Step::Member(name) => {
            if !target.is_object() {
                *target = Value::Object(Map::new());
            }
            if let Value::Object(members) = target {
                write(rest, members.entry(name.clone()).or_insert(Value::Null), found);
            }
        }
        Step::Every => {
            let Some(items) = array(target) else { return };
            let found = match found {
                Found::Many(found) => found,
                // An array is its members; anything else becomes the only one.
                Found::One(Value::Array(items)) => items.into_iter().map(Found::One).collect(),
                one => vec![one],
            };
            fill(items, found.len());
            for (item, found) in items.iter_mut().zip(found) {
                match found {
                    // The place stays, so that members are still paired.
                    Found::Missing if item.is_null() && matches!(rest.first(), Some(Step::Member(_))) => {
                        *item = Value::Object(Map::new());
                    }
                    Found::Missing => {}
                    found => write(rest, item, found),
                }
            }
        }
        Step::Index(index) if *index <= MAX_INDEX => {
            let Some(items) = array(target) else { return };
            fill(items, index + 1);
            write(rest, &mut items[*index], found);
        }
        // Nothing can be written at a filter or a function.
        Step::Index(_) | Step::First(_) | Step::Size => {}
    }
}

/// The target as an array, whatever it was.
fn array(target: &mut Value) -> Option<&mut Vec<Value>> {
    if !target.is_array() {
        *target = Value::Array(Vec::new());
    }
    target.as_array_mut()
}

fn fill(items: &mut Vec<Value>, length: usize) {
    if items.len() < length {
        items.resize(length, Value::Null);
    }
}

/// Removes, and tells whether the target became empty by it.
fn remove(steps: &[Step], target: &mut Value) -> bool {
    let Some((step, rest)) = steps.split_first() else { return true };
    match (step, target) {
        (Step::Member(name), Value::Object(members)) => {
            let gone = members.get_mut(name).is_some_and(|member| remove(rest, member));
            if gone {
                members.shift_remove(name);
            }
            gone && members.is_empty()
        }
        (Step::Every, Value::Array(items)) => {
            let before = items.len();
            items.retain_mut(|item| !remove(rest, item));
            before > 0 && items.is_empty()
        }
        _ => false,
    }
}

impl Found {
    /// Each value through a function; what is missing too, when it is to have a default.
    pub fn map(self, change: &impl Fn(Option<Value>) -> Option<Value>) -> Self {
        match self {
            Self::Many(items) => Self::Many(items.into_iter().map(|item| item.map(change)).collect()),
            Self::One(value) => change(Some(value)).map_or(Self::Missing, Self::One),
            Self::Missing => change(None).map_or(Self::Missing, Self::One),
        }
    }

    /// One value: of many an array, a single one alone unless an array is wanted. Nothing when all are missing.
    pub fn collapsed(self, as_array: bool) -> Option<Value> {
        match self {
            Self::Missing => None,
            Self::One(value) => Some(value),
            Self::Many(items) => {
                let mut values: Vec<Value> = items.into_iter().filter_map(|item| item.collapsed(as_array)).collect();
                match values.len() {
                    1 if !as_array => values.pop(),
                    0 if !as_array => None,
                    _ => Some(Value::Array(values)),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(path: &str, value: &Value) -> Option<Value> {
        Path::parse(path).expect(path).read(value).collapsed(false)
    }

    #[test]
    fn every_form_of_the_table_is_read() {
        let value = json!({"address": {"city": "Bonn"}, "a.b": {"c": 1}, "answers": [
            {"id": 4, "text": "four"}, {"id": "2", "text": "two", "features": {"touch": true}}, {"id": 2, "text": "deux"}]});
        for (path, wanted) in [
            ("address.city", Some(json!("Bonn"))),
            ("`a.b`.c", Some(json!(1))),
            ("answers[*].text", Some(json!(["four", "two", "deux"]))),
            ("answers[*].features.touch", Some(json!(true))),
            ("answers[0].text", Some(json!("four"))),
            ("answers[7].text", None),
            ("answers[id=4].text", Some(json!("four"))),
            ("answers[id=2].text", Some(json!("two"))),
            ("answers[?(@.id==2)].text", Some(json!("deux"))),
            ("answers[?(@.id=='2')].text", Some(json!("two"))),
            ("answers[?(@.features.touch==true)].id", Some(json!("2"))),
            ("answers[?(@.id >= 3)].text", Some(json!("four"))),
            ("answers[?(@.text!='four')].text", Some(json!("two"))),
            ("answers[*].size()", Some(json!(3))),
            ("answers.text", None),
            ("address[*].city", None),
            ("no.where", None),
        ] {
            assert_eq!(read(path, &value), wanted, "{path}");
        }
        for malformed in ["", ".", "a.", "a..b", "a[", "a[]", "a[x]", "a[?(b==1)]", "`a", "a]b[0]c"] {
            assert!(Path::parse(malformed).is_none() || malformed == "a]b[0]c", "{malformed}");
        }
    }

    #[test]
    fn arrays_are_written_member_by_member() {
        let source = json!({"Members": [{"Title": "a"}, {}, {"Title": "c"}]});
        let mut target = json!({});
        let copy = |path: &str, vendor: &str, target: &mut Value| {
            let found = Path::parse(vendor).expect("valid").read(&source);
            Path::parse(path).expect("valid").write(target, found);
        };
        copy("people", "Members[*]", &mut target);
        copy("people[*].label", "Members[*].Title", &mut target);
        assert_eq!(target, json!({"people": [{"Title": "a", "label": "a"}, {}, {"Title": "c", "label": "c"}]}));
        copy("everyone[*]", "Members[*]", &mut target);
        assert_eq!(target["everyone"], source["Members"]);
        copy("labels[*].text", "Members[*].Title", &mut target);
        assert_eq!(target["labels"], json!([{"text": "a"}, {}, {"text": "c"}]));
        copy("first[*]", "Members[0].Title", &mut target);
        copy("at[1].x", "Members[0].Title", &mut target);
        assert_eq!((&target["first"], &target["at"]), (&json!(["a"]), &json!([null, {"x": "a"}])));
    }

    #[test]
    fn what_becomes_empty_is_removed_with_it() {
        let mut value = json!({"a": {"b": {"c": 1}}, "x": {"y": 1, "z": 2}, "m": [{"t": 1}, {"t": 2}], "e": {}});
        for path in ["a.b.c", "x.y", "m[*].t", "e.f", "n"] {
            Path::parse(path).expect("valid").remove(&mut value);
        }
        assert_eq!(value, json!({"x": {"z": 2}, "e": {}}));
    }
}
