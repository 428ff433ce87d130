//! The route table (spec P 15): the known paths with their verbs, requirements and handlers.

use std::collections::HashMap;
use std::sync::LazyLock;

use futures::future::BoxFuture;
use http::Method;
use matchit::Router;

use super::call::Call;
use super::contract::{Auth, Form, Match, Media, Route, Verb};
use super::failure::Failure;
use super::handlers::{
    authentication, bulk, catalog, docs, not_implemented, objects, organizations, people, records, usage,
};
use super::reply::Reply;
use crate::elements::brighttalk::paths::PATHS;
use crate::model::PLATFORM_FAMILIES;

pub(crate) type Handler = for<'a> fn(&'a Call) -> BoxFuture<'a, Result<Reply, Failure>>;

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
        Self { route: Route { path, form, section, verbs }, handlers }
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
mod instances;
mod not_offered;

// long: a table, one path each.
fn platform_routes() -> Vec<Bound> {
    routes! {
        Plain "/authentication" "2.5" { POST Open => authentication::login }
        Plain "/authentication/secrets" "2.5" { GET Session => authentication::secrets }
        Plain "/authentication/passwords" "2.5" { POST Session => authentication::password }
        Plain "/elements" "5.2" { GET None => catalog::elements, POST Organization => not_implemented::authoring }
        Plain "/elements/keys" "5.2" { GET None => catalog::element_keys }
        Plain "/elements/metadata" "5.2" { GET None => catalog::all_metadata }
        Plain "/elements/{keyOrId}" "5.2" {
            GET None => catalog::element,
            PUT Organization => not_implemented::authoring,
            DELETE Organization => not_implemented::authoring,
        }
        Plain "/elements/{keyOrId}/metadata" "5.4" { GET None => catalog::metadata }
        Plain "/elements/{keyOrId}/configuration" "5.3" {
            GET Organization => catalog::configuration,
            POST Organization => not_implemented::authoring,
        }
        Plain "/elements/{keyOrId}/objects" "5.2" {
            GET Organization => catalog::objects,
            POST Organization => not_implemented::authoring,
        }
        Plain "/elements/{keyOrId}/resources" "5.2" {
            GET Organization => catalog::element_resources,
            POST Organization => not_implemented::authoring,
        }
        Plain "/elements/{keyOrId}/parameters" "5.2" {
            GET Organization => catalog::nothing,
            POST Organization => not_implemented::authoring,
        }
        Plain "/elements/{keyOrId}/hooks" "5.2" {
            GET Organization => catalog::nothing,
            POST Organization => not_implemented::authoring,
        }
        Plain "/elements/{keyOrId}/export" "5.2" { GET Organization => catalog::export }
        Plain "/elements/{keyOrId}/transformations" "5.2" { GET Organization => catalog::default_transformations }
        Plain "/elements/{keyOrId}/docs" "5.5" { GET None => docs::element }
        Plain "/docs/{hub}" "5.5" { GET None => docs::hub }
        Plain "/elements/{keyOrId}/trace/{traceId}" "4.1" { GET Organization => catalog::trace }
        Plain "/elements/{keyOrId}/oauth/url" "5.2" { GET Organization => catalog::no_oauth }
        Plain "/elements/{keyOrId}/oauth/token" "5.2" { GET Organization => catalog::no_oauth }
        Plain "/hubs" "5.6" { GET None => catalog::hubs }
        Plain "/hubs/keys" "5.6" { GET None => catalog::hub_keys }
        Plain "/hubs/{key}" "5.6" { GET None => catalog::hub }
        Plain "/hubs/{key}/elements" "5.6" { GET None => catalog::hub_elements }
        Plain "/organizations/me" "11.1" { GET Organization => organizations::me, PUT Organization => not_implemented::accounts }
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
        Both "/objects" "7.6" { GET Element => objects::names }
        Both "/objects/{name}/metadata" "7.7" { GET Element => objects::metadata }
        Both "/objects/{name}/docs" "7.8" { GET Element => docs::object }
        Both "/ping" "7.10" { GET Resource => records::ping }
        Both "/bulk/query" "10.2" { POST Resource Form => bulk::query }
        Both "/bulk/download" "10.4" { POST Resource => bulk::download_job }
        Both "/bulk/{id}" "10.9" { POST Resource Form => bulk::no_upload }
        Both "/bulk/jobs" "10.10" { GET Element => bulk::jobs }
        Both "/bulk/{id}/status" "10.5" { GET Element => bulk::status }
        Both "/bulk/{id}/errors" "10.7" { GET Element => bulk::errors }
        Both "/bulk/{id}/cancel" "10.8" { PUT Element => bulk::cancel }
        Both "/bulk/{id}/resume" "16.3" { PUT Resource => bulk::resume }
        Both "/bulk/{id}/report" "16.2" { GET Element => bulk::report }
        Both "/bulk/{id}/{objectName}" "10.6" { GET Element File => bulk::download }
        Both "/{commonResource}" "9.14" { GET Resource List => records::common }
        Both "/channels/{channelId}/{commonResource}" "9.14" { GET Resource List => records::common }
        Both "/surveys/{surveyId}/{commonResource}" "9.14" { GET Resource List => records::common }
        Both "/channels/{channelId}/webcasts/{webcastId}/{commonResource}" "9.14" { GET Resource List => records::common }
    }
}

/// Returns the paths of the element from its own table, so that a new object needs no entry here.
fn resource_routes() -> impl Iterator<Item = Bound> {
    PATHS.iter().map(|path| {
        let form = if path.hub_only { Form::Hub } else { Form::Both };
        let verb = if path.single { verb!(GET Resource records::read) } else { verb!(GET Resource List records::read) };
        Bound::new(path.template, form, "7.2", [verb])
    })
}

struct Table {
    routes: Vec<Route>,
    /// By the name of their verbs.
    handlers: HashMap<&'static str, Handler>,
    /// Position of the route, and whether the path matched in its hub form.
    router: Router<(usize, bool)>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let families = [platform_routes(), instances::routes(), definitions::routes(), not_offered::routes()];
    let (mut routes, mut handlers, mut router) = (Vec::new(), HashMap::new(), Router::new());
    for bound in families.into_iter().flatten().chain(resource_routes()) {
        handlers.extend(bound.route.verbs.iter().map(|verb| verb.name).zip(bound.handlers));
        routes.push(bound.route);
    }
    for (position, route) in routes.iter().enumerate() {
        if route.form != Form::Hub {
            insert(&mut router, route.path.to_owned(), (position, false));
        }
        if route.form != Form::Plain {
            insert(&mut router, format!("/hubs/{{hub}}{}", route.path), (position, true));
        }
    }
    Table { routes, handlers, router }
});

/// Inserts a template. A duplicate is an error in the table, which a test detects; the first one is kept.
fn insert(router: &mut Router<(usize, bool)>, template: String, target: (usize, bool)) {
    if let Err(error) = router.insert(&template, target) {
        tracing::error!(%template, %error, "route not added");
    }
}

/// Returns all routes.
pub(crate) fn all() -> &'static [Route] {
    &TABLE.routes
}

/// Returns the handler of a verb.
pub(crate) fn handler(verb: &Verb) -> Option<Handler> {
    TABLE.handlers.get(verb.name).copied()
}

/// Finds the route of a path below the prefix. Returns `None` for 404.
pub(crate) fn find(path: &str) -> Option<Match> {
    let found = TABLE.router.at(path).ok()?;
    let (position, hub_form) = *found.value;
    let route = &TABLE.routes[position];
    let first = path.split('/').nth(1).unwrap_or_default();
    if !hub_form && route.path == "/{commonResource}" && PLATFORM_FAMILIES.contains(&first) {
        return None;
    }
    let params = found.params.iter().map(|(name, value)| (name.to_owned(), decode(value))).collect();
    Some(Match { route, params })
}

/// Returns whether a path could name a resource of an element: below a hub, or outside all platform families.
pub(crate) fn may_be_resource(path: &str) -> bool {
    let mut segments = path.split('/').skip(1);
    let first = segments.next().unwrap_or_default();
    if first == "hubs" { segments.nth(1).is_some() } else { !PLATFORM_FAMILIES.contains(&first) }
}

fn decode(segment: &str) -> String {
    percent_encoding::percent_decode_str(segment).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(path: &str) -> Option<&'static str> {
        find(path).map(|found| found.route.path)
    }

    #[test]
    fn every_verb_has_a_handler() {
        assert!(TABLE.routes.iter().flat_map(|route| &route.verbs).all(|verb| handler(verb).is_some()));
    }

    #[test]
    fn every_route_is_reachable() {
        for known in &TABLE.routes {
            let sample = known.path.replace(['{', '}'], "");
            let sample = if known.form == Form::Hub { format!("/hubs/marketing{sample}") } else { sample };
            assert_eq!(route(&sample), Some(known.path), "{sample}");
        }
    }

    #[test]
    fn the_hub_segment_is_ignored_but_for_the_catalogue() {
        assert_eq!(route("/hubs/anything/channels"), Some("/channels"));
        assert_eq!(route("/channels"), Some("/channels"));
        assert_eq!(route("/hubs/marketing/elements"), Some("/hubs/{key}/elements"));
        assert_eq!(route("/hubs/marketing/mine"), Some("/{commonResource}"));
    }

    #[test]
    fn platform_families_name_no_resource() {
        assert_eq!(route("/notifications"), None);
        assert_eq!(route("/hubs/marketing/notifications"), Some("/{commonResource}"));
        assert_eq!(route("/mine"), Some("/{commonResource}"));
    }
}
