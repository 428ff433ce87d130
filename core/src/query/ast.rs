/// A condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// All conditions hold.
    And(Vec<Expr>),
    /// At least one condition holds.
    Or(Vec<Expr>),
    /// The condition does not hold; two-valued (spec P 8.5, rule 2).
    Not(Box<Expr>),
    /// One comparison.
    Is(Comparison),
}

/// A field with the test that it must pass.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The field.
    pub field: Field,
    /// The test.
    pub test: Test,
}

/// A test of a field.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// `= != < > <= >=`
    Compare(Operator, Literal),
    /// `LIKE`, with `%` for any run of characters.
    Like(Literal),
    /// `NOT LIKE`
    NotLike(Literal),
    /// `IN (…)`
    In(Vec<Literal>),
    /// `NOT IN (…)`
    NotIn(Vec<Literal>),
    /// `IS NULL`, and `= null`.
    Null,
    /// `IS NOT NULL`, and `!= null`.
    NotNull,
}

/// A comparison operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `=`
    Equal,
    /// `!=` and `<>`
    NotEqual,
    /// `<`
    Less,
    /// `>`
    Greater,
    /// `<=`
    LessOrEqual,
    /// `>=`
    GreaterOrEqual,
}

/// Name of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The name or dotted path, without quotes.
    pub name: String,
    /// Whether the name is first tried as a single property and then as a path (spec P 8.3). This matters only for
    /// names with dots or brackets, so it is false for all others, however they were written.
    pub quoted: bool,
}

/// A value as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Literal {
    /// The text, without quotes.
    pub text: String,
    /// Whether the text was quoted and is therefore not a bare number, word or `null`.
    pub quoted: bool,
}

/// A SELECT statement (spec P 8.7).
#[derive(Clone, Debug, PartialEq)]
pub struct Select {
    /// Selected fields; `None` for `*`.
    pub fields: Option<Vec<String>>,
    /// The object.
    pub object: String,
    /// The condition.
    pub condition: Option<Expr>,
    /// Maximum number of records.
    pub limit: Option<u64>,
    /// The order.
    pub order_by: Vec<super::OrderBy>,
}

impl Field {
    /// Creates a plain field: a name, or a path with dots and indexes.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), quoted: false }
    }

    /// Creates a field that is a single property, whatever characters its name has.
    pub fn property(name: impl Into<String>) -> Self {
        let name = name.into();
        Self { quoted: name.contains(['.', '[']), name }
    }
}

impl Expr {
    /// Returns the conditions that must all hold: the operands of the outermost AND.
    pub fn conjuncts(&self) -> Vec<&Self> {
        match self {
            Self::And(parts) => parts.iter().flat_map(Self::conjuncts).collect(),
            other => vec![other],
        }
    }

    /// Combines conditions with AND. Returns `None` if there are none.
    pub fn all(mut parts: Vec<Self>) -> Option<Self> {
        match parts.len() {
            0 => None,
            1 => parts.pop(),
            _ => Some(Self::And(parts)),
        }
    }

    /// Returns every comparison in the order in which it is written.
    pub fn comparisons(&self) -> Vec<&Comparison> {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().flat_map(Self::comparisons).collect(),
            Self::Not(part) => part.comparisons(),
            Self::Is(comparison) => vec![comparison],
        }
    }
}
