//! The source of a resource path: an object of the element, or a common resource made from one (spec P 7.5, 9.14).

use http::StatusCode;

use super::instances::mapped::Mapped;
use crate::elements::brighttalk::call::Ids;
use crate::elements::brighttalk::paths::{self, PATHS, ResourcePath};
use crate::elements::brighttalk::table::{OBJECTS, Object};
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::script::Runner;
use crate::engine::store::{InstanceRow, Scope};
use crate::engine::transform::{BoundMapping, MappingSpec};
use crate::query::{Comparison, Expr, Operator, Test};
use crate::warning::{nearest, short};

/// The object that a call reads, and how it is shown.
pub(super) struct Source {
    pub object: Object,
    /// Ids of the path; validated after the parameters (spec P 14.4).
    pub ids: Ids,
    /// Whether the path returns one record instead of a list.
    pub single: bool,
    /// Transformation of a common resource.
    pub applied: Option<BoundMapping>,
    /// Runs the scripts of the transformation.
    pub runner: Option<Runner>,
    /// Whether the condition must name the parent: the published element cannot list all records (spec P 9.14).
    needs_parent: bool,
}

/// Returns the failure of a path that names neither an object of the element nor a common resource.
fn no_resource(name: &str) -> Failure {
    let known = OBJECTS.iter().map(|info| info.name);
    let meant = nearest(name, known).map(|meant| format!(" Did you mean {meant}?")).unwrap_or_default();
    Failure::not_supported().with_hint(format!("There is no resource {}.{meant} `objects` lists all.", short(name)))
}

impl Source {
    /// Returns the source of an element path. A definition named like its object or its last segment replaces the
    /// object (spec P 9.2).
    pub async fn of_element(call: &Call) -> Result<Self, Failure> {
        Self::of_path(call, paths::find(call.route.path).ok_or_else(Failure::not_supported)?).await
    }

    async fn of_path(call: &Call, path: &'static ResourcePath) -> Result<Self, Failure> {
        let names = [collection(path.template), path.object.info().long_name];
        let (instance, scope) = seen_by(call)?;
        let mapped = call.engine.store.has_visible_transformations(scope, instance.element_id, &names).await?;
        for name in names.into_iter().filter(|_| mapped) {
            if let Some(recipe) = recipe(call, name).await?
                && (!path.single || Object::find(&recipe.vendor_name) == Some(path.object))
            {
                return Self::mapped(call, recipe, path.single);
            }
        }
        if call.engine.options.published_only && !path.published {
            return Err(Failure::not_supported());
        }
        Ok(Self {
            object: path.object,
            ids: Ids::default(),
            single: path.single,
            applied: None,
            runner: None,
            needs_parent: false,
        })
    }

    /// Returns the source of a path that names a common resource or, if there is no such resource, a listed object
    /// [X].
    pub async fn of_common_resource(call: &Call) -> Result<Self, Failure> {
        let name = call.param("commonResource");
        if let Some(recipe) = recipe(call, name).await? {
            return Self::mapped(call, recipe, false);
        }
        let of_all = paths::of_object(name).filter(|_| parent(call.route.path).is_empty());
        Self::of_path(call, of_all.ok_or_else(|| no_resource(name))?).await
    }

    fn mapped(call: &Call, recipe: MappingSpec, single: bool) -> Result<Self, Failure> {
        let options = &call.engine.options;
        let object = Object::find(&recipe.vendor_name);
        let object = object.filter(|object| object.info().published || !options.published_only);
        let object = object.ok_or_else(Failure::not_supported)?;
        let above = if single { call.route.path } else { parent(call.route.path) };
        let at_same_place = |path: &&ResourcePath| {
            let place = if single { path.template } else { parent(path.template) };
            path.object == object && path.single == single && place == above
        };
        let path = PATHS.iter().find(at_same_place).ok_or_else(Failure::not_supported)?;
        let hidden = options.published_only && !path.published;
        if hidden && !above.is_empty() {
            return Err(Failure::not_supported());
        }
        let applied = BoundMapping::new(recipe, &object.schema(options.derived_activity_fields));
        Ok(Self { object, ids: Ids::default(), single, applied: Some(applied), runner: None, needs_parent: hidden })
    }

    /// Rejects a condition that does not name a required parent.
    pub fn check_parent(&self, condition: Option<&Expr>) -> Result<(), Failure> {
        let names = |part: &&Expr| match part {
            Expr::Is(Comparison { field, test: Test::Compare(Operator::Equal, _) }) => {
                field.name == "channelId" || (field.name == "surveyId" && self.object == Object::Responses)
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
    if let Some(object) = Object::find(name) {
        return recipe(call, object.info().long_name).await;
    }
    let instance = call.instance()?;
    let mapped = Mapped::of(call, std::slice::from_ref(instance)).await?;
    let alike = mapped.names(instance).into_iter().map(|(known, _)| known);
    match alike.filter(|known| known.eq_ignore_ascii_case(name)).collect::<Vec<_>>().as_slice() {
        [only] => recipe(call, only).await,
        _ => Ok(None),
    }
}

/// Returns the segment of a template that names a collection.
fn collection(template: &str) -> &str {
    template.rsplit('/').find(|part| !part.starts_with('{')).unwrap_or_default()
}

/// Returns a template without its last segment.
fn parent(template: &str) -> &str {
    template.rsplit_once('/').map_or("", |(above, _)| above)
}

/// Parses the ids of the path. A value that is not a number is not found (spec P 7.2).
pub(super) fn ids_of(call: &Call) -> Result<Ids, Failure> {
    let id = |name: &str| match call.param(name) {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| Failure::plain(StatusCode::NOT_FOUND)),
    };
    Ok(Ids {
        user: id("userId")?,
        channel: id("channelId")?,
        webcast: id("webcastId")?,
        survey: id("surveyId")?,
        subscriber: id("id")?,
    })
}
