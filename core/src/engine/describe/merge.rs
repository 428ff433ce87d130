//! Calls that several elements have.

use std::collections::{HashMap, HashSet};

use http::Method;

use super::{Body, Operation, push_capitalized};
use crate::engine::contract::Form;

/// Merges the calls with the same verb and path, and gives calls with different paths different ids.
pub(super) fn merged<'a>(operations: impl Iterator<Item = Operation<'a>>) -> Vec<Operation<'a>> {
    let mut merged: Vec<Operation<'a>> = Vec::new();
    // A path of an element below its hub may be that of a platform call without a hub.
    let mut positions: HashMap<(&'a str, &'a Method, bool), usize> = HashMap::new();
    let mut ids = HashSet::new();
    for mut operation in operations {
        let call = (&*operation.route.path, operation.method, operation.route.form == Form::Plain);
        if let Some(known) = positions.get(&call).and_then(|position| merged.get_mut(*position)) {
            known.add(operation);
            continue;
        }
        if !ids.insert(operation.id.clone()) {
            operation.name_after_element();
            ids.insert(operation.id.clone());
        }
        positions.insert(call, merged.len());
        merged.push(operation);
    }
    merged
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

    /// Appends the key of the element to the id, which another path has.
    fn name_after_element(&mut self) {
        if let Some((element, _)) = self.source {
            self.id.push_str("Of");
            push_capitalized(&mut self.id, &element.info().key);
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
