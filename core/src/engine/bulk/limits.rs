//! Limits of the last modification (`from` and `to` of a job) as conditions.

use crate::element::{ObjectInfo, Text};
use crate::query::{Comparison, Expr, Field, Literal, Operator, Test};

/// Returns a condition with limits of the last modification. An object without a last-modified field is read whole.
pub(super) fn limited(
    condition: Option<&Expr>,
    object: &ObjectInfo,
    from: Option<&Literal>,
    to: Option<&Literal>,
) -> Option<Expr> {
    let limits = [(Operator::GreaterOrEqual, from), (Operator::LessOrEqual, to)];
    let limits = limits.into_iter().filter_map(|(operator, limit)| {
        let limit = limit?;
        let on = |field: &str| {
            let test = Test::Compare(operator, limit.clone());
            Expr::Is(Comparison { field: Field::new(field), test })
        };
        any_of(&object.last_modified, &on)
    });
    Expr::all(condition.cloned().into_iter().chain(limits).collect())
}

/// Returns a condition on the first of the fields that has a value.
fn any_of(fields: &[Text], on: &dyn Fn(&str) -> Expr) -> Option<Expr> {
    let (first, others) = fields.split_first()?;
    let Some(instead) = any_of(others, on) else { return Some(on(first)) };
    let absent = Expr::Is(Comparison { field: Field::new(&**first), test: Test::Null });
    Some(Expr::Or(vec![on(first), Expr::And(vec![absent, instead])]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::element::FieldInfo;
    use crate::query::parse_where;
    use crate::record::Kind;

    #[test]
    fn limits_hold_for_the_first_field_with_a_value() {
        let object = |last_modified: &[&'static str]| ObjectInfo {
            last_modified: last_modified.iter().map(|name| Text::Borrowed(name)).collect(),
            ..ObjectInfo::new("deals", "", vec![FieldInfo::new("id", Kind::Text, "")])
        };
        let literal = |text: &str| Literal { text: text.to_owned(), quoted: true };
        let (from, to) = (literal("2024-01-01"), literal("2024-02-01"));
        let parsed = |text: &str| parse_where(text).ok().flatten();
        let condition = parsed("id = '1'");
        let limits = |last_modified: &[&'static str]| {
            limited(condition.as_ref(), &object(last_modified), Some(&from), Some(&to))
        };
        for (fields, expected) in [
            (&[][..], "id = '1'"),
            (&["changed"], "id = '1' AND changed >= '2024-01-01' AND changed <= '2024-02-01'"),
            (
                &["changed", "made"],
                "id = '1' AND (changed >= '2024-01-01' OR (changed IS NULL AND made >= '2024-01-01')) \
                 AND (changed <= '2024-02-01' OR (changed IS NULL AND made <= '2024-02-01'))",
            ),
        ] {
            assert_eq!(limits(fields), parsed(expected), "{fields:?}");
        }
        assert_eq!(limited(None, &object(&["changed"]), None, None), None);
    }
}
