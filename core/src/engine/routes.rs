//! The route table (spec P 15): the known paths with their verbs, requirements and handlers.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, LazyLock};

use futures::future::BoxFuture;
use http::Method;

use super::call::Call;
use super::contract::{Auth, COMMON_RECORD_ID, COMMON_RESOURCE, Form, Media, Route, Verb};
use super::failure::Failure;
use super::handlers::{
    authentication, bulk, by_key, catalog, docs, elements, not_implemented, oauth, objects, organizations, people,
    records, secrets, usage, writes,
};
use super::reply::Reply;
use super::router::{ElementRoutes, Routes, Table, is_platform_path};
use crate::element::{self, Element, Resource, ResourceKind};
use crate::elements::registry::Elements;
use crate::error::{Error, ErrorKind, Result};

pub(crate) type Handler = for<'a> fn(&'a Call) -> BoxFuture<'a, std::result::Result<Reply, Failure>>;

/// A route and the handlers of its verbs, in the same order.
struct Bound {
    route: Route,
    handlers: Vec<Handler>,
}

impl Bound {
    fn new(
        path: &'static str,
        form: Form,
        section: &'static str,
        verbs: impl IntoIterator<Item = (Verb, Handler)>,
    ) -> Self {
        let (verbs, handlers) = verbs.into_iter().unzip();
        Self { route: Route { path: path.into(), form, section, verbs }, handlers }
    }
}

/// Gives a closure the type of a handler.
fn bound(verb: Verb, handler: Handler) -> (Verb, Handler) {
    (verb, handler)
}

macro_rules! verb {
    ($method:ident $auth:ident $handler:path) => { verb!($method $auth Json $handler) };
    ($method:ident $auth:ident $media:ident $handler:path) => {
        bound(
            Verb {
                name: stringify!($handler),
                method: Method::$method,
                auth: Auth::$auth,
                media: Media::$media,
                resource: None,
            },
            |call| Box::pin($handler(call)),
        )
    };
}

macro_rules! routes {
    ($($form:ident $path:literal $section:literal { $($method:ident $auth:ident $($word:ident)? => $handler:path),* $(,)? })*) => {
        vec![$(Bound::new($path, Form::$form, $section, [$(verb!($method $auth $($word)? $handler)),*])),*]
    };
}

// These modules follow the macros that they use.
mod definitions;
mod elements_routes;
mod formulas;
mod instances;
mod not_offered;

// long: a table, one path each.
fn platform_routes() -> Vec<Bound> {
    routes! {
        Plain "/authentication" "2.5" { POST Open => authentication::login }
        Plain "/authentication/secrets" "2.5" { GET Session => authentication::secrets }
        Plain "/authentication/passwords" "2.5" { POST Session => authentication::password }
        Plain "/elements" "5.2" { GET None => catalog::elements, POST Organization => elements::create }
        Plain "/elements/keys" "5.2" { GET None => catalog::element_keys }
        Plain "/elements/metadata" "5.2" { GET None => catalog::all_metadata }
        Plain "/elements/{keyOrId}" "5.2" {
            GET None => catalog::element,
            PUT Organization => elements::replace,
            DELETE Organization => elements::delete,
        }
        Plain "/elements/{keyOrId}/metadata" "5.4" { GET None => catalog::metadata }
        Plain "/elements/{keyOrId}/configuration" "5.3" {
            GET Organization => elements::configuration::list,
            POST Organization => elements::configuration::add,
        }
        Plain "/elements/{keyOrId}/objects" "5.2" {
            GET Organization => elements::parts::list,
            POST Organization => elements::parts::add,
        }
        Plain "/elements/{keyOrId}/resources" "5.2" {
            GET Organization => elements::parts::list,
            POST Organization => elements::parts::add,
        }
        Plain "/elements/{keyOrId}/parameters" "5.2" {
            GET Organization => elements::parts::list,
            POST Organization => elements::parts::add,
        }
        Plain "/elements/{keyOrId}/hooks" "5.2" {
            GET Organization => elements::parts::list,
            POST Organization => elements::parts::add,
        }
        Plain "/elements/{keyOrId}/export" "5.2" { GET Organization => catalog::export }
        Plain "/elements/{keyOrId}/transformations" "5.2" { GET Organization => catalog::default_transformations }
        Plain "/elements/{keyOrId}/docs" "5.5" { GET None => docs::element }
        Plain "/docs/{hub}" "5.5" { GET None => docs::hub }
        Plain "/docs/all_platform" "5.5" { GET None => docs::platform }
        Plain "/elements/{keyOrId}/trace/{traceId}" "4.1" { GET Organization => catalog::trace }
        Plain "/elements/{keyOrId}/oauth/url" "5.2" { GET Organization => oauth::url, POST Organization => oauth::url_of_body }
        Plain "/elements/{keyOrId}/oauth/token" "5.2" { GET Organization => oauth::token, POST Organization => oauth::token_of_body }
        Plain "/hubs" "5.6" { GET None => catalog::hubs }
        Plain "/hubs/keys" "5.6" { GET None => catalog::hub_keys }
        Plain "/hubs/{key}" "5.6" { GET None => catalog::hub }
        Plain "/hubs/{key}/elements" "5.6" { GET None => catalog::hub_elements }
        Plain "/organizations/me" "11.1" { GET Organization => organizations::me, PUT Organization => not_implemented::accounts }
        Plain "/organizations/me/secret" "16.18" { POST Organization => secrets::rotate_organization }
        Plain "/accounts" "11.2" { GET Organization => people::accounts, POST Organization => not_implemented::accounts }
        Plain "/accounts/{id}" "11.2" {
            GET Organization => people::account,
            PUT Organization => not_implemented::accounts,
            PATCH Organization => not_implemented::accounts,
            DELETE Organization => not_implemented::accounts,
        }
        Plain "/usage" "12.1" { GET Organization => usage::list }
        Plain "/usage/{id}" "12.1" { GET Organization => usage::one }
        Plain "/users" "11.3" { GET Organization => people::users }
        Plain "/users/{emailOrId}" "11.3" {
            GET Organization => people::user,
            PATCH Organization => not_implemented::accounts,
            DELETE Organization => not_implemented::accounts,
        }
        Plain "/users/{emailOrId}/secret" "16.18" { POST Organization => secrets::rotate_user }
        Both "/objects" "7.6" { GET Element => objects::names }
        Both "/objects/{name}/metadata" "7.7" { GET Element => objects::metadata }
        Both "/objects/{name}/docs" "7.8" { GET Element => docs::object }
        Both "/ping" "7.10" { GET Resource => records::ping }
        Both "/bulk/query" "10.2" { POST Resource Form => bulk::query }
        Both "/bulk/download" "10.4" { POST Resource => bulk::download_job }
        Both "/bulk/{id}" "10.9" { POST Resource Form => bulk::upload }
        Both "/bulk/jobs" "10.10" { GET Element => bulk::jobs }
        Both "/bulk/{id}/status" "10.5" { GET Element => bulk::status }
        Both "/bulk/{id}/errors" "10.7" { GET Element => bulk::errors }
        Both "/bulk/{id}/cancel" "10.8" { PUT Element => bulk::cancel }
        Both "/bulk/{id}/resume" "16.3" { PUT Resource => bulk::resume }
        Both "/bulk/{id}/report" "16.2" { GET Element => bulk::report }
        Both "/bulk/{id}/failed" "10.9" { GET Element Any => bulk::failed }
        Both "/bulk/{id}/{objectName}" "10.6" { GET Element File => bulk::download }
        Both "/bulk/{id}/{objectName}/data" "10.6" { GET Element => bulk::data }
    }
}

/// Returns the verb of a resource, at this position in the list of its element.
fn resource_verb(position: usize, resource: &Resource) -> Verb {
    let (verb, _) = match resource.kind {
        _ if resource.is_list() => verb!(GET Resource List records::read),
        kind if kind.is_read() => verb!(GET Resource records::read),
        ResourceKind::Any => verb!(POST Resource Any writes::any),
        _ if resource.open => verb!(POST Resource Any writes::record),
        _ => verb!(POST Resource writes::record),
    };
    Verb { method: resource.method.clone(), resource: Some(position), ..verb }
}

/// Returns the problem of a resource that cannot be served, or `None`.
fn problem(resource: &Resource) -> Option<&'static str> {
    let writes = resource.kind.takes_record() || resource.kind == ResourceKind::Delete;
    match resource.method {
        Method::HEAD | Method::OPTIONS | Method::CONNECT | Method::TRACE => Some("with a verb that is not offered"),
        Method::GET if writes => Some("for a write"),
        _ if !resource.template.starts_with('/') => Some("without a slash at its beginning"),
        _ => None,
    }
}

/// Returns the routes of an element that is a document. Resources that share a path may name its variables differently.
/// Paths of the platform, and what cannot be served otherwise, are left out.
pub(crate) fn of_definition(element: &Arc<dyn Element>) -> ElementRoutes {
    let mut routes: Vec<Route> = Vec::new();
    for (position, resource) in element.resources().iter().enumerate() {
        if problem(resource).is_some() {
            continue;
        }
        let form = if is_hub_only(resource) { Form::Hub } else { Form::Both };
        let verb = resource_verb(position, resource);
        let same = |route: &&mut Route| has_shape_of(&route.path, &resource.template);
        match routes.iter_mut().find(same) {
            Some(known) if known.verb(&resource.method).is_some() => {}
            Some(known) => known.verbs.push(verb),
            None => routes.push(Route { path: resource.template.clone(), form, section: "7.2", verbs: vec![verb] }),
        }
    }
    routes.retain(|route| PLATFORM.table.shadowed(route).is_none());
    ElementRoutes::lenient(element, routes, common_routes(&**element))
}

/// Returns whether two templates differ in the names of their variables only.
fn has_shape_of(left: &str, right: &str) -> bool {
    let variable = |part: &str| part.starts_with('{');
    let same = |(left, right): (&str, &str)| left == right || variable(left) && variable(right);
    left.split('/').count() == right.split('/').count() && left.split('/').zip(right.split('/')).all(same)
}

/// Returns the paths of an element, with all methods that a template has.
fn resource_routes(element: &dyn Element) -> Result<Vec<Route>> {
    let mut routes: Vec<Route> = Vec::new();
    for (position, resource) in element.resources().iter().enumerate() {
        let wrong = |why: &str| {
            let (key, method, path) = (&element.info().key, &resource.method, &resource.template);
            Err(Error::new(ErrorKind::Config, format!("the element {key} has {method} {path} {why}")))
        };
        let form = if is_hub_only(resource) { Form::Hub } else { Form::Both };
        let verb = resource_verb(position, resource);
        if let Some(problem) = problem(resource) {
            return wrong(problem);
        }
        match routes.iter_mut().find(|route| route.path == resource.template) {
            Some(known) if known.verb(&resource.method).is_some() => return wrong("twice"),
            Some(known) if known.form != form => return wrong("both with and without a plain path"),
            Some(known) => known.verbs.push(verb),
            None => routes.push(Route { path: resource.template.clone(), form, section: "7.2", verbs: vec![verb] }),
        }
    }
    if let Some(path) = routes.iter().find_map(|route| PLATFORM.table.shadowed(route)) {
        let message = format!("the element {} has {path}, which is a path of the platform", element.info().key);
        return Err(Error::new(ErrorKind::Config, message));
    }
    Ok(routes)
}

/// Returns the paths of common resources: beside each list of an element, and for the records below (spec P 7.2, 9.8,
/// 9.14).
fn common_routes(element: &dyn Element) -> Vec<Route> {
    let lists = element.resources().iter().filter(|resource| is_common_parent(resource));
    let parents: BTreeSet<(usize, &str)> =
        lists.map(|list| (list.parent().matches('/').count(), list.parent())).collect();
    let route = |path: String, verbs: Vec<Verb>| Route { path: path.into(), form: Form::Both, section: "9.14", verbs };
    let lists = parents.iter().map(|(_, parent)| {
        let (read, _) = verb!(GET Resource List records::common);
        let verbs = std::iter::once(read)
            .chain(common_verbs(element, parent, |resource| resource.kind == ResourceKind::Create));
        route(format!("{parent}/{{{COMMON_RESOURCE}}}"), verbs.collect())
    });
    let records = parents.iter().map(|(_, parent)| {
        let (read, _) = verb!(GET Resource by_key::common);
        let verbs = common_verbs(element, parent, |resource| resource.has_id() && resource.method != Method::GET);
        let path = format!("{parent}/{{{COMMON_RESOURCE}}}/{{{COMMON_RECORD_ID}}}");
        route(path, std::iter::once(read).chain(verbs).collect())
    });
    lists.chain(records).collect()
}

/// Returns the verbs that common resources have because of the resources of these kinds at a place.
fn common_verbs(element: &dyn Element, place: &str, of: impl Fn(&Resource) -> bool) -> Vec<Verb> {
    let mut verbs: Vec<Verb> = Vec::new();
    for resource in element.resources().iter().filter(|resource| of(resource) && !resource.hub_only) {
        let is_new = verbs.iter().all(|verb| verb.method != resource.method);
        if is_new && resource.list_path().map(element::parent) == Some(place) {
            let (verb, _) = verb!(POST Resource writes::common);
            verbs.push(Verb { method: resource.method.clone(), ..verb });
        }
    }
    verbs
}

/// Returns whether common resources exist beside this path: also where the platform has the plain path, but not below
/// such a path.
fn is_common_parent(resource: &Resource) -> bool {
    let is_list = resource.is_list() && resource.method == Method::GET;
    is_list && !resource.hub_only && !is_platform_path(resource.parent())
}

/// Returns whether a path exists only below a hub: the element wants it, or the platform has all paths like the plain
/// one.
fn is_hub_only(resource: &Resource) -> bool {
    resource.hub_only || is_platform_path(&resource.template)
}

/// The routes of the platform, and the handlers of all routes by the name of their verbs.
struct Platform {
    table: Table,
    /// Number of routes that documents list before those of common resources.
    before_common: usize,
    handlers: HashMap<&'static str, Handler>,
}

static PLATFORM: LazyLock<Platform> = LazyLock::new(|| {
    let families = [
        platform_routes(),
        instances::routes(),
        definitions::routes(),
        elements_routes::routes(),
        formulas::routes(),
        not_offered::routes(),
    ];
    let of_elements = [
        verb!(GET Resource records::read),
        verb!(GET Resource List records::common),
        verb!(GET Resource by_key::common),
        verb!(POST Resource writes::record),
        verb!(POST Resource writes::common),
        verb!(POST Resource Any writes::any),
    ];
    let mut handlers: HashMap<_, _> = of_elements.into_iter().map(|(verb, handler)| (verb.name, handler)).collect();
    let before_common = families[0].len();
    let mut routes = Vec::new();
    for bound in families.into_iter().flatten() {
        handlers.extend(bound.route.verbs.iter().map(|verb| verb.name).zip(bound.handlers));
        routes.push(bound.route);
    }
    let (table, conflicts) = Table::new(routes);
    for conflict in conflicts {
        tracing::error!(%conflict, "route not added");
    }
    Platform { table, before_common, handlers }
});

/// Returns the routes of an engine with these elements.
///
/// # Errors
/// `config` if an element has a path that is malformed, or that it has twice or the platform has.
pub(crate) fn of(elements: &Elements) -> Result<Routes> {
    let routes = |element: &Arc<dyn Element>| {
        ElementRoutes::new(element, resource_routes(&**element)?, common_routes(&**element))
    };
    let elements = elements.all().iter().map(routes).collect::<Result<_>>()?;
    Ok(Routes::new(&PLATFORM.table, PLATFORM.before_common, elements))
}

/// Returns the handler of a verb.
pub(crate) fn handler(verb: &Verb) -> Option<Handler> {
    PLATFORM.handlers.get(verb.name).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes() -> Routes {
        of(&Elements::new(false)).unwrap()
    }

    fn route(path: &str) -> Option<String> {
        routes().find(path).map(|found| found.route.path.to_string())
    }

    #[test]
    fn every_verb_has_a_handler() {
        let routes = routes();
        let elements = routes.elements().iter().flat_map(ElementRoutes::routes);
        let verbs = routes.platform().iter().chain(elements).flat_map(|route| &route.verbs);
        assert!(verbs.clone().count() > 200 && verbs.clone().all(|verb| handler(verb).is_some()));
    }

    #[test]
    fn every_route_is_reachable() {
        let routes = routes();
        for known in routes.platform().iter().chain(routes.elements().iter().flat_map(ElementRoutes::routes)) {
            let sample = known.path.replace(['{', '}'], "");
            let sample = if known.form == Form::Hub { format!("/hubs/marketing{sample}") } else { sample };
            assert_eq!(route(&sample).as_deref(), Some(&*known.path), "{sample}");
        }
    }

    #[test]
    fn common_resources_are_beside_the_lists_of_the_element() {
        let paths: Vec<_> = common_routes(&*Elements::new(false).all()[0].clone())
            .into_iter()
            .filter(|route| !route.path.contains(COMMON_RECORD_ID))
            .map(|route| route.path.replace("{commonResource}", "*"))
            .collect();
        let below = "/channels/{channelId}";
        let expected = ["/*".to_owned(), format!("{below}/*"), "/surveys/{surveyId}/*".to_owned()];
        assert_eq!(paths[..3], expected);
        assert_eq!(paths[3..], [format!("{below}/webcasts/{{webcastId}}/*")]);
    }

    #[test]
    fn the_hub_segment_is_ignored_but_for_the_catalogue() {
        assert_eq!(route("/hubs/anything/channels").as_deref(), Some("/channels"));
        assert_eq!(route("/channels").as_deref(), Some("/channels"));
        assert_eq!(route("/hubs/marketing/elements").as_deref(), Some("/hubs/{key}/elements"));
        assert_eq!(route("/hubs/marketing/mine").as_deref(), Some("/{commonResource}"));
    }

    #[test]
    fn platform_families_name_no_resource() {
        assert_eq!(route("/notifications"), None);
        assert_eq!(route("/hubs/marketing/notifications").as_deref(), Some("/{commonResource}"));
        assert_eq!(route("/mine").as_deref(), Some("/{commonResource}"));
    }
}
