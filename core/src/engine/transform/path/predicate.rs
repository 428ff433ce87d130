//! Filters in paths: `[id=4]`, `[?(@.id==4)]`.

use serde_json::Value;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Predicate {
    pub path: Vec<String>,
    pub operator: &'static str,
    pub literal: Value,
    /// Whether strings and numbers compare equal, as in `[id=4]`.
    pub loose: bool,
}

impl Predicate {
    pub fn parse(text: &str) -> Option<Self> {
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

    pub fn holds(&self, item: &Value) -> bool {
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

pub(super) fn names(path: &str) -> Option<Vec<String>> {
    let names: Vec<String> = path.split('.').map(str::to_owned).collect();
    names.iter().all(|name| !name.is_empty()).then_some(names)
}
