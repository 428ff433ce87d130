//! Plans: which list to read, and what the vendor filters by.

use std::sync::Arc;

use elementkit::element::{Demand, Missing, PartitionKey, Partitions, PlanError, ReadPlan, ResourceKind};
use elementkit::query::{Comparison, Expr, Field, Literal, Operator, Test};
use elementkit::record::{Schema, format_seconds};

use crate::element::{ACCOUNT_NOTES, ACCOUNTS, NOTES};

/// Place at the vendor that a plan reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Accounts,
    /// The account that the key names.
    Account,
    Notes,
    /// The note that the key names.
    Note,
    /// The notes of the account that the key names.
    NotesOfAccount,
}

/// Data with which the connector requests a page of a plan.
#[derive(Debug)]
pub(crate) struct Own {
    pub target: Target,
    /// Lower limit of `updatedAt`, inclusive, as the vendor writes times.
    pub since: Option<String>,
}

/// Values from a condition that narrow what is read. The engine checks the condition all the same.
#[derive(Default)]
struct Bounds<'a> {
    since_s: Option<i64>,
    id: Option<&'a str>,
    account: Option<&'a str>,
}

/// Plans a demand.
pub(crate) fn plan(demand: &Demand<'_>, schema: &Arc<Schema>, accounts: &Arc<Schema>) -> Result<ReadPlan, PlanError> {
    if demand.resource.is_some_and(|resource| resource.kind == ResourceKind::One) {
        let id = demand.path.get("id").ok_or(PlanError::NotFound)?;
        let target = if demand.object == ACCOUNTS { Target::Account } else { Target::Note };
        return Ok(list(schema, target, Partitions::Known(vec![key(id)]), Missing::Fail, None));
    }
    let parameter = since_parameter(demand)?;
    let residual = Expr::all(demand.condition.into_iter().chain(&parameter).cloned().collect());
    let bounds = Bounds::of(residual.as_ref());
    let root = || Partitions::Known(vec![PartitionKey::root()]);
    let only = |id: &str| Partitions::Known(vec![key(id)]);
    let since = bounds.since_s.map(time);
    let plan = match (demand.object, demand.path.get("accountId"), bounds.account) {
        (ACCOUNTS, ..) => match bounds.id {
            Some(id) => {
                ReadPlan { stop_after_match: true, ..list(schema, Target::Account, only(id), Missing::Empty, None) }
            }
            None => list(schema, Target::Accounts, root(), Missing::Fail, since),
        },
        (NOTES, Some(account), _) => list(schema, Target::NotesOfAccount, only(account), Missing::Fail, since),
        (NOTES | ACCOUNT_NOTES, None, Some(account)) => {
            list(schema, Target::NotesOfAccount, only(account), Missing::Empty, since)
        }
        (NOTES, None, None) => list(schema, Target::Notes, root(), Missing::Fail, since),
        (ACCOUNT_NOTES, ..) => {
            let of = Arc::new(list(accounts, Target::Accounts, root(), Missing::Fail, None));
            let each = Partitions::Each { of, key: "id".into(), shared: false };
            list(schema, Target::NotesOfAccount, each, Missing::Skip, since)
        }
        _ => return Err(PlanError::NotFound),
    };
    Ok(ReadPlan { residual, ..plan })
}

fn list(
    schema: &Arc<Schema>,
    target: Target,
    partitions: Partitions,
    missing: Missing,
    since: Option<String>,
) -> ReadPlan {
    let own = Own { target, since };
    ReadPlan { missing, ..ReadPlan::new(Arc::clone(schema), partitions, format!("{own:?}"), own) }
}

/// Returns the key of a list or record with an id in its path.
fn key(id: &str) -> PartitionKey {
    PartitionKey::root().child(id)
}

/// Returns the condition for the parameter of the list of accounts.
fn since_parameter(demand: &Demand<'_>) -> Result<Option<Expr>, PlanError> {
    let Some(text) = demand.parameters.get("updatedSince").filter(|text| !text.trim().is_empty()) else {
        return Ok(None);
    };
    let literal = Literal { text: text.trim().to_owned(), quoted: true };
    if literal.date_bounds().is_none() {
        return Err(PlanError::BadRequest(format!("updatedSince: {text:?} is not a time")));
    }
    Ok(Some(updated(Operator::GreaterOrEqual, literal)))
}

fn updated(operator: Operator, literal: Literal) -> Expr {
    Expr::Is(Comparison { field: Field::new("updatedAt"), test: Test::Compare(operator, literal) })
}

impl<'a> Bounds<'a> {
    fn of(condition: Option<&'a Expr>) -> Self {
        let mut bounds = Self::default();
        for conjunct in condition.into_iter().flat_map(Expr::conjuncts) {
            let Expr::Is(Comparison { field, test: Test::Compare(operator, literal) }) = conjunct else { continue };
            match (field.name.as_str(), operator) {
                ("updatedAt", Operator::Greater | Operator::GreaterOrEqual | Operator::Equal) => {
                    // The vendor has whole seconds.
                    let lower = literal.date_bounds().map(|(floor, ceil)| match operator {
                        Operator::Greater => floor + 1,
                        _ => ceil,
                    });
                    bounds.since_s = bounds.since_s.max(lower);
                }
                ("id", Operator::Equal) if !literal.text.is_empty() => bounds.id = Some(&literal.text),
                ("accountId", Operator::Equal) if !literal.text.is_empty() => bounds.account = Some(&literal.text),
                _ => {}
            }
        }
        bounds
    }
}

fn time(seconds: i64) -> String {
    let mut text = Vec::new();
    format_seconds(seconds, &mut text);
    String::from_utf8_lossy(&text).into_owned()
}
