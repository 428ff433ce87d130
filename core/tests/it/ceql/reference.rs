//! A second, slow implementation of spec P 8.5: it first collects all values of a path, then tests them.

use std::cmp::Ordering;

use elementkit::query::{Comparison, Expr, Literal, Operator, Test};
use jiff::civil::DateTime;
use jiff::tz::Offset;
use serde_json::Value;

/// Returns whether a condition holds for an item; `dates` names its date-typed fields.
pub fn holds(condition: &Expr, item: &Value, dates: &[&str]) -> bool {
    match condition {
        Expr::And(parts) => parts.iter().all(|part| holds(part, item, dates)),
        Expr::Or(parts) => parts.iter().any(|part| holds(part, item, dates)),
        Expr::Not(part) => !holds(part, item, dates),
        Expr::Is(comparison) => asked(comparison, item, dates.contains(&comparison.field.name.as_str())),
    }
}

fn asked(Comparison { field, test }: &Comparison, item: &Value, date: bool) -> bool {
    let single = item.get(&field.name);
    let path = match single {
        Some(_) if field.quoted || !field.name.contains(['.', '[']) => vec![Step::Member(field.name.clone())],
        _ => steps(&field.name),
    };
    let mut found = Vec::new();
    gather(Some(item), &path, &mut found);
    // An array at the end of the path counts itself for IS NULL, and its members for all other tests.
    let members = || -> Vec<&Value> {
        let flat = found.iter().flatten().flat_map(|value| flattened(value));
        flat.filter(|value| !value.is_null() && !value.is_object()).collect()
    };
    let any =
        |operator: Operator, literal: &Literal| members().iter().any(|value| compare(value, operator, literal, date));
    let any_like = |pattern: &Literal| members().iter().any(|value| like(&canonical(value), &pattern.text));
    let any_in = |list: &[Literal]| list.iter().any(|literal| any(Operator::Equal, literal));
    match test {
        Test::Null => found.iter().any(|value| value.is_none_or(Value::is_null)),
        Test::NotNull => found.iter().any(|value| value.is_some_and(|value| !value.is_null())),
        Test::Compare(Operator::NotEqual, literal) => !members().is_empty() && !any(Operator::Equal, literal),
        Test::Compare(operator, literal) => any(*operator, literal),
        Test::Like(pattern) => any_like(pattern),
        Test::NotLike(pattern) => !members().is_empty() && !any_like(pattern),
        Test::In(list) => any_in(list),
        Test::NotIn(list) => !members().is_empty() && !any_in(list),
    }
}

enum Step {
    Member(String),
    Index(usize),
    Every,
}

fn steps(path: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    for part in path.replace('[', ".[").split('.') {
        match part.strip_prefix('[').and_then(|part| part.strip_suffix(']')) {
            Some("*") => steps.push(Step::Every),
            Some(index) => steps.push(Step::Index(index.parse().unwrap())),
            None => steps.push(Step::Member(part.to_owned())),
        }
    }
    steps
}

fn gather<'a>(value: Option<&'a Value>, path: &[Step], found: &mut Vec<Option<&'a Value>>) {
    let Some((step, rest)) = path.split_first() else { return found.push(value) };
    match (value, step) {
        (Some(Value::Array(items)), Step::Index(index)) => gather(items.get(*index), rest, found),
        (Some(Value::Array(items)), Step::Every) => items.iter().for_each(|item| gather(Some(item), rest, found)),
        (Some(Value::Array(items)), Step::Member(_)) => items.iter().for_each(|item| gather(Some(item), path, found)),
        (Some(Value::Object(members)), Step::Member(name)) => gather(members.get(name), rest, found),
        _ => found.push(None),
    }
}

fn flattened(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().flat_map(flattened).collect(),
        other => vec![other],
    }
}

fn compare(value: &Value, operator: Operator, literal: &Literal, date: bool) -> bool {
    let right = literal.text.as_str();
    let order = match value {
        Value::Number(left) if number(right).is_some() => left.as_f64().unwrap().partial_cmp(&number(right).unwrap()),
        Value::Bool(left) if boolean(right).is_some() => {
            let same = boolean(right) == Some(*left);
            return match operator {
                Operator::Equal => same,
                Operator::NotEqual => !same,
                _ => false,
            };
        }
        Value::String(left) => match (instant(left), instant(right), right.parse::<i64>()) {
            (Some(left), Some(right), _) => Some(left.cmp(&right)),
            (Some(left), None, Ok(millis)) if date => Some(left.cmp(&(i128::from(millis) * 1_000_000))),
            _ if !literal.quoted && number(right).is_some() && number(left).is_some() => {
                number(left).unwrap().partial_cmp(&number(right).unwrap())
            }
            _ => None,
        },
        _ => None,
    };
    let order = order.unwrap_or_else(|| canonical(value).chars().cmp(canonical_literal(literal).chars()));
    match operator {
        Operator::Equal => order == Ordering::Equal,
        Operator::NotEqual => order != Ordering::Equal,
        Operator::Less => order == Ordering::Less,
        Operator::Greater => order == Ordering::Greater,
        Operator::LessOrEqual => order != Ordering::Greater,
        Operator::GreaterOrEqual => order != Ordering::Less,
    }
}

/// Matches by trying every length for each `%`.
fn like(text: &str, pattern: &str) -> bool {
    fn from(text: &[char], pattern: &[char]) -> bool {
        match pattern {
            [] => text.is_empty(),
            ['\\', '%', rest @ ..] => text.first() == Some(&'%') && from(&text[1..], rest),
            ['%', rest @ ..] => (0..=text.len()).any(|skipped| from(&text[skipped..], rest)),
            [first, rest @ ..] => text.first() == Some(first) && from(&text[1..], rest),
        }
    }
    let characters = |text: &str| text.to_lowercase().chars().collect::<Vec<char>>();
    from(&characters(text), &characters(pattern))
}

fn number(text: &str) -> Option<f64> {
    let allowed = text.chars().all(|next| next.is_ascii_digit() || "+-.eE".contains(next));
    let dot = text.find('.').is_none_or(|at| {
        let around = [text[..at].chars().next_back(), text[at + 1..].chars().next()];
        around.iter().all(|next| next.is_some_and(|next| next.is_ascii_digit()))
    });
    text.parse().ok().filter(|_| allowed && dot)
}

fn boolean(text: &str) -> Option<bool> {
    text.to_ascii_lowercase().parse().ok()
}

/// Returns nanoseconds since the epoch.
fn instant(text: &str) -> Option<i128> {
    if text.len() < 10 || !text.is_ascii() || !text.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let (date, rest) = text.split_at(10);
    let (clock, zone) = match rest.strip_prefix(['T', ' ']) {
        None if rest.is_empty() => ("00:00:00", ""),
        None => return None,
        Some(rest) => rest.split_at(rest.find(['Z', '+', '-']).unwrap_or(rest.len())),
    };
    let shape: String = clock.chars().map(|next| if next.is_ascii_digit() { '9' } else { next }).collect();
    let fraction = shape.strip_prefix("99:99:99")?;
    if !(fraction.is_empty()
        || fraction.len() > 1 && fraction.starts_with('.') && fraction[1..].bytes().all(|next| next == b'9'))
    {
        return None;
    }
    let local: DateTime = format!("{date}T{clock}").parse().ok()?;
    let shift = match zone.replace(':', "").as_str() {
        "" | "Z" => 0,
        zone if zone.len() == 5 => {
            let sign = if zone.starts_with('-') { -1 } else { 1 };
            let (hours, minutes): (i128, i128) = (zone[1..3].parse().ok()?, zone[3..].parse().ok()?);
            sign * (hours * 60 + minutes) * 60
        }
        _ => return None,
    };
    let utc = Offset::UTC.to_timestamp(local).ok()?;
    Some(utc.as_nanosecond() - shift * 1_000_000_000)
}

fn canonical(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => plain(number.as_f64().unwrap()),
        other => other.to_string(),
    }
}

fn canonical_literal(literal: &Literal) -> String {
    match (number(&literal.text), boolean(&literal.text)) {
        _ if literal.quoted => literal.text.clone(),
        (Some(number), _) => plain(number),
        (_, Some(boolean)) => boolean.to_string(),
        _ => literal.text.clone(),
    }
}

/// Prints a number without trailing zeros.
fn plain(number: f64) -> String {
    format!("{number}")
}
