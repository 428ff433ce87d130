//! Interpretations of a literal, computed once (spec P 8.4).

use std::cmp::Ordering;

use super::Literal;
use crate::record::parse_iso;

/// A number, exact when whole.
#[derive(Clone, Copy, Debug)]
pub(super) enum Number {
    Int(i64),
    Float(f64),
}

/// A point in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Instant {
    seconds: i64,
    /// Nanoseconds; a smaller fraction is rounded up to one.
    nanos: u32,
}

/// A literal with all its interpretations.
#[derive(Clone, Debug)]
pub(super) struct CoercedLiteral {
    pub quoted: bool,
    pub number: Option<Number>,
    pub boolean: Option<bool>,
    pub date: Option<Instant>,
    /// Text for string comparisons, with numbers and booleans in canonical form.
    pub canonical: String,
}

impl CoercedLiteral {
    pub fn of(literal: &Literal) -> Self {
        let text = &literal.text;
        let number = Number::read(text);
        let boolean = read_boolean(text);
        let canonical = match (number, boolean) {
            _ if literal.quoted => text.clone(),
            (Some(number), _) => number.canonical(),
            (_, Some(boolean)) => boolean.to_string(),
            _ => text.clone(),
        };
        Self { number, boolean, date: Instant::read(text), quoted: literal.quoted, canonical }
    }
}

impl Number {
    /// Parses a whole or decimal number of the grammar.
    pub fn read(text: &str) -> Option<Self> {
        if let Ok(number) = text.parse() {
            return Some(Self::Int(number));
        }
        let number: f64 = text.parse().ok().filter(|_| is_number(text))?;
        number.is_finite().then_some(Self::Float(number))
    }

    pub fn compare(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Int(left), Self::Int(right)) => Some(left.cmp(&right)),
            (left, right) => left.float().partial_cmp(&right.float()),
        }
    }

    /// Formats the number without trailing zeros (spec P 8.5, rule 3e).
    pub fn canonical(self) -> String {
        match self {
            Self::Int(number) => number.to_string(),
            Self::Float(number) => number.to_string(),
        }
    }

    #[allow(clippy::cast_precision_loss)]
    fn float(self) -> f64 {
        match self {
            Self::Int(number) => number as f64,
            Self::Float(number) => number,
        }
    }
}

/// Returns whether a string is a number of the grammar; Rust accepts more.
fn is_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = |text: &str| digits(text.strip_prefix(['+', '-']).unwrap_or(text));
    let (mantissa, exponent) = text.split_once(['e', 'E']).map_or((text, None), |(left, right)| (left, Some(right)));
    let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(left, right)| (left, Some(right)));
    unsigned(whole) && fraction.is_none_or(digits) && exponent.is_none_or(unsigned)
}

impl Instant {
    pub fn read(text: &str) -> Option<Self> {
        let seconds = parse_iso(text)?;
        let Some((_, rest)) = text.split_once('.') else { return Some(Self { seconds, nanos: 0 }) };
        let fraction = rest.split(|next: char| !next.is_ascii_digit()).next().unwrap_or_default();
        let (shown, beyond) = fraction.split_at(fraction.len().min(9));
        let nanos: u32 = format!("{shown:0<9}").parse().unwrap_or(0);
        let more = beyond.bytes().any(|digit| digit != b'0');
        Some(Self { seconds, nanos: if more { nanos.max(1) } else { nanos } })
    }

    /// Converts epoch milliseconds, which a whole number means in comparisons with dates (spec P 8.4).
    pub fn of_millis(millis: i64) -> Self {
        let nanos = u32::try_from(millis.rem_euclid(1000)).unwrap_or(0) * 1_000_000;
        Self { seconds: millis.div_euclid(1000), nanos }
    }

    pub fn of_seconds(seconds: i64) -> Self {
        Self { seconds, nanos: 0 }
    }

    /// Returns the time rounded down to a whole second.
    pub fn floor(self) -> i64 {
        self.seconds
    }

    /// Returns the time rounded up to a whole second.
    pub fn ceil(self) -> i64 {
        self.seconds + i64::from(self.nanos > 0)
    }
}

fn read_boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// Text of numbers that are not finite; the parentheses make it invalid.
const NOT_FINITE: [&str; 3] = ["(NaN)", "(inf)", "(-inf)"];

impl Literal {
    /// Creates a literal for a number that is not finite, which no platform accepts.
    pub(super) fn not_finite(value: f64) -> Self {
        Self { text: format!("({value})"), quoted: false }
    }

    pub(super) fn is_not_finite(&self) -> bool {
        !self.quoted && NOT_FINITE.contains(&self.text.as_str())
    }

    /// Returns the time that the literal names, rounded down and up to whole seconds.
    pub fn date_bounds(&self) -> Option<(i64, i64)> {
        let instant = Instant::read(&self.text).or_else(|| match Number::read(&self.text) {
            Some(Number::Int(millis)) => Some(Instant::of_millis(millis)),
            _ => None,
        })?;
        Some((instant.floor(), instant.ceil()))
    }

    /// Returns the literal as a whole number.
    pub fn integer(&self) -> Option<i64> {
        match Number::read(&self.text)? {
            Number::Int(number) => Some(number),
            #[allow(clippy::cast_possible_truncation)]
            Number::Float(number) if number.fract() == 0.0 && number.abs() < 9e15 => Some(number as i64),
            Number::Float(_) => None,
        }
    }

    /// Returns the literal as a boolean.
    pub fn boolean(&self) -> Option<bool> {
        read_boolean(&self.text)
    }
}
