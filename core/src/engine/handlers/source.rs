//! The source of a resource path: an object of the element, or a common resource made from one (spec P 7.5, 9.14).

use std::sync::Arc;

use super::instances::mapped::Mapped;
use crate::element::{self, Element, ObjectInfo, Resource};
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::script::Runner;
use crate::engine::store::{InstanceRow, Scope};
use crate::engine::transform::{BoundMapping, MappingSpec};
use crate::query::{Comparison, Expr, Operator, Test};
use crate::warning::{nearest, short};

/// The object that a call reads, and how it is shown.
pub(super) struct Source {
    pub element: Arc<dyn Element>,
    /// Position of the resource that reads the records.
    resource: usize,
    /// Transformation of a common resource.
    pub applied: Option<BoundMapping>,
    /// Runs the scripts of the transformation.
    pub runner: Option<Runner>,
    /// Whether the condition must name the parent: the published element cannot list all records (spec P 9.14).
    needs_parent: bool,
}

/// Returns the failure of a path that names neither an object of the element nor a common resource.
fn no_resource(element: &dyn Element, name: &str) -> Failure {
    let known = element.objects().iter().map(|info| &*info.name);
    let meant = nearest(name, known).map(|meant| format!(" Did you mean {meant}?")).unwrap_or_default();
    Failure::not_supported().with_hint(format!("There is no resource {}.{meant} `objects` lists all.", short(name)))
}

impl Source {
    /// Returns the source of an element path. A definition named like its object or its last segment replaces the
    /// object (spec P 9.2).
    pub async fn of_element(call: &Call) -> Result<Self, Failure> {
        Self::of_path(call, call.verb.resource.ok_or_else(Failure::not_supported)?).await
    }

    async fn of_path(call: &Call, position: usize) -> Result<Self, Failure> {
        let element = call.element()?;
        let resource = element.resources().get(position).ok_or_else(Failure::not_supported)?;
        let names = [resource.collection(), &*element.object(resource.object).long_name];
        let (instance, scope) = seen_by(call)?;
        let mapped = call.engine.store.has_visible_transformations(scope, instance.element_id, &names).await?;
        for name in names.into_iter().filter(|_| mapped) {
            if let Some(recipe) = recipe(call, name).await?
                && (!resource.is_single() || element.find_object(&recipe.vendor_name) == Some(resource.object))
            {
                return Self::mapped(call, recipe, resource.is_single());
            }
        }
        if call.engine.options.published_only && !resource.published {
            return Err(Failure::not_supported());
        }
        Ok(Self { element: Arc::clone(element), resource: position, applied: None, runner: None, needs_parent: false })
    }

    /// Returns the source of a path that names a common resource or, if there is no such resource, a listed object
    /// [X].
    pub async fn of_common_resource(call: &Call) -> Result<Self, Failure> {
        let name = call.param("commonResource");
        if let Some(recipe) = recipe(call, name).await? {
            return Self::mapped(call, recipe, false);
        }
        let element = &**call.element()?;
        let of_all = list_of_all(element, name).filter(|_| element::parent(&call.route.path).is_empty());
        Self::of_path(call, of_all.ok_or_else(|| no_resource(element, name))?).await
    }

    fn mapped(call: &Call, recipe: MappingSpec, single: bool) -> Result<Self, Failure> {
        let (options, element) = (&call.engine.options, call.element()?);
        let object = element.find_object(&recipe.vendor_name);
        let object = object.filter(|object| element.object(*object).published || !options.published_only);
        let object = object.ok_or_else(Failure::not_supported)?;
        let path = &*call.route.path;
        let above = if single { path } else { element::parent(path) };
        let at_same_place = |resource: &Resource| {
            let place = if single { &*resource.template } else { resource.parent() };
            let same_verb = resource.method == call.verb.method && resource.is_single() == single;
            resource.object == object && same_verb && place == above
        };
        let position = element.resources().iter().position(at_same_place).ok_or_else(Failure::not_supported)?;
        let hidden = options.published_only && !element.resources()[position].published;
        if hidden && !above.is_empty() {
            return Err(Failure::not_supported());
        }
        let applied = BoundMapping::new(recipe, &element.object(object).schema);
        let element = Arc::clone(element);
        Ok(Self { element, resource: position, applied: Some(applied), runner: None, needs_parent: hidden })
    }

    /// Returns the resource that reads the records.
    pub fn resource(&self) -> &Resource {
        &self.element.resources()[self.resource]
    }

    /// Returns the object whose records are read.
    pub fn object(&self) -> &ObjectInfo {
        self.element.object(self.resource().object)
    }

    /// Rejects a condition that does not name a required parent.
    pub fn check_parent(&self, condition: Option<&Expr>) -> Result<(), Failure> {
        let names = |part: &&Expr| match part {
            Expr::Is(Comparison { field, test: Test::Compare(Operator::Equal, _) }) => {
                self.object().parent_fields.iter().any(|parent| *parent == field.name)
            }
            _ => false,
        };
        if self.needs_parent && !condition.is_some_and(|condition| condition.conjuncts().iter().any(names)) {
            return Err(Failure::bad_request("Missing parent id"));
        }
        Ok(())
    }
}

/// Returns the position of the list of all records of an object, by any name that discovery or a statement accepts.
fn list_of_all(element: &dyn Element, name: &str) -> Option<usize> {
    let object = element.find_object(name)?;
    let reads_all = |resource: &Resource| {
        let is_list = !resource.is_single() && resource.method == http::Method::GET;
        is_list && resource.object == object && resource.parent().is_empty()
    };
    element.resources().iter().position(reads_all)
}

/// Returns the mapping of an object that is visible to the calling instance.
pub(super) async fn recipe(call: &Call, name: &str) -> Result<Option<MappingSpec>, Failure> {
    let (instance, scope) = seen_by(call)?;
    MappingSpec::find(&call.engine.store, scope, instance.element_id, name).await
}

/// Returns the calling instance and its scope.
fn seen_by(call: &Call) -> Result<(&InstanceRow, Scope), Failure> {
    let instance = call.instance()?;
    Ok((instance, Scope::of_instance(call.caller.user()?.organization_id, instance)))
}

/// Returns the mapping for the name of an object (spec P 8.7): an exact match, the mapping of the object with this
/// alias or, if the element has no such object, the only case-insensitive match.
pub(crate) async fn recipe_of_object(call: &Call, name: &str) -> Result<Option<MappingSpec>, Failure> {
    if let Some(recipe) = recipe(call, name).await? {
        return Ok(Some(recipe));
    }
    let element = call.element()?;
    if let Some(object) = element.find_object(name) {
        return recipe(call, &element.object(object).long_name).await;
    }
    let instance = call.instance()?;
    let mapped = Mapped::of(call, std::slice::from_ref(instance)).await?;
    let alike = mapped.names(instance).into_iter().map(|(known, _)| known);
    match alike.filter(|known| known.eq_ignore_ascii_case(name)).collect::<Vec<_>>().as_slice() {
        [only] => recipe(call, only).await,
        _ => Ok(None),
    }
}
