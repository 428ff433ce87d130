//! The table of all pages. Tests go through it, so that no page is without the checks of its guard.

use futures::FutureExt;
use futures::future::BoxFuture;
use http::Method;

use crate::failure::Outcome;
use crate::pages::{
    bulk, connect, definitions, elements, engagement, explorer, home, instance, instances, job, oauth, records,
    secrets, session, settings, sync, traces, transformations, usage,
};
use crate::request::Request;
use crate::{PATH, assets, form};

/// Requirement of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Guard {
    /// Everybody sees it.
    Open,
    /// Only people with a session see it.
    SignedIn,
}

type Handler = for<'a> fn(&'a Request) -> BoxFuture<'a, Outcome>;

pub(crate) struct Route {
    pub method: Method,
    /// Path below that of the console, with variables in braces.
    pub path: &'static str,
    pub guard: Guard,
    pub handler: Handler,
}

macro_rules! pages {
    ($($method:ident $path:literal $guard:ident => $handler:path),* $(,)?) => {
        &[$(Route {
            method: Method::$method,
            path: $path,
            guard: Guard::$guard,
            handler: |request| $handler(request).boxed(),
        }),*]
    };
}

pub(crate) static ROUTES: &[Route] = pages! {
    GET "/assets/{version}/{name}" Open => assets::file,
    GET "/sign-in" Open => session::form,
    POST "/sign-in" Open => session::sign_in,
    GET "/enter" Open => session::enter,
    POST "/sign-out" SignedIn => session::sign_out,
    POST "/theme" Open => session::theme,
    GET "" SignedIn => home::show,
    GET "/running" SignedIn => home::running,
    GET "/elements" SignedIn => elements::list,
    GET "/elements/import" SignedIn => definitions::form,
    POST "/elements/import" SignedIn => definitions::import,
    GET "/elements/{key}/connect" SignedIn => connect::form,
    POST "/elements/{key}/connect" SignedIn => connect::connect,
    GET "/granted" SignedIn => oauth::granted,
    GET "/instances" SignedIn => instances::list,
    GET "/instances/{id}" SignedIn => instance::show,
    POST "/instances/{id}/check" SignedIn => instance::check,
    POST "/instances/{id}/enable" SignedIn => instance::enable,
    POST "/instances/{id}/disable" SignedIn => instance::disable,
    POST "/instances/{id}/token" SignedIn => instance::token,
    POST "/instances/{id}/rotate" SignedIn => instance::rotate,
    POST "/instances/{id}/delete" SignedIn => instance::delete,
    GET "/instances/{id}/settings" SignedIn => settings::form,
    POST "/instances/{id}/settings" SignedIn => settings::save,
    POST "/instances/{id}/login" SignedIn => settings::login,
    GET "/instances/{id}/traces" SignedIn => traces::show,
    POST "/instances/{id}/traces" SignedIn => traces::act,
    GET "/instances/{id}/records" SignedIn => records::show,
    GET "/instances/{id}/records/file" SignedIn => records::file,
    GET "/instances/{id}/engagement" SignedIn => engagement::show,
    POST "/instances/{id}/engagement" SignedIn => engagement::start,
    GET "/instances/{id}/engagement/progress" SignedIn => engagement::progress,
    GET "/instances/{id}/engagement/file" SignedIn => engagement::file,
    GET "/instances/{id}/bulk" SignedIn => bulk::list,
    POST "/instances/{id}/bulk" SignedIn => bulk::start,
    GET "/instances/{id}/bulk/{job}" SignedIn => job::show,
    GET "/instances/{id}/bulk/{job}/progress" SignedIn => job::progress,
    GET "/instances/{id}/bulk/{job}/errors" SignedIn => job::errors,
    GET "/instances/{id}/bulk/{job}/file" SignedIn => job::file,
    POST "/instances/{id}/bulk/{job}/cancel" SignedIn => job::cancel,
    POST "/instances/{id}/bulk/{job}/resume" SignedIn => job::resume,
    GET "/instances/{id}/sync" SignedIn => sync::list,
    POST "/instances/{id}/sync" SignedIn => sync::start,
    GET "/instances/{id}/transformations" SignedIn => transformations::list,
    GET "/instances/{id}/transformations/edit" SignedIn => transformations::edit,
    POST "/instances/{id}/transformations/edit" SignedIn => transformations::save,
    GET "/secrets" SignedIn => secrets::masked,
    POST "/secrets" SignedIn => secrets::revealed,
    POST "/secrets/rotate" SignedIn => secrets::rotate,
    GET "/usage" SignedIn => usage::list,
    GET "/api" SignedIn => explorer::list,
    GET "/api/call" SignedIn => explorer::form,
    POST "/api/call" SignedIn => explorer::call,
};

/// A page of the console, for tests.
#[derive(Clone, Copy, Debug)]
pub struct RouteInfo {
    /// Method of the request.
    pub method: &'static Method,
    /// Path below that of the console, with variables in braces.
    pub path: &'static str,
    /// Whether a session is needed.
    pub needs_session: bool,
}

/// Returns all pages.
pub fn routes() -> impl Iterator<Item = RouteInfo> {
    ROUTES.iter().map(|route| RouteInfo {
        method: &route.method,
        path: route.path,
        needs_session: route.guard == Guard::SignedIn,
    })
}

/// Finds the pages of a path.
pub(crate) struct Router(matchit::Router<Vec<&'static Route>>);

/// Routes of a path, one for each method, with the values in the path by their names.
pub(crate) type Found<'a> = (&'a [&'static Route], Vec<(String, String)>);

impl Router {
    pub fn new() -> Self {
        let mut paths: Vec<(&str, Vec<&'static Route>)> = Vec::new();
        for route in ROUTES {
            match paths.iter_mut().find(|(path, _)| *path == route.path) {
                Some((_, routes)) => routes.push(route),
                None => paths.push((route.path, vec![route])),
            }
        }
        let mut router = matchit::Router::new();
        for (path, routes) in paths {
            if let Err(error) = router.insert(format!("{PATH}{path}"), routes) {
                tracing::error!(%error, path, "a page was not added");
            }
        }
        Self(router)
    }

    /// Returns the pages of a path by their methods, with the variables of the path.
    pub fn find(&self, path: &str) -> Option<Found<'_>> {
        let path = if path.len() > PATH.len() { path.trim_end_matches('/') } else { path };
        let found = self.0.at(path).ok()?;
        let params = found.params.iter().map(|(name, value)| (name.to_owned(), form::decoded(value))).collect();
        Some((found.value.as_slice(), params))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_is_reachable() {
        let router = Router::new();
        for route in ROUTES {
            let path = format!("{PATH}{}", route.path.replace(['{', '}'], ""));
            let found = router.find(&path).map(|(routes, _)| routes.iter().any(|found| std::ptr::eq(*found, route)));
            assert_eq!(found, Some(true), "{path}");
        }
        assert!(router.find("/console/none").is_none() && router.find("/console/").is_some());
    }

    #[test]
    fn variables_are_decoded() {
        let router = Router::new();
        let found = router.find("/console/elements/a%20b+c%26d/connect").map(|(_, params)| params);
        assert_eq!(found, Some(vec![("key".to_owned(), "a b+c&d".to_owned())]));
    }
}
