//! Translation of conditions, orders and field lists on a common resource to the vendor's names (spec P 9.8).

use super::convert::Masks;
use super::definition::bare;
use super::mapping_spec::MappingSpec;
use super::path::Path;
use crate::engine::failure::Failure;
use crate::query::{Comparison, Expr, Field, Literal, OrderBy, Test};

/// Names of a mapping.
#[derive(Clone, Debug)]
pub(crate) struct Names(Vec<Name>);

#[derive(Clone, Debug)]
struct Name {
    /// Path without `[*]`, which conditions may omit.
    common: String,
    /// Vendor path as written in the mapping. A filter or a function has no name in a condition.
    path: String,
    vendor: Option<String>,
    masks: Masks,
}

impl Names {
    pub fn of(recipe: &MappingSpec) -> Self {
        let name = |field: &super::MappedField| {
            let path = field.vendor_path.clone()?;
            let vendor = Path::parse(&path)?.query_name();
            Some(Name { common: bare(&field.path), path, vendor, masks: Masks::of(field) })
        };
        Self(recipe.fields.iter().filter_map(name).collect())
    }

    /// Translates a condition to the vendor's records.
    pub fn condition(&self, condition: &Expr) -> Result<Expr, Failure> {
        let all = |parts: &[Expr]| parts.iter().map(|part| self.condition(part)).collect::<Result<_, _>>();
        Ok(match condition {
            Expr::And(parts) => Expr::And(all(parts)?),
            Expr::Or(parts) => Expr::Or(all(parts)?),
            Expr::Not(part) => Expr::Not(Box::new(self.condition(part)?)),
            Expr::Is(Comparison { field, test }) => {
                let Some((name, vendor)) = self.find(field)? else { return Ok(condition.clone()) };
                Expr::Is(Comparison {
                    field: vendor,
                    test: if name.masks.change() { name.test(test) } else { test.clone() },
                })
            }
        })
    }

    /// Translates an order to the vendor's records.
    pub fn order(&self, order: &[OrderBy]) -> Result<Vec<OrderBy>, Failure> {
        let translated = |order: &OrderBy| {
            let field = self.find(&order.field)?.map_or_else(|| order.field.clone(), |(_, field)| field);
            Ok(OrderBy { field, ..order.clone() })
        };
        order.iter().map(translated).collect()
    }

    /// Returns the mapping of a name, or of the longest path above it; the rest of the name is kept.
    fn find(&self, field: &Field) -> Result<Option<(&Name, Field)>, Failure> {
        let wanted = bare(&field.name);
        let rest = |name: &Name| {
            let rest = wanted.strip_prefix(&name.common)?;
            (rest.is_empty() || rest.starts_with(['.', '['])).then_some(rest.len())
        };
        let nearest = self.0.iter().filter_map(|name| Some((rest(name)?, name))).min_by_key(|(rest, _)| *rest);
        let Some((rest, name)) = nearest else { return Ok(None) };
        let Some(vendor) = &name.vendor else {
            let message =
                format!("{} is mapped from {}, which conditions and orders cannot use", field.name, name.path);
            return Err(Failure::bad_request(message));
        };
        let vendor = format!("{vendor}{}", &wanted[wanted.len() - rest..]);
        let bare = vendor.chars().all(|next| next.is_alphanumeric() || "_.[]*".contains(next));
        Ok(Some((name, Field { name: vendor, quoted: !bare })))
    }
}

impl Name {
    /// Converts the literals to the vendor's date format.
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
            {"path": "fourth", "vendorPath": "questions[id=4].text"},
            {"path": "count", "vendorPath": "questions.size()"},
            {"path": "answers", "vendorPath": "questions"},
            {"path": "answers[*].text", "vendorPath": "questions[*].text"},
            {"path": "note"},
            {"path": "joined", "vendorPath": "lastSubscribed",
             "configuration": [{"type": "transformDate", "properties": {"pattern": "dd.MM.yyyy"}}]},
        ]);
        Names::of(&MappingSpec { fields: serde_json::from_value(fields).expect("valid"), ..MappingSpec::default() })
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
            assert_eq!(
                names().condition(&condition).ok().map(|one| one.to_string()).as_deref(),
                Some(wanted),
                "{text}"
            );
        }
        let order = names().order(&parse_order_by("mail desc, other").expect("valid")).expect("named");
        let fields: Vec<(&str, bool)> = order.iter().map(|by| (by.field.name.as_str(), by.descending)).collect();
        assert_eq!(fields, [("email", true), ("other", false)]);
    }
    #[test]
    fn only_plain_paths_can_be_used_in_conditions() {
        for text in ["mail = 'a' AND NOT fourth = 'x'", "count > 3", "`fourth` IS NULL"] {
            assert!(names().condition(&parse_where(text).expect(text).expect(text)).is_err(), "{text}");
        }
        assert!(names().order(&parse_order_by("mail, count desc").expect("valid")).is_err());
    }
}
