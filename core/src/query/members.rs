//! Lookup of the values of `IN`, of which there may be hundreds of thousands.

use std::collections::HashMap;

use super::literal::{CoercedLiteral, Instant, Number};
use super::predicate::{Scalar, compare};
use super::{Literal, Operator};

/// Key of a value. Two values that are equal by any coercion share a key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Text(String),
    /// The bits of the nearest decimal number.
    Number(u64),
    Date(Instant),
    Bool(bool),
}

/// The members of an `IN`, indexed by their keys.
#[derive(Clone, Debug)]
pub(super) struct Members {
    readings: Vec<CoercedLiteral>,
    by_key: HashMap<Key, Vec<usize>>,
}

impl Members {
    pub fn of(literals: &[Literal]) -> Self {
        let readings: Vec<CoercedLiteral> = literals.iter().map(CoercedLiteral::of).collect();
        let mut by_key: HashMap<Key, Vec<usize>> = HashMap::with_capacity(readings.len() * 2);
        for (at, reading) in readings.iter().enumerate() {
            for key in keys_of(reading) {
                by_key.entry(key).or_default().push(at);
            }
        }
        Self { readings, by_key }
    }

    /// Returns whether a value equals one of the members.
    pub fn contain(&self, value: Scalar<'_>) -> bool {
        // Only members that share a key can be equal; the comparison decides.
        let candidates = keys_for(value).filter_map(|key| self.by_key.get(&key)).flatten();
        candidates.into_iter().any(|at| compare(value, Operator::Equal, &self.readings[*at]))
    }
}

/// Returns the keys of a member.
fn keys_of(reading: &CoercedLiteral) -> impl Iterator<Item = Key> {
    let text = Some(Key::Text(reading.canonical.clone()));
    let number = reading.number.map(number_key);
    let millis = match reading.number {
        Some(Number::Int(millis)) => Some(Key::Date(Instant::of_millis(millis))),
        _ => None,
    };
    [text, number, reading.date.map(Key::Date), millis, reading.boolean.map(Key::Bool)].into_iter().flatten()
}

/// Returns the keys of the members that a value may equal.
fn keys_for(value: Scalar<'_>) -> impl Iterator<Item = Key> {
    let text = Some(Key::Text(value.canonical().into_owned()));
    let (number, date, boolean) = match value {
        Scalar::Bool(value) => (None, None, Some(value)),
        Scalar::Number(number) => (Some(number), None, None),
        Scalar::Date(seconds) => (None, Some(Instant::of_seconds(seconds)), None),
        Scalar::Text(text) => (Number::read(text), Instant::read(text), None),
    };
    [text, number.map(number_key), date.map(Key::Date), boolean.map(Key::Bool)].into_iter().flatten()
}

#[allow(clippy::cast_precision_loss)] // equal numbers lose the same digits
fn number_key(number: Number) -> Key {
    let number = match number {
        Number::Int(number) => number as f64,
        Number::Float(number) => number,
    };
    // Adding 0.0 makes both zeros equal.
    Key::Number((number + 0.0).to_bits())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text() -> impl Strategy<Value = String> {
        const FIXED: &[&str] = &[
            "7",
            "7.0",
            "+7",
            "-0",
            "0",
            "0.0",
            "true",
            "TRUE",
            "false",
            "a",
            "A",
            "",
            "2024-01-01",
            "2024-01-01T00:00:00Z",
            "2024-01-01 01:00:00+01:00",
            "1704067200000",
            "9007199254740993",
            "9007199254740992",
            "9007199254740992.0",
            "1e3",
            "1000",
            "null",
            "1704067200.5",
        ];
        prop_oneof![3 => prop::sample::select(FIXED).prop_map(str::to_owned), 1 => "[0-9.e+-]{0,4}"]
    }

    proptest! {
        #[test]
        fn a_look_up_finds_what_comparing_finds(
            members in prop::collection::vec((text(), any::<bool>()), 0..6),
            value in text(),
            kind in 0..4,
        ) {
            let literals: Vec<Literal> =
                members.into_iter().map(|(text, quoted)| Literal { text, quoted }).collect();
            let scalar = match kind {
                0 => Scalar::Bool(value.len() % 2 == 0),
                1 => Scalar::Number(Number::read(&value).unwrap_or(Number::Int(7))),
                2 => Scalar::Date(1_704_067_200),
                _ => Scalar::Text(&value),
            };
            let expected = literals.iter().any(|literal| compare(scalar, Operator::Equal, &CoercedLiteral::of(literal)));
            prop_assert_eq!(Members::of(&literals).contain(scalar), expected);
        }
    }

    #[test]
    fn a_hundred_thousand_members_are_looked_up() {
        let literal = |id: usize| Literal { text: id.to_string(), quoted: id.is_multiple_of(2) };
        let members = Members::of(&(0..100_000).map(literal).collect::<Vec<_>>());
        let found = (0..200_000_i64).filter(|id| members.contain(Scalar::Number(Number::Int(*id)))).count();
        assert_eq!(found, 100_000);
    }
}
