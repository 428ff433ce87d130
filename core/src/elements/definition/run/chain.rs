//! Chains of resources (spec E 7.63 to 7.65).

use super::super::check::MOST_STEPS;
use super::super::document::{DefinedResource, Definition, caller_path, method_word};
use super::super::refused::Refused;

/// Returns the steps of a call in order, the resource itself first.
///
/// # Errors
/// Refuses a chain that is too long, and one with a name that no resource has.
pub fn steps<'d>(
    definition: &'d Definition,
    resource: &'d DefinedResource,
) -> Result<Vec<&'d DefinedResource>, Refused> {
    let mut steps = vec![resource];
    let mut last = resource;
    while let Some(next) = last.next_resource.as_deref() {
        last = named(definition, next)?;
        steps.push(last);
        if steps.len() > MOST_STEPS {
            return Err(Refused::new(format!("A chain may have at most {MOST_STEPS} resources")));
        }
    }
    Ok(steps)
}

/// Finds a resource by `METHOD:/path`; the hub of the path is ignored.
fn named<'d>(definition: &'d Definition, name: &str) -> Result<&'d DefinedResource, Refused> {
    let unknown = || Refused::new(format!("The next resource {} is not known", name.trim()));
    let (method, path) = name.split_once(':').ok_or_else(unknown)?;
    let (method, path) = (method_word(method), caller_path(path));
    let is_named = |one: &&DefinedResource| !one.java && one.method.as_str() == method && one.path == path;
    definition.resources.iter().find(is_named).ok_or_else(unknown)
}
