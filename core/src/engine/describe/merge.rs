//! Calls that several elements have.

use std::collections::{HashMap, HashSet};

use http::Method;

use super::{Body, Operation, push_capitalized};
use crate::engine::contract::Form;

/// Merges the calls with the same verb and path, whatever the names of the variables, and makes the ids unique.
pub(super) fn merged<'a>(operations: impl Iterator<Item = Operation<'a>>) -> Vec<Operation<'a>> {
    let mut merged: Vec<Operation<'a>> = Vec::new();
    // A path of an element below its hub may be that of a platform call without a hub.
    let mut positions: HashMap<(String, &'a Method, bool), usize> = HashMap::new();
    let mut ids = HashSet::new();
    for mut operation in operations {
        let call = (without_names(&operation.route.path), operation.method, operation.route.form == Form::Plain);
        if let Some(known) = positions.get(&call).and_then(|position| merged.get_mut(*position)) {
            known.add(operation);
            continue;
        }
        operation.id = unique(&ids, &operation);
        ids.insert(operation.id.clone());
        positions.insert(call, merged.len());
        merged.push(operation);
    }
    merged
}

/// Returns a template without the names of its variables: two that differ in these alone are the same path.
fn without_names(template: &str) -> String {
    let parts = template.split('/').map(|part| if part.starts_with('{') { "{}" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// Returns the id of an operation, with the key of its element, and a number if need be, if another path has the id.
fn unique(ids: &HashSet<String>, operation: &Operation<'_>) -> String {
    let mut named = operation.id.clone();
    if let Some((element, _)) = operation.source {
        named.push_str("Of");
        push_capitalized(&mut named, &element.info().key);
    }
    let numbered = (2..).map(|number: u32| format!("{named}{number}"));
    let mut choices = [operation.id.clone(), named.clone()].into_iter().chain(numbered);
    choices.find(|id| !ids.contains(id)).unwrap_or(named)
}

impl<'a> Operation<'a> {
    /// Adds the same call of another element.
    fn add(&mut self, other: Operation<'a>) {
        if self.route.form == Form::Hub {
            self.route = other.route;
        }
        let new =
            other.parameters.into_iter().filter(|new| !self.parameters.iter().any(|known| known.name == new.name));
        let new: Vec<_> = new.collect();
        self.parameters.extend(new);
        self.body = match (self.body.take(), other.body) {
            (Some(own), Some(other)) => Some(own.or(other)),
            (own, other) => own.or(other).map(|body| Body { required: false, ..body }),
        };
        if let (Some(answer), Some(other)) = (&mut self.answer, other.answer) {
            add_alternative(answer, &other);
        }
    }
}

impl Body {
    /// Returns a body that is one or the other.
    fn or(self, other: Self) -> Self {
        let mut schema = self.schema.into_owned();
        add_alternative(&mut schema, &other.schema);
        Self { schema: schema.into(), required: self.required && other.required }
    }
}

/// Adds an alternative to a type, unless it is there.
fn add_alternative(types: &mut String, other: &str) {
    if !types.split('|').any(|known| known == other) {
        types.push('|');
        types.push_str(other);
    }
}
