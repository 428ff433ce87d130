//! Columns of a CSV file: dotted names are nested members, `a[0].b` is in an array (spec E 9.23).

use serde_json::{Map, Value};

use crate::engine::transform::{boolean_of, number_of};
use crate::record::Kind;

/// Largest position in an array that a column may have.
const LONGEST_ARRAY: usize = 1000;

/// Columns of a file, in order.
#[derive(Clone, Debug)]
pub(super) struct Columns(Vec<Column>);

#[derive(Clone, Debug)]
struct Column {
    name: String,
    path: Vec<Step>,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Member(String),
    Element(usize),
}

impl Columns {
    /// Reads the names of a header. `kind` returns the type of a field, if it is known.
    ///
    /// # Errors
    /// Returns the first problem of the header.
    pub fn of(names: &[String], kind: impl Fn(&str) -> Option<Kind>) -> Result<Self, String> {
        let mut columns: Vec<Column> = Vec::with_capacity(names.len());
        for name in names.iter().map(|name| name.trim()) {
            let path = path_of(name)?;
            if let Some(other) = columns.iter().find(|other| collide(&other.path, &path)) {
                return Err(match other.name == name {
                    true => format!("The file has the column {name} twice"),
                    false => format!("The columns {} and {name} of the file exclude each other", other.name),
                });
            }
            columns.push(Column { name: name.to_owned(), path, kind: kind(name).unwrap_or(Kind::Text) });
        }
        Ok(Self(columns))
    }

    /// Returns the names of the columns.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|column| column.name.as_str())
    }

    /// Returns the record of a line. An empty value is no member.
    ///
    /// # Errors
    /// Returns why the values are no record.
    pub fn record<'a>(&self, values: impl ExactSizeIterator<Item = &'a str>) -> Result<Map<String, Value>, String> {
        if values.len() != self.0.len() {
            return Err(format!("The line has {} values, the header {}", values.len(), self.0.len()));
        }
        let mut record = Value::Object(Map::new());
        for (column, text) in self.0.iter().zip(values).filter(|(_, text)| !text.is_empty()) {
            let value = typed(column.kind, text).ok_or_else(|| column.misfit(text))?;
            put(&mut record, &column.path, value);
        }
        match record {
            Value::Object(members) => Ok(members),
            _ => Ok(Map::new()),
        }
    }
}

impl Column {
    fn misfit(&self, text: &str) -> String {
        let wanted = if self.kind == Kind::Bool { "true or false" } else { "a number" };
        let shown: String = text.chars().take(40).collect();
        format!("The value {shown:?} of {} is not {wanted}", self.name)
    }
}

/// Returns a value of a type; `None` for a text that is not one of that type.
fn typed(kind: Kind, text: &str) -> Option<Value> {
    match kind {
        Kind::Int | Kind::Float => number_of(text.trim()),
        Kind::Bool => boolean_of(text.trim()).map(Value::Bool),
        // Downloads have arrays as JSON in one column (spec P 10.6).
        Kind::Json if text.starts_with(['[', '{']) => {
            Some(serde_json::from_str(text).unwrap_or_else(|_| Value::from(text)))
        }
        Kind::Id | Kind::Date | Kind::Text | Kind::Json => Some(Value::from(text)),
    }
}

fn path_of(name: &str) -> Result<Vec<Step>, String> {
    let malformed = || format!("The column {name:?} of the file has no valid name");
    let mut path = Vec::new();
    for part in name.split('.') {
        let (member, mut rest) = part.split_at(part.find('[').unwrap_or(part.len()));
        if member.is_empty() {
            return Err(malformed());
        }
        path.push(Step::Member(member.to_owned()));
        while let Some((number, behind)) = rest.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
            let position = number.parse().ok().filter(|position| *position <= LONGEST_ARRAY);
            path.push(Step::Element(position.ok_or_else(malformed)?));
            rest = behind;
        }
        if !rest.is_empty() {
            return Err(malformed());
        }
    }
    Ok(path)
}

/// Returns whether one path cannot hold a value besides the other: they are equal, one is above the other, or a value
/// would be both an array and an object.
fn collide(left: &[Step], right: &[Step]) -> bool {
    let differs = left.iter().zip(right).find(|(left, right)| left != right);
    differs.is_none_or(|(left, right)| std::mem::discriminant(left) != std::mem::discriminant(right))
}

/// Sets the value at a path; arrays are filled with nulls up to it.
fn put(into: &mut Value, path: &[Step], value: Value) {
    let Some((step, rest)) = path.split_first() else {
        *into = value;
        return;
    };
    let below = match step {
        Step::Member(name) => {
            if !into.is_object() {
                *into = Value::Object(Map::new());
            }
            into.as_object_mut().map(|members| members.entry(name.clone()).or_insert(Value::Null))
        }
        Step::Element(position) => {
            if !into.is_array() {
                *into = Value::Array(Vec::new());
            }
            into.as_array_mut().map(|items| {
                items.resize(items.len().max(position + 1), Value::Null);
                &mut items[*position]
            })
        }
    };
    if let Some(below) = below {
        put(below, rest, value);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn columns(header: &str) -> Result<Columns, String> {
        let names: Vec<String> = header.split(',').map(str::to_owned).collect();
        Columns::of(&names, |name| match name {
            "n" => Some(Kind::Int),
            "ok" => Some(Kind::Bool),
            "list" => Some(Kind::Json),
            _ => None,
        })
    }

    fn record(header: &str, values: &[&str]) -> Result<Value, String> {
        columns(header)?.record(values.iter().copied()).map(Value::Object)
    }

    #[test]
    fn columns_become_members() {
        let found = record("a,b.c,b.d,x[1].y,x[0].y,n,ok,list", &["1", "2", "", "3", "4", "5", "true", "[1]"]);
        let expected =
            json!({"a": "1", "b": {"c": "2"}, "x": [{"y": "4"}, {"y": "3"}], "n": 5, "ok": true, "list": [1]});
        assert_eq!(found, Ok(expected));
        assert_eq!(record("a,x[1]", &["", "1"]), Ok(json!({"x": [null, "1"]})));
        assert_eq!(record("n,list", &["1.5", "[x"]), Ok(json!({"n": 1.5, "list": "[x"})));
    }

    #[test]
    fn a_line_that_does_not_fit_is_explained() {
        assert_eq!(record("a,b", &["1"]), Err("The line has 1 values, the header 2".to_owned()));
        assert_eq!(record("n", &["x"]), Err("The value \"x\" of n is not a number".to_owned()));
        assert_eq!(record("ok", &["x"]), Err("The value \"x\" of ok is not true or false".to_owned()));
    }

    #[test]
    fn a_header_must_make_sense() {
        for (header, problem) in [
            ("a,a", "The file has the column a twice"),
            ("a,a.b", "The columns a and a.b of the file exclude each other"),
            ("a.b,a[0]", "The columns a.b and a[0] of the file exclude each other"),
            ("a,", "The column \"\" of the file has no valid name"),
            ("a[", "The column \"a[\" of the file has no valid name"),
            ("a[9999]", "The column \"a[9999]\" of the file has no valid name"),
            ("a..b", "The column \"a..b\" of the file has no valid name"),
        ] {
            assert_eq!(columns(header).err().as_deref(), Some(problem), "{header}");
        }
    }
}
