//! Scripts that run around a call (spec E 4.14, 7.1).

use super::super::document::{DefinedResource, Definition, Hook, HookType};
use crate::element::Script;

/// Side of the vendor call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Before it.
    Pre,
    /// After it.
    Post,
}

impl Side {
    fn kind(self) -> HookType {
        match self {
            Self::Pre => HookType::PreRequest,
            Self::Post => HookType::PostRequest,
        }
    }

    /// Returns the type of the scripts as documents write it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pre => "preRequest",
            Self::Post => "postRequest",
        }
    }
}

/// A script with its place.
pub struct Placed {
    /// The script.
    pub script: Script,
    /// Whether it is one of the element, not of the resource.
    pub is_global: bool,
}

/// Returns the hooks of a side in the order in which they run: global before those of the resource before the call, and
/// after them afterwards.
pub fn hooks<'d>(
    definition: &'d Definition,
    resource: &'d DefinedResource,
    side: Side,
) -> impl Iterator<Item = (&'d Hook, bool)> {
    let global = if resource.kind.runs_global_scripts() { definition.hooks.as_slice() } else { &[] };
    let global = global.iter().map(|hook| (hook, true));
    let own = resource.hooks.iter().map(|hook| (hook, false));
    let (first, second): (Box<dyn Iterator<Item = _>>, Box<dyn Iterator<Item = _>>) = match side {
        Side::Pre => (Box::new(global), Box::new(own)),
        Side::Post => (Box::new(own), Box::new(global)),
    };
    first.chain(second).filter(move |(hook, _)| hook.kind == side.kind())
}

/// Returns the scripts of a side in the order in which they run.
pub fn scripts(definition: &Definition, resource: &DefinedResource, side: Side) -> Vec<Placed> {
    let word = side.word();
    hooks(definition, resource, side)
        .map(|(hook, is_global)| {
            let name = match is_global {
                true => format!("global/{word}"),
                false => format!("{} {}/{word}", resource.method, resource.path),
            };
            Placed { script: Script { name, body: hook.body.clone(), is_legacy: hook.legacy }, is_global }
        })
        .collect()
}

/// Returns whether scripts or a chain belong to a call of a resource.
pub fn has_steps(definition: &Definition, resource: &DefinedResource) -> bool {
    has_scripts(definition, resource) || resource.next_resource.is_some()
}

/// Returns whether scripts run around a call of a resource.
pub fn has_scripts(definition: &Definition, resource: &DefinedResource) -> bool {
    let runs = |hooks: &[Hook]| hooks.iter().any(|hook| hook.kind != HookType::Event);
    runs(&resource.hooks) || resource.kind.runs_global_scripts() && runs(&definition.hooks)
}

/// Returns whether the text of a script before the call has one of these words.
pub fn pre_script_has(definition: &Definition, resource: &DefinedResource, words: &[&str]) -> bool {
    has(definition, resource, Side::Pre, words)
}

/// Returns whether the text of a script before the call has this name, not as a part of another.
pub fn pre_script_names(definition: &Definition, resource: &DefinedResource, name: &str) -> bool {
    let is_part = |one: char| one.is_alphanumeric() || one == '_' || one == '$';
    hooks(definition, resource, Side::Pre).any(|(hook, _)| {
        hook.body.match_indices(name).any(|(at, _)| {
            let (before, after) = (&hook.body[..at], &hook.body[at + name.len()..]);
            !before.ends_with(is_part) && !after.starts_with(is_part)
        })
    })
}

/// Returns whether the text of a script after the call has one of these words.
pub fn post_script_has(definition: &Definition, resource: &DefinedResource, words: &[&str]) -> bool {
    has(definition, resource, Side::Post, words)
}

fn has(definition: &Definition, resource: &DefinedResource, side: Side, words: &[&str]) -> bool {
    hooks(definition, resource, side).any(|(hook, _)| words.iter().any(|word| hook.body.contains(word)))
}

/// Returns whether a script of a resource may store parts of the answer in the configuration: its text names the member
/// (spec E 4.18, 7.49).
pub fn may_store(resource: &DefinedResource) -> bool {
    let forms = [
        "configuration:",
        "configuration\":",
        "configuration':",
        "{configuration}",
        "{configuration,",
        ",configuration}",
    ];
    resource.hooks.iter().filter(|hook| hook.kind == HookType::PostRequest).any(|hook| {
        let text: String = hook.body.chars().filter(|one| !one.is_whitespace()).collect();
        forms.iter().any(|form| text.contains(form))
    })
}
