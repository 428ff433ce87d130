//! What a question names that no record can have [X]. An unknown field is no error (spec P 8.6): a condition on it matches
//! nothing, and a column of it is empty. So a misspelt name would pass as an empty answer; it is said in
//! `Elements-Error` (spec P 4.1).

use crate::elements::brighttalk::plan::is_filter_only;
use crate::elements::brighttalk::table::Object;
use crate::engine::transform::Recipe;
use crate::query::{Comparison, Expr, Literal, OrderBy, Select, Test};
use crate::record::{Kind, Schema};

/// How many doubts are told, and how many characters of a name.
const TOLD: usize = 5;
const SHOWN: usize = 60;

/// What is asked, in the caller's names.
pub(super) struct Question<'a> {
    pub condition: Option<&'a Expr>,
    pub fields: Option<&'a [String]>,
    pub order: &'a [OrderBy],
}

impl<'a> From<&'a Select> for Question<'a> {
    fn from(select: &'a Select) -> Self {
        Self { condition: select.condition.as_ref(), fields: select.fields.as_deref(), order: &select.order_by }
    }
}

/// The doubts about a question to an object or, with a recipe, to the common resource made from it; none when every
/// name is known. `schema` has the columns of the object.
pub(super) fn doubts(
    question: &Question<'_>,
    object: Object,
    schema: &Schema,
    recipe: Option<&Recipe>,
) -> Option<String> {
    // What scripts add to a record nobody can know.
    if recipe.is_some_and(|recipe| !recipe.scripts.is_empty()) {
        return None;
    }
    let named = Named { object, schema, recipe };
    let comparisons = question.condition.into_iter().flat_map(Expr::comparisons);
    let of_fields = question.fields.into_iter().flatten().map(|field| named.unknown(field, Shown));
    let of_conditions = comparisons.map(|comparison| named.doubt(comparison));
    let of_order = question.order.iter().map(|order| named.unknown(&order.field.name, Asked));
    let mut found: Vec<String> = Vec::new();
    for doubt in of_fields.chain(of_conditions).chain(of_order).flatten() {
        if !found.contains(&doubt) {
            found.push(doubt);
        }
    }
    found.truncate(TOLD);
    (!found.is_empty()).then(|| found.join("; "))
}

/// Where a name stands. Conditions and orders also reach what a common resource does not show.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Shown,
    Asked,
}
use Place::{Asked, Shown};

/// The names that are known.
struct Named<'a> {
    object: Object,
    schema: &'a Schema,
    recipe: Option<&'a Recipe>,
}

impl Named<'_> {
    fn doubt(&self, Comparison { field, test }: &Comparison) -> Option<String> {
        if is_filter_only(self.object, &field.name) {
            return None;
        }
        self.unknown(&field.name, Asked).or_else(|| self.no_date(&field.name, test))
    }

    fn unknown(&self, name: &str, place: Place) -> Option<String> {
        let first = name.split(['.', '[']).next().unwrap_or(name);
        let of_object = |name: &str| self.schema.position(name).is_some();
        let known = |name: &str| match self.recipe {
            Some(recipe) => {
                let mapped = recipe.fields.iter().any(|field| field.path.split(['.', '[']).next() == Some(name));
                mapped || ((place == Asked || recipe.passes("fromVendor")) && of_object(name))
            }
            None => of_object(name),
        };
        if known(name) || known(first) {
            return None;
        }
        let source = self.recipe.map_or(self.object.info().name, |recipe| &recipe.name);
        Some(format!("{source} has no field {}", short(name)))
    }

    /// A date is compared with what is none.
    fn no_date(&self, name: &str, test: &Test) -> Option<String> {
        let column = self.schema.position(name).filter(|_| self.recipe.is_none())?;
        let values: &[Literal] = match test {
            Test::Compare(_, value) => std::slice::from_ref(value),
            Test::In(values) | Test::NotIn(values) => values,
            _ => return None,
        };
        let wrong = values.iter().find(|value| value.date_bounds().is_none())?;
        (self.schema.columns()[column].kind == Kind::Date)
            .then(|| format!("{name} is a date, and '{}' is none", short(&wrong.text)))
    }
}

fn short(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}
