//! Builders of conditions and statements, which quote all names and values correctly.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::cursor::is_bare_field;
use super::{Comparison, Expr, Field, Literal, Operator, OrderBy, Select, Test};
use crate::record::format_seconds;

/// Operand of a comparison, converted from text, numbers, booleans and times. `None` is null.
#[derive(Clone, Debug, PartialEq)]
pub struct Operand(Option<Literal>);

/// Returns a field to compare: a name or a path such as `user.city` or `questions[*].text`. A name with other
/// characters, for instance spaces, is one property. For a single property with dots in its name, use [`property`].
///
/// ```
/// use elementkit::query::field;
/// let condition = field("email").like("%@x.org").and(field("id").is_in([1, 2]));
/// assert_eq!(condition.to_string(), "email LIKE '%@x.org' AND id IN (1, 2)");
/// ```
pub fn field(name: impl Into<String>) -> Field {
    let name = name.into();
    if is_bare_field(&name) { Field::new(name) } else { Field::property(name) }
}

/// Returns a field that is one property, whatever characters its name has (spec P 8.3).
pub fn property(name: impl Into<String>) -> Field {
    Field::property(name)
}

/// Selects all records of an object, by its name in `GET /objects`; the methods restrict the selection.
///
/// ```
/// use elementkit::query::{field, select};
/// let statement = select("contacts").fields(["id", "email"]).filter(field("subscribed").eq(true)).limit(100);
/// assert_eq!(statement.to_string(), "SELECT id, email FROM contacts WHERE subscribed = true LIMIT 100");
/// ```
pub fn select(object: impl Into<String>) -> Select {
    Select { fields: None, object: object.into(), condition: None, limit: None, order_by: Vec::new() }
}

// The method names are those of CEQL; a condition cannot be mistaken for a boolean.
#[allow(clippy::should_implement_trait)]
impl Field {
    /// Tests `field = value`; with null, `field IS NULL`.
    pub fn eq(self, value: impl Into<Operand>) -> Expr {
        match value.into().0 {
            Some(value) => self.is(Test::Compare(Operator::Equal, value)),
            None => self.is_null(),
        }
    }

    /// Tests `field != value`, which is false if the field has no value; with null, `field IS NOT NULL`.
    pub fn ne(self, value: impl Into<Operand>) -> Expr {
        match value.into().0 {
            Some(value) => self.is(Test::Compare(Operator::NotEqual, value)),
            None => self.is_not_null(),
        }
    }

    /// Tests `field < value`.
    pub fn lt(self, value: impl Into<Operand>) -> Expr {
        self.compare(Operator::Less, value)
    }

    /// Tests `field <= value`.
    pub fn le(self, value: impl Into<Operand>) -> Expr {
        self.compare(Operator::LessOrEqual, value)
    }

    /// Tests `field > value`.
    pub fn gt(self, value: impl Into<Operand>) -> Expr {
        self.compare(Operator::Greater, value)
    }

    /// Tests `field >= value`.
    pub fn ge(self, value: impl Into<Operand>) -> Expr {
        self.compare(Operator::GreaterOrEqual, value)
    }

    /// Tests `field LIKE pattern`: `%` is any run of characters, `\%` a percent sign; case is ignored.
    pub fn like(self, pattern: impl Into<String>) -> Expr {
        self.is(Test::Like(text(pattern.into())))
    }

    /// Tests `field NOT LIKE pattern`, which is false if the field has no value.
    pub fn not_like(self, pattern: impl Into<String>) -> Expr {
        self.is(Test::NotLike(text(pattern.into())))
    }

    /// Tests `field IN (values)`. With an empty list, which CEQL cannot express, the condition is false for all
    /// records.
    pub fn is_in<V: Into<Operand>>(self, values: impl IntoIterator<Item = V>) -> Expr {
        match members(values) {
            members if members.is_empty() => Expr::And(vec![self.clone().is_null(), self.is_not_null()]),
            members => self.is(Test::In(members)),
        }
    }

    /// Tests `field NOT IN (values)`, which is false if the field has no value; an empty list therefore tests for a
    /// value.
    pub fn is_not_in<V: Into<Operand>>(self, values: impl IntoIterator<Item = V>) -> Expr {
        match members(values) {
            members if members.is_empty() => self.is_not_null(),
            members => self.is(Test::NotIn(members)),
        }
    }

    /// Tests `field IS NULL`: the field has no value or does not exist.
    pub fn is_null(self) -> Expr {
        self.is(Test::Null)
    }

    /// Tests `field IS NOT NULL`.
    pub fn is_not_null(self) -> Expr {
        self.is(Test::NotNull)
    }

    /// Sorts in ascending order, nulls last.
    pub fn asc(self) -> OrderBy {
        OrderBy { field: self, descending: false }
    }

    /// Sorts in descending order, nulls last.
    pub fn desc(self) -> OrderBy {
        OrderBy { field: self, descending: true }
    }

    fn compare(self, operator: Operator, value: impl Into<Operand>) -> Expr {
        let null = || Literal { text: "null".to_owned(), quoted: false };
        self.is(Test::Compare(operator, value.into().0.unwrap_or_else(null)))
    }

    fn is(self, test: Test) -> Expr {
        Expr::Is(Comparison { field: self, test })
    }
}

impl Expr {
    /// Combines two conditions with AND.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match self {
            Self::And(mut parts) => {
                parts.push(other);
                Self::And(parts)
            }
            first => Self::And(vec![first, other]),
        }
    }

    /// Combines two conditions with OR.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match self {
            Self::Or(mut parts) => {
                parts.push(other);
                Self::Or(parts)
            }
            first => Self::Or(vec![first, other]),
        }
    }

    /// Negates the condition; the negation also holds if a field has no value (spec P 8.5, rule 2).
    #[must_use]
    #[allow(clippy::should_implement_trait)]
    pub fn not(self) -> Self {
        Self::Not(Box::new(self))
    }
}

/// Converts a condition to the string that calls take.
impl From<Expr> for String {
    fn from(condition: Expr) -> Self {
        condition.to_string()
    }
}

impl Select {
    /// Selects only these fields, by name or path.
    #[must_use]
    pub fn fields<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.fields = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Adds a condition, combined with those of earlier calls by AND.
    #[must_use]
    pub fn filter(mut self, condition: Expr) -> Self {
        self.condition = Some(match self.condition {
            Some(earlier) => earlier.and(condition),
            None => condition,
        });
        self
    }

    /// Adds a sort field after those of earlier calls.
    #[must_use]
    pub fn order_by(mut self, order: OrderBy) -> Self {
        self.order_by.push(order);
        self
    }

    /// Limits the number of records.
    #[must_use]
    pub fn limit(mut self, records: u64) -> Self {
        self.limit = Some(records);
        self
    }
}

/// Converts a statement to the string that calls take.
impl From<Select> for String {
    fn from(statement: Select) -> Self {
        statement.to_string()
    }
}

impl Operand {
    /// Null.
    pub const NULL: Self = Self(None);
}

impl From<&str> for Operand {
    fn from(value: &str) -> Self {
        Self(Some(text(value.to_owned())))
    }
}

impl From<String> for Operand {
    fn from(value: String) -> Self {
        Self(Some(text(value)))
    }
}

impl From<bool> for Operand {
    fn from(value: bool) -> Self {
        Self(Some(bare(value.to_string())))
    }
}

/// CEQL has only finite numbers. A condition with any other number is printed so that every platform rejects it.
impl From<f64> for Operand {
    fn from(value: f64) -> Self {
        Self(Some(if value.is_finite() { bare(value.to_string()) } else { Literal::not_finite(value) }))
    }
}

macro_rules! whole_numbers {
    ($($type:ty),*) => {
        $(impl From<$type> for Operand {
            fn from(value: $type) -> Self {
                Self(Some(bare(value.to_string())))
            }
        })*
    };
}
whole_numbers!(i8, i16, i32, i64, isize, u8, u16, u32, u64, usize);

/// Converts a time to UTC with milliseconds, for the years 0 to 9999.
impl From<SystemTime> for Operand {
    fn from(value: SystemTime) -> Self {
        let millis = match value.duration_since(UNIX_EPOCH) {
            Ok(after) => i128::try_from(after.as_millis()).unwrap_or(i128::MAX),
            Err(before) => -i128::try_from(round_up(before.duration())).unwrap_or(i128::MAX),
        };
        let seconds = i64::try_from(millis.div_euclid(1000)).unwrap_or(i64::MAX);
        let mut out = Vec::with_capacity(24);
        format_seconds(seconds, &mut out);
        let mut date = String::from_utf8(out).unwrap_or_default();
        let rest = millis.rem_euclid(1000);
        if rest > 0 {
            date.insert_str(date.len() - 1, &format!(".{rest:03}"));
        }
        Self(Some(text(date)))
    }
}

fn round_up(before: Duration) -> u128 {
    before.as_micros().div_ceil(1000)
}

impl<T: Into<Self>> From<Option<T>> for Operand {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::NULL, Into::into)
    }
}

fn text(text: String) -> Literal {
    Literal { text, quoted: true }
}

fn bare(text: String) -> Literal {
    Literal { text, quoted: false }
}

/// Drops nulls, which are never equal to a member.
fn members<V: Into<Operand>>(values: impl IntoIterator<Item = V>) -> Vec<Literal> {
    values.into_iter().filter_map(|value| value.into().0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::{parse_select, parse_where};

    #[test]
    fn a_number_that_is_not_finite_makes_a_condition_that_is_refused() {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            for condition in [field("x").gt(value), field("x").eq(1).or(field("x").is_in([1.0, value]))] {
                assert!(parse_where(&condition.to_string()).is_err(), "{condition}");
            }
        }
        // A string with this content is an ordinary value.
        assert_eq!(field("x").eq("(NaN)").to_string(), "x = '(NaN)'");
    }

    #[test]
    fn conditions_print_as_they_are_meant() {
        let time = |millis| UNIX_EPOCH + Duration::from_millis(millis);
        for (condition, wanted) in [
            (field("name").eq("O'Brien \\ co"), r"name = 'O''Brien \\ co'"),
            (field("id").ne(7_u64), "id != 7"),
            (field("score").lt(-1.5), "score < -1.5"),
            (field("score").le(1e300), &format!("score <= {}", 1e300)),
            (field("active").eq(false), "active = false"),
            (field("note").eq(None::<&str>), "note IS NULL"),
            (field("note").ne(Operand::NULL), "note IS NOT NULL"),
            (field("note").eq(Some("null")), "note = 'null'"),
            (field("at").ge(time(1_704_110_400_000)), "at >= '2024-01-01T12:00:00Z'"),
            (field("at").ge(time(1_704_110_400_007)), "at >= '2024-01-01T12:00:00.007Z'"),
            (field("at").ge(UNIX_EPOCH - Duration::from_millis(1)), "at >= '1969-12-31T23:59:59.999Z'"),
            (field("Last Seen").like("100\\%"), r"`Last Seen` LIKE '100\\%'"),
            (field("user.city").not_like("%"), "user.city NOT LIKE '%'"),
            (property("user.city").is_null(), "`user.city` IS NULL"),
            (field("not").eq(1), "`not` = 1"),
            (field("id").is_in(["a", "b"]), "id IN ('a', 'b')"),
            (field("id").is_not_in([1, 2]), "id NOT IN (1, 2)"),
            (field("id").is_in::<i32>([]), "id IS NULL AND id IS NOT NULL"),
            (field("id").is_not_in::<i32>([]), "id IS NOT NULL"),
            (
                field("a").eq(1).or(field("b").eq(2)).and(field("c").eq(3).not()).and(field("d").eq(4)),
                "(a = 1 OR b = 2) AND NOT c = 3 AND d = 4",
            ),
            (field("a").eq(1).and(field("b").eq(2)).not().not(), "NOT (NOT (a = 1 AND b = 2))"),
        ] {
            assert_eq!(condition.to_string(), wanted);
            assert_eq!(parse_where(wanted), Ok(Some(condition)), "{wanted}");
        }
    }

    #[test]
    fn statements_print_as_they_are_meant() {
        let statement = select("my contacts")
            .fields(["id", "from", "a.b", "x y"])
            .filter(field("a").eq("x;"))
            .filter(field("b").eq(1))
            .order_by(field("id").desc())
            .order_by(field("limit").asc())
            .limit(0);
        let wanted = "SELECT id, `from`, a.b, `x y` FROM `my contacts` WHERE a = 'x;' AND b = 1 \
            ORDER BY id DESC, `limit` LIMIT 0";
        assert_eq!(String::from(statement.clone()), wanted);
        assert_eq!(parse_select(wanted), Ok(statement));
    }
}
