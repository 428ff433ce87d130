//! Predicates on single values, and comparisons between types (spec P 8.5).

use std::borrow::Cow;
use std::cmp::Ordering;

use super::like::Like;
use super::literal::{CoercedLiteral, Instant, Number};
use super::members::Members;
use super::{Operator, Test};
use crate::record::format_seconds;

/// A compiled test.
#[derive(Clone, Debug)]
pub(super) enum Predicate {
    Compare(Operator, CoercedLiteral),
    Like(Like),
    In(Members),
    Null,
    NotNull,
    /// Negation of a positive predicate, which no element may match.
    Negative(Box<Predicate>),
}

/// A value to test.
#[derive(Clone, Copy, Debug)]
pub(super) enum Scalar<'a> {
    Bool(bool),
    Number(Number),
    Date(i64),
    Text(&'a str),
}

impl Predicate {
    pub fn of(test: &Test) -> Self {
        let negative = |positive| Self::Negative(Box::new(positive));
        match test {
            Test::Compare(Operator::NotEqual, value) => {
                negative(Self::Compare(Operator::Equal, CoercedLiteral::of(value)))
            }
            Test::Compare(operator, value) => Self::Compare(*operator, CoercedLiteral::of(value)),
            Test::Like(pattern) => Self::Like(Like::compile(&pattern.text)),
            Test::NotLike(pattern) => negative(Self::Like(Like::compile(&pattern.text))),
            Test::In(members) => Self::In(Members::of(members)),
            Test::NotIn(members) => negative(Self::In(Members::of(members))),
            Test::Null => Self::Null,
            Test::NotNull => Self::NotNull,
        }
    }

    pub fn answer(&self, value: Scalar<'_>) -> bool {
        match self {
            Self::Compare(operator, reading) => compare(value, *operator, reading),
            Self::Like(like) => like.matches(&value.canonical()),
            Self::In(members) => members.contain(value),
            Self::Null => false,
            Self::NotNull => true,
            Self::Negative(positive) => !positive.answer(value),
        }
    }
}

/// Compares by the first applicable coercion of spec P 8.5, rule 3.
pub(super) fn compare(value: Scalar<'_>, operator: Operator, reading: &CoercedLiteral) -> bool {
    if let (Scalar::Bool(left), Some(right)) = (value, reading.boolean) {
        return match operator {
            Operator::Equal => left == right,
            Operator::NotEqual => left != right,
            _ => false,
        };
    }
    let order = typed_order(value, reading).unwrap_or_else(|| (*value.canonical()).cmp(&*reading.canonical));
    match operator {
        Operator::Equal => order == Ordering::Equal,
        Operator::NotEqual => order != Ordering::Equal,
        Operator::Less => order == Ordering::Less,
        Operator::Greater => order == Ordering::Greater,
        Operator::LessOrEqual => order != Ordering::Greater,
        Operator::GreaterOrEqual => order != Ordering::Less,
    }
}

fn typed_order(value: Scalar<'_>, reading: &CoercedLiteral) -> Option<Ordering> {
    match value {
        Scalar::Number(left) => reading.number.and_then(|right| left.compare(right)),
        Scalar::Date(seconds) => {
            let millis = match reading.number {
                Some(Number::Int(millis)) => Some(Instant::of_millis(millis)),
                _ => None,
            };
            Some(Instant::of_seconds(seconds).cmp(&reading.date.or(millis)?))
        }
        Scalar::Text(text) => {
            if let Some(right) = reading.date
                && let Some(left) = Instant::read(text)
            {
                return Some(left.cmp(&right));
            }
            let number = reading.number.filter(|_| !reading.quoted)?;
            Number::read(text)?.compare(number)
        }
        Scalar::Bool(_) => None,
    }
}

impl<'a> Scalar<'a> {
    /// Returns the text for string comparisons.
    pub fn canonical(self) -> Cow<'a, str> {
        match self {
            Self::Bool(value) => Cow::Borrowed(if value { "true" } else { "false" }),
            Self::Number(number) => Cow::Owned(number.canonical()),
            Self::Date(seconds) => {
                let mut out = Vec::with_capacity(20);
                format_seconds(seconds, &mut out);
                Cow::Owned(String::from_utf8(out).unwrap_or_default())
            }
            Self::Text(text) => Cow::Borrowed(text),
        }
    }
}
