//! Finds the route of a path: among those of the platform first, then among those of the elements (spec P 7.1).

use std::sync::Arc;

use http::Method;
use matchit::Router;

use super::contract::{Form, Match, Route};
use crate::element::Element;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{PLATFORM_FAMILIES, UNSERVED_FAMILIES};

/// Routes of one owner: the platform, or an element.
pub(crate) struct Table {
    routes: Vec<Arc<Route>>,
    /// Position of the route, and whether the path matched in its hub form.
    router: Router<(usize, bool)>,
}

impl Table {
    /// Creates a table, and lists the paths that are malformed or that an earlier route has already; it does not have
    /// these.
    pub fn new(routes: impl IntoIterator<Item = Route>) -> (Self, Vec<String>) {
        let routes: Vec<Arc<Route>> = routes.into_iter().map(Arc::new).collect();
        let (mut router, mut conflicts) = (Router::new(), Vec::new());
        for (position, route) in routes.iter().enumerate() {
            for (template, hub_form) in forms(route) {
                if let Err(error) = router.insert(&template, (position, hub_form)) {
                    conflicts.push(format!("{template}: {error}"));
                }
            }
        }
        (Self { routes, router }, conflicts)
    }

    /// Adds a route in the forms that are still free.
    fn add(&mut self, route: Route) {
        let position = self.routes.len();
        let free = |(template, hub_form)| self.router.insert(template, (position, hub_form)).is_ok();
        if forms(&route).into_iter().map(free).filter(|free| *free).count() > 0 {
            self.routes.push(Arc::new(route));
        }
    }

    /// Returns the routes in order.
    pub fn routes(&self) -> &[Arc<Route>] {
        &self.routes
    }

    /// Returns a path of this route that this table has already.
    pub fn shadowed(&self, route: &Route) -> Option<String> {
        forms(route).into_iter().map(|(template, _)| template).find(|template| self.router.at(template).is_ok())
    }

    /// Finds the route of a path below the prefix, and whether it matched in its hub form.
    fn find(&self, path: &str) -> Option<(Match, bool)> {
        let found = self.router.at(path).ok()?;
        let (position, hub_form) = *found.value;
        let params = found.params.iter().map(|(name, value)| (name.to_owned(), decode(value))).collect();
        Some((Match { route: Arc::clone(&self.routes[position]), params, element: None }, hub_form))
    }
}

/// All routes of an engine.
pub(crate) struct Routes {
    platform: &'static Table,
    /// Number of routes of the platform that documents list before those of common resources.
    before_common: usize,
    elements: Vec<ElementRoutes>,
}

/// A route as documents list it.
#[derive(Clone, Copy)]
pub(crate) struct Documented<'a> {
    /// Element that has the route. `None` for the platform.
    pub element: Option<&'a dyn Element>,
    pub route: &'a Route,
}

/// The routes of one element.
pub(crate) struct ElementRoutes {
    pub element: Arc<dyn Element>,
    table: Table,
}

impl ElementRoutes {
    /// Creates the routes of an element. Those of common resources give way to paths of the element.
    ///
    /// # Errors
    /// `config` if a path of the element is malformed, or the same as another one of it.
    pub fn new(element: &Arc<dyn Element>, own: Vec<Route>, common: Vec<Route>) -> Result<Self> {
        let (mut table, conflicts) = Table::new(own);
        if let Some(conflict) = conflicts.first() {
            let message = format!("the element {} has a path that cannot be served: {conflict}", element.info().key);
            return Err(Error::new(ErrorKind::Config, message));
        }
        common.into_iter().for_each(|route| table.add(route));
        Ok(Self { element: Arc::clone(element), table })
    }

    /// Creates the routes of an element that is a document. Paths that cannot be served are left out, since the caller
    /// cannot change the document.
    pub fn lenient(element: &Arc<dyn Element>, own: Vec<Route>, common: Vec<Route>) -> Self {
        let (mut table, conflicts) = Table::new(own);
        for conflict in conflicts {
            tracing::debug!(key = %element.info().key, %conflict, "path not served");
        }
        common.into_iter().for_each(|route| table.add(route));
        Self { element: Arc::clone(element), table }
    }

    /// Returns the paths of the element, then those of common resources.
    pub fn routes(&self) -> &[Arc<Route>] {
        self.table.routes()
    }

    /// Finds the route of a path below the prefix.
    pub fn find(&self, path: &str) -> Option<Match> {
        let (found, hub_form) = self.table.find(path)?;
        let is_reachable = hub_form || !is_platform_path(path);
        is_reachable.then(|| Match { element: Some(self.element.info().id), ..found })
    }
}

impl Routes {
    pub fn new(platform: &'static Table, before_common: usize, elements: Vec<ElementRoutes>) -> Self {
        Self { platform, before_common, elements }
    }

    /// Returns the routes of the platform.
    pub fn platform(&self) -> &'static [Arc<Route>] {
        self.platform.routes()
    }

    /// Returns the routes of each element.
    pub fn elements(&self) -> &[ElementRoutes] {
        &self.elements
    }

    /// Returns the routes of the platform and of these elements in the order of documents, with the element of each.
    pub fn documented(&self, wanted: impl Fn(&dyn Element) -> bool) -> Vec<Documented<'_>> {
        self.documented_with(&[], wanted)
    }

    /// Returns [`documented`](Self::documented) routes, and those of further elements.
    pub fn documented_with<'a>(
        &'a self,
        others: &'a [Arc<ElementRoutes>],
        wanted: impl Fn(&dyn Element) -> bool,
    ) -> Vec<Documented<'a>> {
        let elements = self.elements.iter().chain(others.iter().map(|other| &**other));
        let elements = elements.filter(|known| wanted(&*known.element));
        let of_elements = elements.flat_map(|known| known.routes().iter().map(|route| (Some(&*known.element), route)));
        let (common, own): (Vec<_>, Vec<_>) = of_elements.partition(|(_, route)| route.is_any_resource());
        let (before, after) = self.platform().split_at(self.before_common);
        let [before, after] = [before, after].map(|routes| routes.iter().map(|route| (None, route)));
        let all = before.chain(common).chain(after).chain(own);
        all.map(|(element, route)| Documented { element, route }).collect()
    }

    /// Finds the route of a path below the prefix: that of the platform, or that of the first element that has the path.
    /// Returns `None` for 404.
    pub fn find(&self, path: &str) -> Option<Match> {
        let platform = self.platform.find(path).map(|(found, _)| found);
        platform.or_else(|| self.candidates(path).next())
    }

    /// Finds the route of a path among those of one element.
    pub fn of_element(&self, id: i64, path: &str) -> Option<Match> {
        self.elements.iter().find(|known| known.element.info().id == id)?.find(path)
    }

    /// Returns whether the platform or any element has this path with this method.
    pub fn accepts(&self, path: &str, method: &Method) -> bool {
        match self.platform.find(path) {
            Some((found, _)) => found.route.verb(method).is_some(),
            None => self.candidates(path).any(|found| found.route.verb(method).is_some()),
        }
    }

    /// Returns whether only a common resource could have this path.
    pub fn is_any_resource(&self, path: &str) -> bool {
        self.platform.find(path).is_none() && self.candidates(path).all(|found| found.route.is_any_resource())
    }

    fn candidates(&self, path: &str) -> impl Iterator<Item = Match> {
        self.elements.iter().filter_map(move |known| known.find(path))
    }
}

/// Returns whether a path could name a resource of an element: below a hub, or outside all platform families.
pub(crate) fn may_be_resource(path: &str) -> bool {
    match first_segment(path) {
        "hubs" => path.split('/').nth(3).is_some(),
        _ => !is_platform_path(path),
    }
}

/// Returns the refusal of a path that belongs to a family of the platform that is not served.
pub(crate) fn refusal(path: &str) -> Option<&'static str> {
    let family = first_segment(path);
    UNSERVED_FAMILIES.iter().find(|(known, _)| *known == family).map(|(_, message)| *message)
}

/// Returns whether a path without a hub belongs to the platform, by its first segment.
pub(crate) fn is_platform_path(path: &str) -> bool {
    PLATFORM_FAMILIES.contains(&first_segment(path))
}

/// Returns the templates of a route, and whether each is its form below a hub.
fn forms(route: &Route) -> Vec<(String, bool)> {
    let plain = (route.form != Form::Hub).then(|| (route.path.to_string(), false));
    let in_hub = (route.form != Form::Plain).then(|| (format!("/hubs/{{hub}}{}", route.path), true));
    plain.into_iter().chain(in_hub).collect()
}

fn first_segment(path: &str) -> &str {
    path.split('/').nth(1).unwrap_or_default()
}

fn decode(segment: &str) -> String {
    percent_encoding::percent_decode_str(segment).decode_utf8_lossy().into_owned()
}
