//! Names of objects and operations.

use std::collections::HashSet;

use http::Method;

use crate::elements::definition::document::DefinedResource;

/// Returns the name of the object that a resource belongs to: the declared one, else the fixed parts of its path, joined
/// by `_` (spec E 8.1).
pub fn object_of(resource: &DefinedResource) -> String {
    match &resource.object_name {
        Some(name) => name.clone(),
        None => object_of_path(&resource.path),
    }
}

/// Returns the name of the object that a path names: its fixed parts, joined by `_` (spec E 8.1).
pub fn object_of_path(path: &str) -> String {
    fixed_parts(path).collect::<Vec<_>>().join("_")
}

/// Returns the parts of a path that are no variables.
pub(super) fn fixed_parts(path: &str) -> impl Iterator<Item = &str> {
    parts(path).filter(|part| variable(part).is_none())
}

/// Returns the parts of a path.
pub(super) fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|part| !part.is_empty())
}

/// Returns the name in braces.
pub(super) fn variable(part: &str) -> Option<&str> {
    part.strip_prefix('{')?.strip_suffix('}')
}

/// Returns whether a path ends in a variable.
pub(super) fn ends_in_variable(path: &str) -> bool {
    parts(path).last().and_then(variable).is_some()
}

/// Returns the tag of an operation: the first part of its path (spec E 8.23).
pub(super) fn tag(path: &str) -> &str {
    let first = parts(path).next().unwrap_or_default();
    variable(first).unwrap_or(first)
}

/// Returns the name of the definition that a path names: its fixed parts, split at hyphens, in lower camel case (spec
/// E 8.44 d).
pub(super) fn definition_of(path: &str) -> String {
    let mut name = String::new();
    for word in fixed_parts(path).flat_map(|part| part.split('-')) {
        if name.is_empty() { name.push_str(word) } else { name.push_str(&capitalized(word)) }
    }
    name
}

/// Returns the name of an operation that declares none (spec E 8.24).
pub(super) fn operation_id(method: &Method, path: &str) -> String {
    let verb = match *method {
        Method::GET => "get",
        Method::POST => "create",
        Method::PUT => "replace",
        Method::PATCH => "update",
        Method::DELETE => "delete",
        _ => "call",
    };
    let (mut words, mut by) = (Vec::new(), String::new());
    let count = parts(path).count();
    for (position, part) in parts(path).enumerate() {
        match variable(part) {
            None => words.push(part.split('-').map(capitalized).collect::<String>()),
            Some(name) if position + 1 == count => by = format!("By{}", capitalized(name)),
            Some(name) if position == 0 => words.push(capitalized(name)),
            Some(_) => {}
        }
    }
    if method == Method::POST {
        words.iter_mut().for_each(|word| *word = singular(word));
    } else if let Some(last) = words.last_mut().filter(|_| !by.is_empty()) {
        *last = singular(last);
    }
    format!("{verb}{}{by}", words.concat())
}

/// Makes names unique: one that is taken gets a number, from 2 on (spec E 8.25).
#[derive(Default)]
pub(super) struct Taken(HashSet<String>);

impl Taken {
    /// Returns the name, or the first free form of it.
    pub fn take(&mut self, name: String) -> String {
        let numbered = (2..).map(|number: u32| format!("{name}{number}"));
        let free = std::iter::once(name.clone()).chain(numbered).find(|name| !self.0.contains(name));
        let free = free.unwrap_or(name);
        self.0.insert(free.clone());
        free
    }
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn singular(word: &str) -> String {
    match (word.strip_suffix("ies"), word.strip_suffix('s')) {
        (Some(stem), _) => format!("{stem}y"),
        (None, Some(stem)) => stem.to_owned(),
        (None, None) => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_named_by_verb_and_path() {
        for (method, path, id) in [
            (Method::GET, "/lists", "getLists"),
            (Method::GET, "/lists/{id}/search", "getListsSearch"),
            (Method::PATCH, "/companies/{companyId}", "updateCompanyByCompanyId"),
            (Method::POST, "/addresses/{id}/phone-numbers", "createAddresseNumber"),
            (Method::GET, "/{objectName}", "getByObjectName"),
            (Method::DELETE, "/{objectName}/{objectId}", "deleteObjectNameByObjectId"),
            (Method::PUT, "/guilds/{guild.id}", "replaceGuildByGuild.id"),
        ] {
            let id = id.replace("createAddresseNumber", "createAddressePhoneNumber");
            assert_eq!(operation_id(&method, path), id);
        }
        let mut taken = Taken::default();
        let names = ["a", "a", "b", "a"].map(|name| taken.take(name.to_owned()));
        assert_eq!(names, ["a", "a2", "b", "a3"]);
    }

    #[test]
    fn definitions_are_named_by_the_path() {
        assert_eq!(definition_of("/user-lists/{id}/members/{member}"), "userListsMembers");
        assert_eq!(tag("/{objectName}/{id}"), "objectName");
        assert!(ends_in_variable("/a/{id}") && !ends_in_variable("/a/{id}/b") && !ends_in_variable("/"));
    }
}
