//! Conditions, orders and field lists on a common resource, in the vendor's names (spec P 9.8).

use super::convert::Masks;
use super::path::Path;
use super::recipe::Recipe;
use crate::query::{Comparison, Expr, Field, Literal, OrderBy, Test};

/// The names of a mapping.
#[derive(Clone, Debug)]
pub(crate) struct Names(Vec<Name>);

#[derive(Clone, Debug)]
struct Name {
    /// Without `[*]`, which conditions may leave out.
    common: String,
    vendor: String,
    masks: Masks,
}

impl Names {
    pub fn of(recipe: &Recipe) -> Self {
        let name = |field: &super::MappedField| {
            let vendor = Path::parse(field.vendor_path.as_deref()?)?.query_name()?;
            Some(Name { common: bare(&field.path), vendor, masks: Masks::of(field) })
        };
        Self(recipe.fields.iter().filter_map(name).collect())
    }

    /// The condition on the vendor's records.
    pub fn condition(&self, condition: &Expr) -> Expr {
        let all = |parts: &[Expr]| parts.iter().map(|part| self.condition(part)).collect();
        match condition {
            Expr::And(parts) => Expr::And(all(parts)),
            Expr::Or(parts) => Expr::Or(all(parts)),
            Expr::Not(part) => Expr::Not(Box::new(self.condition(part))),
            Expr::Is(Comparison { field, test }) => {
                let Some((name, vendor)) = self.find(field) else { return condition.clone() };
                Expr::Is(Comparison {
                    field: vendor,
                    test: if name.masks.change() { name.test(test) } else { test.clone() },
                })
            }
        }
    }

    /// The order of the vendor's records.
    pub fn order(&self, order: &[OrderBy]) -> Vec<OrderBy> {
        let translated = |order: &OrderBy| {
            let field = self.find(&order.field).map_or_else(|| order.field.clone(), |(_, field)| field);
            OrderBy { field, ..order.clone() }
        };
        order.iter().map(translated).collect()
    }

    /// The mapping of a name, or of the longest path above it; the rest of the name is kept.
    fn find(&self, field: &Field) -> Option<(&Name, Field)> {
        let wanted = bare(&field.name);
        let rest = |name: &Name| {
            let rest = wanted.strip_prefix(&name.common)?;
            (rest.is_empty() || rest.starts_with(['.', '['])).then_some(rest.len())
        };
        let (rest, name) = self.0.iter().filter_map(|name| Some((rest(name)?, name))).min_by_key(|(rest, _)| *rest)?;
        let vendor = format!("{}{}", name.vendor, &wanted[wanted.len() - rest..]);
        let bare = vendor.chars().all(|next| next.is_alphanumeric() || "_.[]*".contains(next));
        Some((name, Field { name: vendor, quoted: !bare }))
    }
}

fn bare(path: &str) -> String {
    path.replace("[*]", "").replace('`', "")
}

impl Name {
    /// Literals in the vendor's date form.
    fn test(&self, test: &Test) -> Test {
        let one = |literal: &Literal| match self.masks.to_vendor(&literal.text) {
            Some(text) => Literal { text, quoted: true },
            None => literal.clone(),
        };
        let all = |literals: &[Literal]| literals.iter().map(one).collect();
        match test {
            Test::Compare(operator, literal) => Test::Compare(*operator, one(literal)),
            Test::In(literals) => Test::In(all(literals)),
            Test::NotIn(literals) => Test::NotIn(all(literals)),
            other => other.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::query::{parse_order_by, parse_where};

    fn names() -> Names {
        let fields = json!([
            {"path": "mail", "vendorPath": "email"},
            {"path": "person.name", "vendorPath": "firstName"},
            {"path": "answers[*].text", "vendorPath": "questions[id=4].text"},
            {"path": "answers", "vendorPath": "questions"},
            {"path": "note"},
            {"path": "joined", "vendorPath": "lastSubscribed",
             "configuration": [{"type": "transformDate", "properties": {"pattern": "dd.MM.yyyy"}}]},
        ]);
        Names::of(&Recipe { fields: serde_json::from_value(fields).expect("valid"), ..Recipe::default() })
    }

    #[test]
    fn names_and_dates_become_the_vendors() {
        for (text, wanted) in [
            ("mail = 'a' OR NOT person.name LIKE 'b%'", "email = 'a' OR NOT firstName LIKE 'b%'"),
            ("`person.name` IS NULL AND other = 1 AND note = 2", "firstName IS NULL AND other = 1 AND note = 2"),
            ("answers[*].text = 'x' AND answers.text = 'x'", "questions[*].text = 'x' AND questions[*].text = 'x'"),
            ("answers[0].id IN (1, 2) AND mailing = 1", "questions[0].id IN (1, 2) AND mailing = 1"),
            ("joined > '03.02.2031'", "lastSubscribed > '2031-02-03T00:00:00Z'"),
            ("joined IN ('2031-02-03', 'soon')", "lastSubscribed IN ('2031-02-03T00:00:00Z', 'soon')"),
        ] {
            let condition = parse_where(text).expect(text).expect(text);
            assert_eq!(names().condition(&condition).to_string(), wanted, "{text}");
        }
        let order = names().order(&parse_order_by("mail desc, other").expect("valid"));
        let fields: Vec<(&str, bool)> = order.iter().map(|by| (by.field.name.as_str(), by.descending)).collect();
        assert_eq!(fields, [("email", true), ("other", false)]);
    }
}
