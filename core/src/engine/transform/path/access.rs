//! Traversal of a path: to read, write and remove values.

use serde_json::{Map, Value};

use super::{Found, Step};
use crate::engine::script::{Budget, MEMBER_BYTES, TooLarge};

pub(super) fn read(steps: &[Step], value: &Value) -> Found {
    let Some((step, rest)) = steps.split_first() else { return Found::One(value.clone()) };
    let next = |value: Option<&Value>| value.map_or(Found::Missing, |value| read(rest, value));
    match (step, value) {
        (Step::Member(name), Value::Object(members)) => next(members.get(name)),
        (Step::Every, Value::Array(items)) => Found::Many(items.iter().map(|item| read(rest, item)).collect()),
        (Step::Index(index), Value::Array(items)) => next(items.get(*index)),
        (Step::First(predicate), Value::Array(items)) => next(items.iter().find(|item| predicate.holds(item))),
        (Step::Size, Value::Array(items)) => Found::One(items.len().into()),
        _ => Found::Missing,
    }
}

/// Writes the found values, whose own size is charged already.
pub(super) fn write(steps: &[Step], target: &mut Value, found: Found, budget: &mut Budget) -> Result<(), TooLarge> {
    let Some((step, rest)) = steps.split_first() else {
        if let Some(value) = found.collapsed(false) {
            *target = value;
        }
        return Ok(());
    };
    match step {
        Step::Member(name) => {
            if !target.is_object() {
                *target = Value::Object(Map::new());
            }
            if let Value::Object(members) = target {
                budget.take(name.len() + MEMBER_BYTES)?;
                write(rest, members.entry(name.clone()).or_insert(Value::Null), found, budget)?;
            }
        }
        Step::Every => {
            let Some(items) = array(target) else { return Ok(()) };
            let found = match found {
                Found::Many(found) => found,
                // An array is written member by member; any other value becomes its only member.
                Found::One(Value::Array(items)) => items.into_iter().map(Found::One).collect(),
                one => vec![one],
            };
            fill(items, found.len(), budget)?;
            for (item, found) in items.iter_mut().zip(found) {
                match found {
                    // The position is kept, so that members are still paired.
                    Found::Missing if item.is_null() && matches!(rest.first(), Some(Step::Member(_))) => {
                        *item = Value::Object(Map::new());
                    }
                    Found::Missing => {}
                    found => write(rest, item, found, budget)?,
                }
            }
        }
        Step::Index(index) => {
            let Some(items) = array(target) else { return Ok(()) };
            fill(items, index + 1, budget)?;
            write(rest, &mut items[*index], found, budget)?;
        }
        // Filters and functions cannot be written to.
        Step::First(_) | Step::Size => {}
    }
    Ok(())
}

/// Returns the target as an array, replacing any other value.
fn array(target: &mut Value) -> Option<&mut Vec<Value>> {
    if !target.is_array() {
        *target = Value::Array(Vec::new());
    }
    target.as_array_mut()
}

fn fill(items: &mut Vec<Value>, length: usize, budget: &mut Budget) -> Result<(), TooLarge> {
    if items.len() < length {
        budget.take((length - items.len()) * MEMBER_BYTES)?;
        items.resize(length, Value::Null);
    }
    Ok(())
}

/// Removes the value. Returns whether the target became empty by it.
pub(super) fn remove(steps: &[Step], target: &mut Value) -> bool {
    let Some((step, rest)) = steps.split_first() else { return true };
    match (step, target) {
        (Step::Member(name), Value::Object(members)) => {
            let gone = members.get_mut(name).is_some_and(|member| remove(rest, member));
            if gone {
                members.shift_remove(name);
            }
            gone && members.is_empty()
        }
        (Step::Every, Value::Array(items)) => {
            let before = items.len();
            items.retain_mut(|item| !remove(rest, item));
            before > 0 && items.is_empty()
        }
        _ => false,
    }
}
