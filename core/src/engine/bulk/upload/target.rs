//! Resources that an upload calls (spec E 9.21, 9.22).

use std::sync::Arc;

use super::spec::{Action, UploadSpec};
use crate::element::{Element, ObjectId, PathValues, PlanError, Resource, ResourceKind};
use crate::engine::describe::path_names as variables;
use crate::engine::failure::Failure;

/// The resources of an upload, below one list.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    element: Arc<dyn Element>,
    /// Positions of the resources in the element.
    create: Option<usize>,
    change: Option<usize>,
    /// Values of the variables in the path of the list that the caller named.
    fixed: PathValues,
    /// Variables in the path of the list that each record has a value of.
    pub variables: Vec<String>,
    /// Primary key of the object, if the vendor refuses it in a record: it is sent in the path alone.
    pub read_only_key: Option<String>,
}

impl Target {
    /// Finds the resources of an object.
    ///
    /// # Errors
    /// Fails with 400 if the object has no such resources, or the path is not one of its lists.
    pub fn of(element: &Arc<dyn Element>, object: ObjectId, spec: &UploadSpec) -> Result<Self, Failure> {
        let name = &*element.object(object).name;
        let own = |(_, resource): &(usize, &Resource)| resource.object == object;
        let all: Vec<(usize, &Resource)> = element.resources().iter().enumerate().filter(own).collect();
        let creates = spec.action == Action::Create || spec.action == Action::Upsert;
        let changes = spec.action != Action::Create && (spec.action != Action::Upsert || spec.key.is_some());
        let list = list_of(&all, spec.path.as_deref(), creates).ok_or_else(|| match &spec.path {
            Some(path) => {
                Failure::bad_request(format!("path: {path} is no list of {name} that records are written to"))
            }
            None => missing(spec.action, name),
        })?;
        let below = |kind: ResourceKind| {
            let fits = |resource: &Resource| resource.kind == kind && same_shape(list_path(resource), list);
            all.iter().find(|(_, resource)| fits(resource)).map(|(position, _)| *position)
        };
        let create = below(ResourceKind::Create).filter(|_| creates);
        let change = match spec.action {
            Action::Create => None,
            Action::Update | Action::Upsert => below(ResourceKind::Update).or_else(|| below(ResourceKind::Replace)),
            Action::Replace => below(ResourceKind::Replace),
            Action::Delete => below(ResourceKind::Delete),
        };
        let change = change.filter(|_| changes);
        if (creates && create.is_none()) || (changes && change.is_none()) {
            return Err(missing(spec.action, name));
        }
        let named = variables(list).filter_map(|name| Some((name.to_owned(), spec.values.get(name)?.clone())));
        let fixed: PathValues = match &spec.path {
            Some(path) => values_of(list, bare(path)),
            None => named.collect(),
        };
        let variables = variables(list).filter(|name| fixed.get(name).is_none()).map(str::to_owned).collect();
        let info = element.object(object);
        let key = info.primary_key.last();
        let is_read_only = info.fields.iter().any(|field| field.read_only && Some(&field.name) == key);
        let read_only_key = key.filter(|_| is_read_only).map(ToString::to_string);
        let target = Self { element: Arc::clone(element), create, change, fixed, variables, read_only_key };
        for resource in [target.create(), target.change()].into_iter().flatten() {
            if let Some(obstacle) = element.obstacle(resource) {
                return Err(PlanError::Obstacle(obstacle).into());
            }
        }
        Ok(target)
    }

    /// Returns the resource that creates records.
    pub fn create(&self) -> Option<&Resource> {
        self.create.and_then(|position| self.element.resources().get(position))
    }

    /// Returns the resource that changes or deletes the record with a key.
    pub fn change(&self) -> Option<&Resource> {
        self.change.and_then(|position| self.element.resources().get(position))
    }

    /// Returns the values of the path of a resource: those of the list in the order of its variables, and the key.
    pub fn path(&self, resource: &Resource, own: &[(String, String)], key: Option<&str>) -> PathValues {
        let list = |position: usize, name: &str| {
            let at = self.list_variables().nth(position).unwrap_or_default();
            let value =
                self.fixed.get(at).or_else(|| own.iter().find(|(known, _)| *known == at).map(|(_, value)| &**value));
            Some((name.to_owned(), value?.to_owned()))
        };
        let count = self.list_variables().count();
        let named = variables(&resource.template).enumerate();
        named
            .filter_map(|(position, name)| match position < count {
                true => list(position, name),
                false => Some((name.to_owned(), key?.to_owned())),
            })
            .collect()
    }

    /// Returns the variables in the path of the list, as one of its resources names them.
    fn list_variables(&self) -> impl Iterator<Item = &str> {
        let list = self.create().or_else(|| self.change()).map_or("", list_path);
        variables(list)
    }
}

fn missing(action: Action, name: &str) -> Failure {
    let action = action.name();
    let hint = format!("The element has no resource with which {action} of {name} is possible.");
    Failure::bad_request(format!("Bulk upload is not supported for {name} with the action {action}")).with_hint(hint)
}

/// Returns the path of the list that the resources of an object are below: the one that a path names, or the one with the
/// fewest variables.
fn list_of<'a>(all: &[(usize, &'a Resource)], path: Option<&str>, creates: bool) -> Option<&'a str> {
    let writes = |resource: &Resource| match resource.kind {
        ResourceKind::Create => true,
        ResourceKind::Update | ResourceKind::Replace | ResourceKind::Delete => {
            resource.list_path().is_some() && !creates
        }
        _ => false,
    };
    let lists = all.iter().filter(|(_, resource)| writes(resource)).map(|(_, resource)| list_path(resource));
    match path {
        Some(path) => lists.into_iter().find(|list| matches(list, bare(path))),
        None => lists.min_by_key(|list| variables(list).count()),
    }
}

fn list_path(resource: &Resource) -> &str {
    resource.list_path().unwrap_or_default()
}

/// Returns a path without its hub and its query.
fn bare(path: &str) -> &str {
    let path = path.split('?').next().unwrap_or_default().trim().trim_end_matches('/');
    let below_hub = path.strip_prefix("/hubs/").and_then(|rest| rest.find('/').map(|at| &rest[at..]));
    below_hub.unwrap_or(path)
}

fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|part| !part.is_empty())
}

fn is_variable(part: &str) -> bool {
    part.starts_with('{')
}

/// Returns whether two templates differ in the names of their variables only.
fn same_shape(left: &str, right: &str) -> bool {
    let same = |(left, right): (&str, &str)| left == right || is_variable(left) && is_variable(right);
    parts(left).count() == parts(right).count() && parts(left).zip(parts(right)).all(same)
}

/// Returns whether a path is one of a template.
fn matches(template: &str, path: &str) -> bool {
    let same = |(known, part): (&str, &str)| known == part || is_variable(known);
    parts(template).count() == parts(path).count() && parts(template).zip(parts(path)).all(same)
}

/// Returns the decoded values of the variables of a template. Variables that the path keeps have none.
fn values_of(template: &str, path: &str) -> PathValues {
    let decoded = |part: &str| percent_encoding::percent_decode_str(part).decode_utf8_lossy().into_owned();
    let value = |(known, part): (&str, &str)| {
        let name = known.strip_prefix('{')?.strip_suffix('}')?;
        (!is_variable(part)).then(|| (name.to_owned(), decoded(part)))
    };
    parts(template).zip(parts(path)).filter_map(value).collect()
}
