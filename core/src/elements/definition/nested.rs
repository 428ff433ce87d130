//! Lists below other lists in bulk jobs (spec E 9.15, 9.16).

use std::sync::Arc;

use super::describe::object_of;
use super::document::DefinedResource;
use super::element::{DefinedElement, obstacle};
use super::json;
use super::plan::parents;
use super::settings::Settings;
use crate::element::{PartitionKey, Partitions, PlanError};
use crate::query::{Comparison, Expr, Field, Literal, Operator, Test};

/// Most lists that conditions can name.
const MOST_LISTS: usize = 10_000;

/// Variables of a path that partitions fill.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Nested(Vec<Variable>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Variable {
    /// Name in the path, and of the member that records get.
    name: String,
    /// Name of that member where records have one of the first name.
    other: String,
}

impl Nested {
    fn of(resource: &DefinedResource) -> Self {
        let mut above = Vec::new();
        let mut variables = Vec::new();
        for part in resource.path.split('/').filter(|part| !part.is_empty()) {
            match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
                Some(name) => {
                    let other = format!("{}Id", above.join("_"));
                    variables.push(Variable { name: name.to_owned(), other });
                }
                None => above.push(part),
            }
        }
        Self(variables)
    }

    /// Returns the values of the variables for a list.
    pub fn values(&self, partition: &PartitionKey) -> impl Iterator<Item = (String, String)> {
        self.0.iter().zip(partition.parts()).map(|(variable, value)| (variable.name.clone(), value.into_owned()))
    }

    /// Returns whether records are below others.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns a record with the values of the variables (spec E 9.16). Other values than objects stay as they are.
    pub fn added(&self, record: &str, partition: &PartitionKey) -> String {
        if json::kind_of(record) != json::Kind::Object {
            return record.to_owned();
        }
        let members = json::members(record);
        let has = |name: &str| members.iter().any(|(known, _)| known == name);
        let mut out = String::with_capacity(record.len() + 32 * self.0.len());
        out.push('{');
        for (name, value) in &members {
            push_member(&mut out, name, value);
        }
        for (variable, value) in self.0.iter().zip(partition.parts()) {
            let name = if has(&variable.name) { &variable.other } else { &variable.name };
            if !has(name) {
                push_member(&mut out, name, &json::quote(&value));
            }
        }
        out.push('}');
        out
    }
}

fn push_member(out: &mut String, name: &str, value: &str) {
    if out.len() > 1 {
        out.push(',');
    }
    out.push_str(&json::quote(name));
    out.push(':');
    out.push_str(value);
}

/// Finds the lists that a resource has.
#[derive(Clone, Copy)]
pub(super) struct Levels<'a> {
    pub element: &'a DefinedElement,
    pub settings: Settings<'a>,
}

impl<'a> Levels<'a> {
    /// Returns the lists of a resource, and takes the conditions that name them out of the others.
    pub fn partitions(
        self,
        resource: &DefinedResource,
        conditions: &mut Vec<Expr>,
    ) -> Result<(Partitions, Nested), PlanError> {
        let nested = Nested::of(resource);
        let given: Vec<Option<Vec<String>>> =
            nested.0.iter().map(|variable| take(conditions, &variable.name)).collect();
        Ok((self.below(resource, &nested.0, &given)?, nested))
    }

    fn below(
        self,
        resource: &DefinedResource,
        variables: &[Variable],
        given: &[Option<Vec<String>>],
    ) -> Result<Partitions, PlanError> {
        let (Some((variable, above)), Some((values, given_above))) = (variables.split_last(), given.split_last())
        else {
            return Ok(Partitions::Known(vec![PartitionKey::root()]));
        };
        if let Some(all) = given.iter().cloned().collect::<Option<Vec<_>>>() {
            return known(&all);
        }
        let missing = || PlanError::BadRequest(format!("Missing parent id: {}", variable.name));
        let parent = self.parent(resource, &variable.name).ok_or_else(missing)?;
        if let Some(obstacle) = obstacle(self.settings.definition(), parent) {
            return Err(PlanError::Obstacle(obstacle));
        }
        let of = self.below(resource, above, given_above)?;
        let name = object_of(parent);
        let object = self.element.object_infos().iter().find(|info| info.name == name);
        let key = object.and_then(|info| info.primary_key.first()).map_or_else(|| "id".to_owned(), ToString::to_string);
        let mut plan = parents(self.settings, parent, of, Nested::of(parent));
        plan.residual = values.as_ref().map(|values| one_of(&key, values));
        Ok(Partitions::Each { of: Arc::new(plan), key: key.into(), shared: false })
    }

    /// Returns the list resource at the path above a variable, whatever the names of its own variables.
    fn parent(self, resource: &DefinedResource, variable: &str) -> Option<&'a DefinedResource> {
        let end = resource.path.find(&format!("/{{{variable}}}"))?;
        let path = &resource.path[..end];
        let definition = self.settings.definition();
        let lists = definition.resources.iter().filter(|list| {
            let reads = list.method == http::Method::GET && list.kind.is_callable() && !list.java;
            reads && same_shape(&list.path, path)
        });
        lists.min_by_key(|list| list.kind != super::document::ResourceType::Api)
    }
}

fn same_shape(one: &str, other: &str) -> bool {
    let is_variable = |part: &str| part.starts_with('{');
    let (mut ones, mut others) = (one.split('/'), other.split('/'));
    loop {
        match (ones.next(), others.next()) {
            (None, None) => return true,
            (Some(one), Some(other)) if one == other || is_variable(one) && is_variable(other) => {}
            _ => return false,
        }
    }
}

/// Returns the lists of all combinations of values, in ascending order.
fn known(levels: &[Vec<String>]) -> Result<Partitions, PlanError> {
    let mut keys = vec![PartitionKey::root()];
    for values in levels {
        if keys.len().saturating_mul(values.len()) > MOST_LISTS {
            return Err(PlanError::BadRequest(format!("The conditions name more than {MOST_LISTS} lists")));
        }
        keys = keys.iter().flat_map(|key| values.iter().map(|value| key.child(value))).collect();
    }
    keys.sort_unstable();
    keys.dedup();
    Ok(Partitions::Known(keys))
}

/// Takes the condition on a variable out of a conjunction. Returns the values that it allows.
fn take(conditions: &mut Vec<Expr>, name: &str) -> Option<Vec<String>> {
    let values = |part: &Expr| match part {
        Expr::Is(Comparison { field, test }) if field.name == name => match test {
            Test::Compare(Operator::Equal, value) => Some(vec![value.text.clone()]),
            Test::In(values) => Some(values.iter().map(|value| value.text.clone()).collect()),
            _ => None,
        },
        _ => None,
    };
    let position = conditions.iter().position(|part| values(part).is_some())?;
    values(&conditions.remove(position))
}

fn one_of(key: &str, values: &[String]) -> Expr {
    let values = values.iter().map(|text| Literal { text: text.clone(), quoted: true }).collect();
    Expr::Is(Comparison { field: Field::new(key), test: Test::In(values) })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::elements::definition::document::Definition;
    use crate::query::parse_where;

    fn element(paths: &[&str]) -> DefinedElement {
        let resources: Vec<_> = paths.iter().map(|path| json!({"method": "GET", "path": path})).collect();
        let document = json!({"name": "x", "authentication": {"type": "none"}, "resources": resources});
        DefinedElement::of(1, "", Definition::read(&document).unwrap_or_else(|problems| panic!("{problems:?}")))
    }

    fn partitions(element: &DefinedElement, path: &str, condition: &str) -> Result<(Partitions, String), PlanError> {
        let values = BTreeMap::new();
        let settings = Settings::new(&element.definition, &values);
        let resource = element.definition.resources.iter().find(|resource| resource.path == path).unwrap();
        let condition = parse_where(condition).unwrap();
        let mut conditions: Vec<Expr> =
            condition.iter().flat_map(|condition| condition.conjuncts().into_iter().cloned()).collect();
        let (partitions, _) = Levels { element, settings }.partitions(resource, &mut conditions)?;
        Ok((partitions, Expr::all(conditions).map(|rest| rest.to_string()).unwrap_or_default()))
    }

    fn shown(partitions: &Partitions) -> String {
        match partitions {
            Partitions::Known(keys) => keys.iter().map(|key| key.as_str()).collect::<Vec<_>>().join(" "),
            Partitions::Each { of, key, .. } => {
                let residual = of.residual.as_ref().map(|residual| format!(" if {residual}")).unwrap_or_default();
                format!("{key} of ({}){residual}", shown(&of.partitions))
            }
        }
    }

    #[test]
    fn lists_are_named_by_conditions_or_walked() {
        let element = element(&["/a", "/a/{aId}/b", "/a/{x}/b/{y}/c", "/alone/{z}/d"]);
        let of = |path, condition| partitions(&element, path, condition).map(|(found, rest)| (shown(&found), rest));
        let pair = |found: &str, rest: &str| Ok((found.to_owned(), rest.to_owned()));
        assert_eq!(of("/a", "x = 1"), pair("", "x = 1"));
        assert_eq!(of("/a/{aId}/b", "aId IN (10, 9) AND n > 2"), pair("9 10", "n > 2"));
        assert_eq!(of("/a/{aId}/b", ""), pair("id of ()", ""));
        assert_eq!(of("/a/{x}/b/{y}/c", "x = 'p/q' AND y = '1'"), pair("p%2Fq/1", ""));
        assert_eq!(of("/a/{x}/b/{y}/c", "x = '1'"), pair("id of (1)", ""));
        assert_eq!(of("/a/{x}/b/{y}/c", "y = '7'"), pair("id of (id of ()) if id IN ('7')", ""));
        let missing = Err(PlanError::BadRequest("Missing parent id: z".to_owned()));
        assert_eq!(of("/alone/{z}/d", ""), missing);
        assert_eq!(of("/alone/{z}/d", "z = 1"), pair("1", ""));
    }

    #[test]
    fn records_get_the_ids_of_what_is_above() {
        let element = element(&["/lists/{id}/members"]);
        let nested = Nested::of(&element.definition.resources[0]);
        let key = PartitionKey::root().child("7");
        assert_eq!(nested.added(r#"{"name":"n"}"#, &key), r#"{"name":"n","id":"7"}"#);
        assert_eq!(nested.added(r#"{"id":1}"#, &key), r#"{"id":1,"listsId":"7"}"#);
        assert_eq!(nested.added(r#"{"id":1,"listsId":2}"#, &key), r#"{"id":1,"listsId":2}"#);
        assert_eq!(nested.added("{}", &key), r#"{"id":"7"}"#);
        assert_eq!(nested.added("5", &key), "5");
    }
}
