//! Warnings about names that no record can have [X].
//!
//! An unknown field is not an error (spec P 8.6): a condition on it matches nothing, and its column is empty. A
//! misspelled name would look like an empty result, so the response warns about it (spec P 4.1).

use crate::element::{ObjectInfo, anomaly};
use crate::engine::transform::{MappingSpec, Names};
use crate::query::{Comparison, Expr, Literal, OrderBy, Select, Test};
use crate::record::{Kind, Schema};
use crate::warning::{Warning, WarningCode, nearest, short};

/// Maximum number of warnings.
const TOLD: usize = 5;

/// The names in a query, as the caller wrote them.
pub(super) struct ListQuery<'a> {
    pub condition: Option<&'a Expr>,
    pub fields: Option<&'a [String]>,
    pub order: &'a [OrderBy],
}

impl<'a> From<&'a Select> for ListQuery<'a> {
    fn from(select: &'a Select) -> Self {
        Self { condition: select.condition.as_ref(), fields: select.fields.as_deref(), order: &select.order_by }
    }
}

/// Returns the warnings about the members of a record to write.
pub(super) fn body_warnings<'a>(
    members: impl IntoIterator<Item = &'a String>,
    object: &ObjectInfo,
    recipe: Option<&MappingSpec>,
) -> Vec<Warning> {
    if recipe.is_some_and(|recipe| !recipe.scripts.is_empty()) || recipe.is_none() && object.open {
        return Vec::new();
    }
    let named = Named { object, schema: &object.schema, recipe, names: None };
    members.into_iter().filter_map(|name| named.unknown(name, Input)).take(TOLD).collect()
}

/// Returns the warnings about a query to an object or, with a mapping, to the common resource made from it. The list
/// is empty if every name is known.
pub(super) fn query_warnings(
    question: &ListQuery<'_>,
    object: &ObjectInfo,
    recipe: Option<&MappingSpec>,
) -> Vec<Warning> {
    // The fields that scripts add to a record are unknown, as are those that an object does not list.
    if recipe.is_some_and(|recipe| !recipe.scripts.is_empty()) || recipe.is_none() && object.open {
        return Vec::new();
    }
    let named = Named { object, schema: &object.schema, recipe, names: recipe.map(Names::of) };
    let comparisons = question.condition.into_iter().flat_map(Expr::comparisons);
    let of_fields = question.fields.into_iter().flatten().map(|field| named.unknown(field, Output));
    let of_conditions = comparisons.map(|comparison| named.doubt(comparison));
    let of_order = question.order.iter().map(|order| named.unknown(&order.field.name, Condition));
    let mut found: Vec<Warning> = Vec::new();
    for doubt in of_fields.chain(of_conditions).chain(of_order).flatten() {
        if !found.contains(&doubt) {
            found.push(doubt);
        }
    }
    found.truncate(TOLD);
    found
}

/// Returns the warning about a field that no record has (spec E 6.29).
pub(in crate::engine::handlers) fn unseen_field(name: &str) -> Warning {
    let shown = short(name);
    Warning::new(WarningCode::UnknownField, format!("No record has the field {shown}")).about(shown)
}

/// Returns the warning about an anomaly of a page, if records may be missing because of it.
pub(in crate::engine::handlers) fn anomaly_of(code: &str) -> Option<Warning> {
    anomaly::explanation(code).map(|message| Warning::new(WarningCode::Adjusted, message))
}

/// Context of a name. Conditions and orders can also use fields that a common resource does not show.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Context {
    Output,
    Condition,
    /// A record to write.
    Input,
}
use Context::{Condition, Input, Output};

impl Context {
    /// Returns whether names of the object are valid besides those of a common resource made from it.
    fn takes_object(self, recipe: &MappingSpec) -> bool {
        match self {
            Output => recipe.passes("fromVendor"),
            Condition => true,
            Input => recipe.passes("toVendor"),
        }
    }
}

/// The known names.
struct Named<'a> {
    object: &'a ObjectInfo,
    schema: &'a Schema,
    recipe: Option<&'a MappingSpec>,
    /// Names that the mapping translates.
    names: Option<Names>,
}

impl Named<'_> {
    fn doubt(&self, comparison: &Comparison) -> Option<Warning> {
        let name = &comparison.field.name;
        if self.object.filters.iter().any(|filter| filter == name) {
            return None;
        }
        self.unknown(name, Condition).or_else(|| self.no_date(comparison))
    }

    fn unknown(&self, name: &str, place: Context) -> Option<Warning> {
        let first = name.split(['.', '[']).next().unwrap_or(name);
        let of_object = |name: &str| self.schema.position(name).is_some();
        let known = |name: &str| match self.recipe {
            Some(recipe) => {
                let mapped = recipe.fields.iter().any(|field| field.path.split(['.', '[']).next() == Some(name));
                mapped || (place.takes_object(recipe) && of_object(name))
            }
            None => of_object(name),
        };
        if known(name) || known(first) {
            return None;
        }
        let source = self.recipe.map_or(&*self.object.name, |recipe| &recipe.name);
        let name = short(name);
        let suggestion = nearest(&name, self.known(place));
        let warning = Warning::new(WarningCode::UnknownField, format!("{source} has no field {name}"));
        Some(warning.suggest(suggestion).about(name))
    }

    /// Returns the names that are valid in a context.
    fn known(&self, place: Context) -> impl Iterator<Item = &str> {
        let mapped = self.recipe.into_iter().flat_map(|recipe| &recipe.fields).map(|field| field.path.as_str());
        let of_object = self.recipe.is_none_or(|recipe| place.takes_object(recipe));
        mapped.chain(self.schema.columns().iter().filter(move |_| of_object).map(|column| &*column.name))
    }

    /// Warns if a date field is compared with a value that is not a date.
    fn no_date(&self, comparison: &Comparison) -> Option<Warning> {
        let Comparison { field, test } = self.translated(comparison)?;
        let column = self.schema.position(&field.name)?;
        let wrong = values(&test).iter().position(|value| value.date_bounds().is_none())?;
        if self.schema.columns()[column].kind != Kind::Date {
            return None;
        }
        let (name, text) = (short(&comparison.field.name), short(&values(&comparison.test).get(wrong)?.text));
        let message = format!("{name} is a date, but '{text}' is not");
        Some(Warning::new(WarningCode::InvalidDate, message).about(name))
    }

    /// Translates a comparison to the names and the date format of the object.
    fn translated(&self, comparison: &Comparison) -> Option<Comparison> {
        let Some(names) = &self.names else { return Some(comparison.clone()) };
        match names.condition(&Expr::Is(comparison.clone())).ok()? {
            Expr::Is(translated) => Some(translated),
            _ => None,
        }
    }
}

/// Returns the values that a test compares with, in order.
fn values(test: &Test) -> &[Literal] {
    match test {
        Test::Compare(_, value) => std::slice::from_ref(value),
        Test::In(values) | Test::NotIn(values) => values,
        _ => &[],
    }
}
