//! Execution of a mapping's scripts on records and conditions (spec P 9.8, 9.12).

use serde_json::{Value, json};

use super::mapping::Mapping;
use super::mapping_spec::MappingSpec;
use crate::engine::EngineInner;
use crate::engine::failure::Failure;
use crate::engine::script::{
    Budget, Configuration, Input, Outcome, PAGE_BYTES, Phase, Purpose, Runner, Script, Scripts, TooLarge, unmapped,
};
use crate::query::{Comparison, Expr, Field, Literal, Operator, Test};

/// Direction of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MappingDirection {
    FromVendor,
    ToVendor,
}

impl MappingSpec {
    /// Returns a runner for its scripts, or `None` if it has none.
    pub fn runner(
        &self,
        engine: &EngineInner,
        organization: i64,
        phase: Phase,
        configuration: Configuration,
    ) -> Option<Runner> {
        self.runner_in(&engine.scripts, organization, phase, configuration)
    }

    /// Returns a runner in a script engine that belongs to no platform.
    pub fn runner_in(
        &self,
        scripts: &Scripts,
        organization: i64,
        phase: Phase,
        configuration: Configuration,
    ) -> Option<Runner> {
        let script = |script: &super::mapping_spec::RecipeScript| Script {
            object_name: self.name.clone(),
            level: script.level.clone(),
            body: script.body.clone(),
            legacy: script.legacy,
            filter_empty_response: script.filter_empty_response,
        };
        let chain: Vec<Script> = self.scripts.iter().map(script).collect();
        (!chain.is_empty()).then(|| scripts.runner(organization, chain, phase, configuration))
    }
}

/// Maps records and runs the scripts, if any.
pub(crate) async fn transformed(
    mapping: &Mapping,
    runner: Option<&mut Runner>,
    direction: MappingDirection,
    records: Vec<Value>,
) -> Result<Vec<Outcome>, Failure> {
    let mut left = PAGE_BYTES;
    let mut map = |record: &Value| {
        let mut budget = Budget::of_page(left);
        let mapped = match direction {
            MappingDirection::FromVendor => mapping.to_common(record, &mut budget),
            MappingDirection::ToVendor => mapping.to_vendor(record, &mut budget),
        };
        left -= budget.spent();
        mapped
    };
    let failed = |error: TooLarge| Outcome::Failed(error.to_string());
    let Some(runner) = runner else {
        return Ok(records.iter().map(|record| map(record).map_or_else(failed, Outcome::Value)).collect());
    };
    let purpose = match direction {
        MappingDirection::FromVendor => Purpose::FromVendor,
        MappingDirection::ToVendor => Purpose::ToVendor,
    };
    let (mut inputs, mut errors) = (Vec::with_capacity(records.len()), Vec::with_capacity(records.len()));
    for original in records {
        let mapped = map(&original).map(|transformed| inputs.push(Input { transformed, original }));
        errors.push(mapped.err());
    }
    // In a live call there may be fewer outcomes than records, and the last one is a failure.
    let mut outcomes = runner.run(purpose, inputs).await?.into_iter();
    Ok(errors.into_iter().map_while(|error| error.map(failed).or_else(|| outcomes.next())).collect())
}

/// Returns the results of a live call without the dropped ones. Fails with the first failure.
pub(crate) fn kept_results(outcomes: Vec<Outcome>) -> Result<Vec<Value>, Failure> {
    let mut results = Vec::with_capacity(outcomes.len());
    for outcome in outcomes {
        match outcome {
            Outcome::Value(value) => results.push(value),
            Outcome::Dropped => {}
            Outcome::Failed(reason) => return Err(unmapped(reason)),
        }
    }
    Ok(results)
}

/// Rewrites a condition with the scripts: replaces its comparisons by position and keeps its structure (spec P 9.8).
pub(crate) async fn rewritten(condition: Expr, runner: &mut Runner) -> Result<Expr, Failure> {
    let entries: Vec<Value> = condition.comparisons().into_iter().map(entry).collect();
    let original = json!({"where": entries});
    let inputs = vec![Input { transformed: original.clone(), original }];
    let results = kept_results(runner.run(Purpose::Where, inputs).await?)?;
    let rewritten = results.first().and_then(|result| result.get("where")).and_then(Value::as_array);
    match rewritten {
        Some(entries) => Ok(replaced(condition, &mut entries.iter())),
        None => Ok(condition),
    }
}

fn entry(comparison: &Comparison) -> Value {
    let texts = |literals: &[Literal]| literals.iter().map(|literal| Value::from(literal.text.as_str())).collect();
    let (operator, value): (String, Value) = match &comparison.test {
        Test::Compare(operator, literal) => (operator.to_string(), literal.text.as_str().into()),
        Test::Like(literal) => ("LIKE".to_owned(), literal.text.as_str().into()),
        Test::NotLike(literal) => ("NOT LIKE".to_owned(), literal.text.as_str().into()),
        Test::In(literals) => ("IN".to_owned(), texts(literals)),
        Test::NotIn(literals) => ("NOT IN".to_owned(), texts(literals)),
        Test::Null => ("IS NULL".to_owned(), Value::Null),
        Test::NotNull => ("IS NOT NULL".to_owned(), Value::Null),
    };
    json!({"attribute": comparison.field.name, "operator": operator, "value": value})
}

/// Replaces the comparisons of a condition with the next entries.
fn replaced<'a>(condition: Expr, entries: &mut impl Iterator<Item = &'a Value>) -> Expr {
    match condition {
        Expr::And(parts) => Expr::And(parts.into_iter().map(|part| replaced(part, entries)).collect()),
        Expr::Or(parts) => Expr::Or(parts.into_iter().map(|part| replaced(part, entries)).collect()),
        Expr::Not(part) => Expr::Not(Box::new(replaced(*part, entries))),
        Expr::Is(comparison) => {
            let new = entries.next().and_then(|entry| comparison_of(entry, &comparison));
            Expr::Is(new.unwrap_or(comparison))
        }
    }
}

/// Returns the comparison of an entry, or `None` if the entry is malformed and the previous one is kept.
fn comparison_of(entry: &Value, before: &Comparison) -> Option<Comparison> {
    let name = entry.get("attribute")?.as_str().filter(|name| !name.is_empty())?;
    let field = if name == before.field.name {
        before.field.clone()
    } else {
        let plain = name.chars().all(|next| next.is_ascii_alphanumeric() || "_.[]*".contains(next));
        Field { name: name.to_owned(), quoted: !plain || name.starts_with(|first: char| !first.is_ascii_alphabetic()) }
    };
    let value = entry.get("value").unwrap_or(&Value::Null);
    let known = literals_of(&before.test);
    let literal = |value: &Value| literal_of(value, &known);
    let list = |value: &Value| match value {
        Value::Array(items) => items.iter().map(literal).collect(),
        one => vec![literal(one)],
    };
    let operator = entry.get("operator").and_then(Value::as_str).unwrap_or("=").to_ascii_uppercase();
    let test = match operator.trim() {
        "LIKE" => Test::Like(literal(value)),
        "NOT LIKE" => Test::NotLike(literal(value)),
        "IN" if !matches!(value, Value::Array(items) if items.is_empty()) => Test::In(list(value)),
        "NOT IN" if !matches!(value, Value::Array(items) if items.is_empty()) => Test::NotIn(list(value)),
        "IS NULL" => Test::Null,
        "IS NOT NULL" => Test::NotNull,
        "=" if value.is_null() => Test::Null,
        "!=" | "<>" if value.is_null() => Test::NotNull,
        sign => Test::Compare(sign_of(sign)?, literal(value)),
    };
    Some(Comparison { field, test })
}

fn sign_of(sign: &str) -> Option<Operator> {
    Some(match sign {
        "=" | "==" => Operator::Equal,
        "!=" | "<>" => Operator::NotEqual,
        "<" => Operator::Less,
        ">" => Operator::Greater,
        "<=" => Operator::LessOrEqual,
        ">=" => Operator::GreaterOrEqual,
        _ => return None,
    })
}

fn literals_of(test: &Test) -> Vec<Literal> {
    match test {
        Test::Compare(_, literal) | Test::Like(literal) | Test::NotLike(literal) => vec![literal.clone()],
        Test::In(literals) | Test::NotIn(literals) => literals.clone(),
        Test::Null | Test::NotNull => Vec::new(),
    }
}

/// Converts a value to a literal; an unchanged one keeps its quotes.
fn literal_of(value: &Value, known: &[Literal]) -> Literal {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let same = known.iter().find(|literal| literal.text == text);
    same.cloned().unwrap_or_else(|| Literal { text, quoted: value.is_string() })
}
