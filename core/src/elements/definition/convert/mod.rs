//! Conditions for vendors: the converters of `where`, and what they cannot say (spec E 5.38 to 5.45).

#[cfg(test)]
mod tests;

use super::document::{DefinedResource, Definition, Parameter, Source, Target};
use super::refused::Refused;
use super::request;
use super::run;
use super::settings::Settings;
use crate::query::{Comparison, Expr, Literal, Operator, Test};
use crate::record::{format_seconds, parse_iso};

/// Names by which scripts read the condition (spec E 6.30).
const CONDITION_NAMES: [&str; 4] =
    ["request_expression", "request_parameters.where", "request_parameters['where']", "request_parameters[\"where\"]"];

/// Outcome of a converter.
#[derive(Clone, Debug, PartialEq)]
pub struct Converted {
    /// The part that the vendor receives. `None` if the converter can say nothing of the condition.
    pub sent: Option<Sent>,
    /// The part that the vendor does not receive, so that the engine evaluates it.
    pub residual: Option<Expr>,
}

/// Form in which a vendor receives a condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Sent {
    /// Names with values.
    Pairs(Vec<(String, String)>),
    /// One text.
    Text(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dialect {
    V3,
    V4,
}

impl Sent {
    /// Returns the text for targets that are no query: pairs joined by `&` (spec E 5.45).
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Pairs(pairs) => request::urlencoded(pairs),
        }
    }
}

/// Returns whether a parameter carries the condition (spec E 5.38).
pub fn is_where(parameter: &Parameter) -> bool {
    !parameter.response && parameter.from == Source::Query && parameter.name == "where"
}

/// Returns what the engine must evaluate of a condition of a list, because the vendor does not (spec E 5.40, 6.29). The
/// search of a resource whose `where` goes to a body, to a token or nowhere, or whose script reads the condition, is the
/// definition's affair (spec E 6.30).
///
/// # Errors
/// Refuses a condition for which there is no converter (spec E 5.44).
pub fn residual(settings: Settings<'_>, resource: &DefinedResource, condition: &Expr) -> Result<Option<Expr>, Refused> {
    if run::pre_script_has(settings.definition(), resource, &CONDITION_NAMES) {
        return Ok(None);
    }
    let carriers = carriers(settings.definition(), resource);
    if carriers.is_empty() {
        return Ok(Some(condition.clone()));
    }
    let own_affair =
        |parameter: &&Parameter| matches!(parameter.to, Some(Target::Nothing | Target::BodyToken | Target::Body));
    if carriers.iter().any(own_affair) {
        return Ok(None);
    }
    match carriers.iter().find_map(|parameter| parameter.converter.as_deref()) {
        Some(converter) => Ok(convert(converter, condition, settings)?.residual),
        None => Ok(None),
    }
}

/// Returns the parameters that carry the condition; those that do nothing (spec E 1.76) do not count.
fn carriers<'a>(definition: &'a Definition, resource: &'a DefinedResource) -> Vec<&'a Parameter> {
    let all = definition.parameters.iter().chain(&resource.parameters);
    all.filter(|parameter| is_where(parameter) && parameter.to.is_some()).collect()
}

/// Converts a condition.
///
/// # Errors
/// Refuses a converter that does not exist (spec E 5.44).
pub fn convert(converter: &str, condition: &Expr, settings: Settings<'_>) -> Result<Converted, Refused> {
    let dates = settings.get("odata.date.fields").unwrap_or_default();
    let dates: Vec<&str> = dates.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    match converter {
        "toQueryParameters" => Ok(to_query_parameters(condition)),
        "toODataFilter" => Ok(to_odata(condition, Dialect::V4, &dates)),
        "toODataV3Filter" => Ok(to_odata(condition, Dialect::V3, &dates)),
        _ => Err(Refused::new("The search of this resource is not available")),
    }
}

/// Sends each `field = value` of the outermost AND whose field occurs once (spec E 5.39, 5.40).
fn to_query_parameters(condition: &Expr) -> Converted {
    let parts = condition.conjuncts();
    let field = |part: &Expr| pair(part).map(|(name, _)| name.to_owned());
    let fields: Vec<Option<String>> = parts.iter().map(|part| field(part)).collect();
    let is_single = |name: &str| fields.iter().flatten().filter(|other| *other == name).count() == 1;
    let (mut pairs, mut rest) = (Vec::new(), Vec::new());
    for part in parts {
        match pair(part) {
            Some((name, value)) if is_single(name) => pairs.push((name.to_owned(), value.to_owned())),
            _ => rest.push(part.clone()),
        }
    }
    let sent = (!pairs.is_empty()).then_some(Sent::Pairs(pairs));
    Converted { sent, residual: Expr::all(rest) }
}

fn pair(part: &Expr) -> Option<(&str, &str)> {
    let Expr::Is(Comparison { field, test }) = part else { return None };
    let value = match test {
        Test::Compare(Operator::Equal, value) => value,
        Test::In(values) if values.len() == 1 => &values[0],
        _ => return None,
    };
    Some((&field.name, &value.text))
}

/// Sends each part of the outermost AND that OData can say (spec E 5.41 to 5.43).
fn to_odata(condition: &Expr, dialect: Dialect, dates: &[&str]) -> Converted {
    let parts = condition.conjuncts();
    let several = parts.len() > 1;
    let (mut texts, mut rest) = (Vec::new(), Vec::new());
    for part in parts {
        match odata(part, dialect, dates) {
            Some(text) if several && matches!(part, Expr::Or(_)) => texts.push(format!("({text})")),
            Some(text) => texts.push(text),
            None => rest.push(part.clone()),
        }
    }
    let sent = (!texts.is_empty()).then(|| Sent::Text(texts.join(" and ")));
    Converted { sent, residual: Expr::all(rest) }
}

/// Returns a condition in OData, or `None` if a part of it cannot be said.
fn odata(condition: &Expr, dialect: Dialect, dates: &[&str]) -> Option<String> {
    let all = |parts: &[Expr]| -> Option<Vec<String>> {
        let text = |part: &Expr| {
            let text = odata(part, dialect, dates)?;
            Some(if matches!(part, Expr::And(_) | Expr::Or(_)) { format!("({text})") } else { text })
        };
        parts.iter().map(text).collect()
    };
    match condition {
        Expr::And(parts) => Some(all(parts)?.join(" and ")),
        Expr::Or(parts) => Some(all(parts)?.join(" or ")),
        Expr::Not(part) => Some(format!("not ({})", odata(part, dialect, dates)?)),
        Expr::Is(comparison) => odata_comparison(comparison, dialect, dates),
    }
}

fn odata_comparison(comparison: &Comparison, dialect: Dialect, dates: &[&str]) -> Option<String> {
    let Comparison { field, test } = comparison;
    let is_name = |part: &str| {
        !part.is_empty()
            && !part.starts_with(|first: char| first.is_ascii_digit())
            && part.chars().all(|one| one.is_alphanumeric() || one == '_')
    };
    // A name with other characters could say something else to the vendor.
    if field.quoted || !field.name.split('.').all(is_name) {
        return None;
    }
    let name = field.name.replace('.', "/");
    let is_date = dates.contains(&field.name.as_str());
    let literal = |literal: &Literal| odata_literal(literal, dialect, is_date);
    match test {
        Test::Compare(operator, value) => {
            let operator = match operator {
                Operator::Equal => "eq",
                Operator::NotEqual => "ne",
                Operator::Greater => "gt",
                Operator::GreaterOrEqual => "ge",
                Operator::Less => "lt",
                Operator::LessOrEqual => "le",
            };
            Some(format!("{name} {operator} {}", literal(value)))
        }
        Test::Like(pattern) => odata_like(&name, &pattern.text, dialect),
        Test::In(values) => {
            let one = |value: &Literal| format!("{name} eq {}", literal(value));
            Some(format!("({})", values.iter().map(one).collect::<Vec<_>>().join(" or ")))
        }
        Test::Null => Some(format!("{name} eq null")),
        Test::NotNull => Some(format!("{name} ne null")),
        // In CEQL they are false for records without the field, in OData they are true.
        Test::NotIn(_) | Test::NotLike(_) => None,
    }
}

/// Returns a pattern with `%` at its ends only; others are evaluated here (spec E 5.42).
fn odata_like(name: &str, pattern: &str, dialect: Dialect) -> Option<String> {
    if pattern.contains('\\') {
        return None;
    }
    let (start, inner) = pattern.strip_prefix('%').map_or((false, pattern), |rest| (true, rest));
    let (end, inner) = inner.strip_suffix('%').map_or((false, inner), |rest| (true, rest));
    if inner.contains('%') || (inner.is_empty() && (start || end)) {
        return None;
    }
    let text = odata_text(inner);
    Some(match (start, end, dialect) {
        (false, false, _) => format!("{name} eq {text}"),
        (false, true, _) => format!("startswith({name},{text})"),
        (true, false, _) => format!("endswith({name},{text})"),
        (true, true, Dialect::V4) => format!("contains({name},{text})"),
        (true, true, Dialect::V3) => format!("substringof({text},{name})"),
    })
}

/// Returns a literal in OData (spec E 5.43, 3.41).
fn odata_literal(literal: &Literal, dialect: Dialect, is_date: bool) -> String {
    let text = &literal.text;
    let time = parse_iso(text).filter(|_| is_date || (literal.quoted && text.contains('T')));
    match time {
        Some(seconds) if is_date || dialect == Dialect::V3 => {
            return format!("datetime'{}'", without_zone(text, seconds));
        }
        // OData 4 has no times without zone; here they are in UTC.
        Some(_) if has_zone(text) => return text.clone(),
        Some(_) => return format!("{text}Z"),
        None => {}
    }
    let is_bare = !literal.quoted
        && (literal.boolean().is_some()
            || text.eq_ignore_ascii_case("null")
            || serde_json::from_str::<f64>(text).is_ok());
    if is_bare { text.clone() } else { odata_text(text) }
}

fn has_zone(text: &str) -> bool {
    text.split_once('T').is_some_and(|(_, time)| time.contains(['Z', 'z', '+', '-']))
}

/// Returns a time in UTC without zone, with the fraction of a second as written.
fn without_zone(text: &str, seconds: i64) -> String {
    let mut out = Vec::with_capacity(32);
    format_seconds(seconds, &mut out);
    let mut date = String::from_utf8(out).unwrap_or_default();
    date.truncate(19);
    if let Some((_, rest)) = text.split_once('.') {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        date.push('.');
        date.push_str(&digits);
    }
    date
}

fn odata_text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
