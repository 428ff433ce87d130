//! The source of a resource path: an object of the element, or a common resource made from one (spec P 7.5, 9.14).

use std::sync::Arc;

use http::Method;

use super::instances::mapped::Mapped;
use super::records::script_configuration;
use crate::element::{self, Element, ObjectId, ObjectInfo, Resource, ResourceKind};
use crate::engine::call::Call;
use crate::engine::contract::{COMMON_RECORD_ID, COMMON_RESOURCE};
use crate::engine::failure::Failure;
use crate::engine::script::{Phase, Runner};
use crate::engine::store::{InstanceRow, Scope};
use crate::engine::transform::{BoundMapping, MappingSpec};
use crate::query::{Comparison, Expr, Operator, Test};
use crate::warning::{nearest, short};

/// The object that a call reads or writes, and how it is shown.
pub(super) struct Source {
    pub element: Arc<dyn Element>,
    /// Position of the resource that reads or writes the records.
    resource: usize,
    /// Transformation of a common resource.
    pub applied: Option<BoundMapping>,
    /// Runs the scripts of the transformation.
    pub runner: Option<Runner>,
    /// Whether the condition must name the parent: the published element cannot list all records (spec P 9.14).
    needs_parent: bool,
}

/// Place of resources: the path above their lists, and whether they are lists or records.
#[derive(Clone, Copy)]
struct Place<'a> {
    above: &'a str,
    has_id: bool,
}

impl<'a> Place<'a> {
    /// Returns the place of the common resource that a call names.
    fn of_common(call: &'a Call) -> Self {
        let path = &*call.route.path;
        let list = path.strip_suffix(&format!("/{{{COMMON_RECORD_ID}}}"));
        Self { above: element::parent(list.unwrap_or(path)), has_id: list.is_some() }
    }

    /// Returns the resources of an object at this place, with their positions.
    fn resources(self, element: &dyn Element, object: ObjectId) -> impl Iterator<Item = (usize, &Resource)> {
        let here = move |(_, resource): &(usize, &Resource)| {
            let place = resource.list_path().map(element::parent);
            let fits = resource.kind != ResourceKind::Any && resource.has_id() == self.has_id;
            resource.object == object && fits && place == Some(self.above)
        };
        element.resources().iter().enumerate().filter(here)
    }

    /// Returns the same place without the id of a record: that of the lists.
    fn of_lists(self) -> Self {
        Self { has_id: false, ..self }
    }

    /// Returns whether an object can be read at this place.
    fn is_read(self, element: &dyn Element, object: ObjectId) -> bool {
        self.resources(element, object).any(|(_, resource)| resource.method == Method::GET)
    }

    /// Returns the position of the resource of an object with the verb of a call.
    fn find(self, call: &Call, element: &dyn Element, object: ObjectId) -> Result<usize, Failure> {
        let all: Vec<_> = self.resources(element, object).collect();
        let found = all.iter().find(|(_, resource)| resource.method == call.verb.method);
        found.map(|(position, _)| *position).ok_or_else(|| match all.is_empty() {
            true => Failure::not_supported(),
            false => Failure::not_allowed(all.iter().map(|(_, resource)| &resource.method)),
        })
    }
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
        let may_be_mapped = resource.kind != ResourceKind::Any;
        let store = &call.engine.store;
        let mapped = may_be_mapped && store.has_visible_transformations(scope, instance.element_id, &names).await?;
        for name in names.into_iter().filter(|_| mapped) {
            let Some(recipe) = recipe(call, name).await? else { continue };
            let is_own = element.find_object(&recipe.vendor_name) == Some(resource.object);
            match resource.kind {
                _ if resource.is_list() || resource.kind == ResourceKind::Create => {
                    let place = Place { above: resource.parent(), has_id: false };
                    return Self::mapped(call, recipe, place);
                }
                _ if is_own => return Self::bound(call, recipe, position),
                kind if kind.is_read() => {}
                // The id would be that of a record of the object that the definition replaces.
                _ => return Err(Failure::not_supported()),
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
        let (name, place) = (call.param(COMMON_RESOURCE), Place::of_common(call));
        if let Some(recipe) = recipe(call, name).await? {
            return Self::mapped(call, recipe, place);
        }
        let element = &**call.element()?;
        let object = element.find_object(name).filter(|_| place.above.is_empty());
        let object = object.filter(|object| place.resources(element, *object).next().is_some());
        let object = object.ok_or_else(|| no_resource(element, name))?;
        Self::of_path(call, place.find(call, element, object)?).await
    }

    /// Returns the source of the record that a path names: a resource of one record, or the list that has it (spec P
    /// 7.2). Such a list is an extension, so the published element has none.
    pub async fn of_record(call: &Call) -> Result<Self, Failure> {
        let (name, place) = (call.param(COMMON_RESOURCE), Place::of_common(call));
        let element = &**call.element()?;
        let lists = || match call.engine.options.published_only {
            true => Err(Failure::not_supported()),
            false => Ok(place.of_lists()),
        };
        if let Some(recipe) = recipe(call, name).await? {
            let object = element.find_object(&recipe.vendor_name).ok_or_else(Failure::not_supported)?;
            let place = if place.is_read(element, object) { place } else { lists()? };
            return Self::mapped(call, recipe, place);
        }
        let template = format!("{}/{name}", place.above);
        let is_named = |resource: &Resource| resource.is_list() && resource.template == template;
        let named = element.resources().iter().position(|list| is_named(list) && list.method == Method::GET);
        if let Some(position) = named {
            lists()?;
            return Self::of_path(call, position).await;
        }
        let object = element.find_object(name).filter(|_| place.above.is_empty());
        let object = object.ok_or_else(|| no_resource(element, name))?;
        let place = if place.is_read(element, object) { place } else { lists()? };
        Self::of_path(call, place.find(call, element, object)?).await
    }

    /// Returns the source of a common resource at a place.
    fn mapped(call: &Call, recipe: MappingSpec, place: Place<'_>) -> Result<Self, Failure> {
        let (options, element) = (&call.engine.options, call.element()?);
        let object = element.find_object(&recipe.vendor_name);
        let object = object.filter(|object| element.object(*object).published || !options.published_only);
        let position = place.find(call, &**element, object.ok_or_else(Failure::not_supported)?)?;
        Self::bound(call, recipe, position)
    }

    /// Returns the source of a common resource that this resource reads or writes.
    fn bound(call: &Call, recipe: MappingSpec, position: usize) -> Result<Self, Failure> {
        let element = call.element()?;
        let resource = &element.resources()[position];
        let hidden = call.engine.options.published_only && !resource.published;
        if hidden && (!resource.is_list() || !resource.parent().is_empty()) {
            return Err(Failure::not_supported());
        }
        let applied = BoundMapping::new(recipe, &element.object(resource.object).schema);
        let element = Arc::clone(element);
        Ok(Self { element, resource: position, applied: Some(applied), runner: None, needs_parent: hidden })
    }

    /// Opens the runner of the scripts, one for the whole call, since all its scripts share one time limit.
    pub fn open_runner(&mut self, call: &Call) -> Result<(), Failure> {
        let Some(applied) = &self.applied else { return Ok(()) };
        let organization = call.caller.user()?.organization_id;
        let configuration = script_configuration(call, Some(&call.instance()?.token));
        self.runner = applied.recipe.runner(&call.engine, organization, Phase::Request, configuration);
        Ok(())
    }

    /// Returns the resource that reads or writes the records.
    pub fn resource(&self) -> &Resource {
        &self.element.resources()[self.resource]
    }

    /// Returns the object whose records are read or written.
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
