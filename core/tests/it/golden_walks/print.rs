//! The form of the golden file: lines are filled with short members; requests have a line each.

use serde_json::Value;

const WIDTH: usize = 160;

/// Returns a document as text.
pub fn printed(document: &Value) -> String {
    let mut out = String::new();
    print(document, 0, &mut out);
    out.push('\n');
    out
}

/// Appends a value whose lines have this indentation.
fn print(value: &Value, indent: usize, out: &mut String) {
    let parts: Vec<(String, &Value)> = match value {
        Value::Array(items) => items.iter().map(|item| (String::new(), item)).collect(),
        Value::Object(members) => members.iter().map(|(name, value)| (format!("{}: ", quoted(name)), value)).collect(),
        scalar => return out.push_str(&inline(scalar)),
    };
    let brackets = if value.is_array() { ['[', ']'] } else { ['{', '}'] };
    out.push(brackets[0]);
    // The length of the current line, if another part may follow on it.
    let mut line = None;
    for (position, (name, part)) in parts.iter().enumerate() {
        let text = inline(part);
        let is_short = !has_many_requests(part) && indent + 1 + name.len() + text.len() <= WIDTH;
        if position > 0 {
            out.push(',');
        }
        let length = name.len() + text.len() + 2;
        match line.filter(|line| value.is_object() && is_short && line + length <= WIDTH) {
            Some(_) => out.push(' '),
            None => new_line(indent + 1, out),
        }
        out.push_str(name);
        match is_short {
            true => out.push_str(&text),
            false => print(part, indent + 1, out),
        }
        let start = out.rfind('\n').map_or(0, |at| at + 1);
        line = is_short.then(|| out.len() - start);
    }
    if !parts.is_empty() {
        new_line(indent, out);
    }
    out.push(brackets[1]);
}

fn new_line(indent: usize, out: &mut String) {
    out.push('\n');
    out.push_str(&" ".repeat(indent));
}

fn has_many_requests(value: &Value) -> bool {
    match value {
        Value::Array(items) if items.iter().all(Value::is_string) => items.len() > 1,
        Value::Array(items) => items.iter().any(has_many_requests),
        Value::Object(members) => members.get("requests").is_some_and(has_many_requests),
        _ => false,
    }
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// Returns a value on one line, with spaces between its parts.
fn inline(value: &Value) -> String {
    let joined = |parts: Vec<String>| parts.join(", ");
    match value {
        Value::Array(items) => format!("[{}]", joined(items.iter().map(inline).collect())),
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value)| format!("{}: {}", quoted(name), inline(value));
            format!("{{{}}}", joined(members.iter().map(member).collect()))
        }
        other => other.to_string(),
    }
}
