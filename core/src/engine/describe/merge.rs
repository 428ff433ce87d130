//! Calls that several elements have.

use std::collections::{HashMap, HashSet};

use http::Method;

use super::{Operation, push_capitalized};
use crate::engine::contract::Form;

/// Merges the calls with the same verb and path, and gives calls with different paths different ids.
pub(super) fn merged<'a>(operations: impl Iterator<Item = Operation<'a>>) -> Vec<Operation<'a>> {
    let mut merged: Vec<Operation<'a>> = Vec::new();
    let mut positions: HashMap<(&'a str, &'a Method), usize> = HashMap::new();
    let mut ids = HashSet::new();
    for mut operation in operations {
        let call = (&*operation.route.path, operation.method);
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
        if let (Some(answer), Some(other)) = (&mut self.answer, other.answer)
            && !answer.split('|').any(|known| known == other)
        {
            answer.push('|');
            answer.push_str(&other);
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
