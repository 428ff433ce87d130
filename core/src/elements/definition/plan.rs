//! Plans of defined elements: which resource is read, what the vendor is asked, and what is left to the engine (spec E 6, 9).

use http::HeaderMap;

use super::caller_body;
use super::connector::pairs;
use super::convert;
use super::dates::{Limits, Since};
use super::describe::object_of;
use super::document::{DefinedResource, Definition, ResourceType, Source};
use super::element::{DefinedElement, obstacle};
use super::nested::{self, Nested};
use super::paging::{self, Mode, Sizes, Walk};
use super::refused::Refused;
use super::request::{InputBody, PageValues};
use super::settings::Settings;
use crate::element::{
    CallBody, Demand, Distinct, Missing, ObjectId, PageRequest, PageSizes, Paging, PartitionKey, Partitions,
    PathValues, PlanError, Purpose, ReadPlan, Urgency,
};
use crate::query::Expr;
use crate::record::Schema;
use crate::vendor::Configuration;

/// Mark of a cursor that a caller brings (spec E 6.34). Positions of the element are JSON objects.
const FOREIGN: char = '=';

/// Data from which the connector requests the pages of a plan.
pub(super) struct Own {
    /// Position of the resource in the definition.
    pub position: usize,
    /// Path values of the call.
    pub path: PathValues,
    pub query: Vec<(String, String)>,
    pub headers: HeaderMap,
    pub body: InputBody,
    /// Condition for the vendor.
    pub condition: Option<Expr>,
    /// Whether the resource can page; otherwise `page` and the like are ordinary parameters.
    pub reads_list: bool,
    pub mode: Mode,
    pub sizes: Sizes,
    /// Whether a bulk job reads, which wants records only.
    pub is_bulk: bool,
    /// Whether a page on which a script fails is left out (spec E 9.20).
    pub skips_pages: bool,
    /// Limits that are checked on the records of a bulk job.
    pub limits: Option<Limits>,
    /// Variables in the path that the partitions fill.
    pub nested: Nested,
}

impl Own {
    fn of_list(settings: Settings<'_>, resource: &DefinedResource) -> Self {
        Self {
            position: resource.position,
            path: PathValues::default(),
            query: Vec::new(),
            headers: HeaderMap::new(),
            body: InputBody::Empty,
            condition: None,
            reads_list: true,
            mode: paging::mode(settings, resource),
            sizes: paging::sizes(settings),
            is_bulk: true,
            skips_pages: false,
            limits: None,
            nested: Nested::default(),
        }
    }

    /// Returns the position of a page. `None` for a cursor that is not one of this element.
    pub fn walk(&self, request: &PageRequest<'_>) -> Option<Walk> {
        let size = request.size.unwrap_or(self.sizes.max);
        match request.cursor {
            None => Some(Walk::first(size)),
            Some(cursor) => match cursor.strip_prefix(FOREIGN) {
                Some(text) => Some(Walk::of_caller(text, size)),
                None => cursor.parse().map_or_else(|_| Walk::read(cursor), |number| Some(Walk::at(number, size))),
            },
        }
    }

    /// Returns whether somebody waits for the pages.
    pub fn urgency(&self) -> Urgency {
        if self.is_bulk { Urgency::Bulk } else { Urgency::Live }
    }

    /// Returns the path values of a list.
    pub fn path_of(&self, partition: &PartitionKey) -> PathValues {
        let own = self.path.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        own.chain(self.nested.values(partition)).collect()
    }
}

/// Plans a demand.
pub(super) fn plan(element: &DefinedElement, demand: &Demand<'_>) -> Result<ReadPlan, PlanError> {
    let settings = Settings::new(&element.definition, demand.configuration.values());
    match demand.resource {
        Some(resource) => {
            let resource = element.defined(resource).ok_or(PlanError::NotFound)?;
            call(settings, resource, demand)
        }
        None => Object { element, settings, object: demand.object }.plan(demand),
    }
}

/// Returns the sizes of pages (spec E 6.2, 6.3).
pub(super) fn page_sizes(definition: &Definition, configuration: &Configuration) -> PageSizes {
    let Sizes { min, max, default } = paging::sizes(Settings::new(definition, configuration.values()));
    let size = |size: u32| usize::try_from(size).unwrap_or(usize::MAX);
    PageSizes { default: size(default), smallest: size(min), largest: size(max), refuses: definition.paginator == 3 }
}

/// Plans a call.
fn call(settings: Settings<'_>, resource: &DefinedResource, demand: &Demand<'_>) -> Result<ReadPlan, PlanError> {
    let reads_list = !resource.ends_with_variable() || declares_paging(resource);
    let residual = match demand.condition.filter(|_| reads_list) {
        Some(condition) => convert::residual(settings, resource, condition)?,
        None => None,
    };
    let mut query = pairs(demand.parameters.iter());
    if let Some(fields) = default_fields(settings, resource)
        && !query.iter().any(|(name, value)| name == "fields" && !value.trim().is_empty())
    {
        query.push(("fields".to_owned(), fields));
    }
    let body = match demand.body {
        CallBody::Bytes { media_type, bytes } => caller_body::read(media_type, bytes)?,
        CallBody::Record(text) => InputBody::Json(text.to_owned()),
        CallBody::Stream { .. } => return Err(Refused::new("The body of a read is too long").into()),
        CallBody::Empty => InputBody::Empty,
    };
    let own = Own {
        path: demand.path.clone(),
        query,
        headers: demand.headers.clone(),
        body,
        condition: demand.condition.cloned(),
        reads_list,
        is_bulk: demand.purpose == Purpose::Bulk,
        ..Own::of_list(settings, resource)
    };
    Ok(ReadPlan { residual, ..finished(settings, own, Partitions::Known(vec![PartitionKey::root()]), String::new()) })
}

/// Completes a plan with what the paging of its resource means for the engine.
fn finished(settings: Settings<'_>, own: Own, partitions: Partitions, fingerprint: String) -> ReadPlan {
    let (mode, sizes) = (own.mode, own.sizes);
    let paging = match mode {
        _ if !own.reads_list => Paging::Cursors,
        Mode::Page { .. } | Mode::Offset { .. } => Paging::Numbered,
        Mode::Cursor { goes_out: true, .. } => Paging::Steps,
        Mode::Cursor { .. } | Mode::Whole { .. } => Paging::Cursors,
        Mode::SizeOnly => Paging::Beginning,
        Mode::PageOnly { .. } => Paging::Uncut,
        Mode::Plain { .. } => Paging::Single,
    };
    ReadPlan {
        page_size: sizes.max,
        paging,
        fills: settings.definition().paginator == 3,
        foreign_cursor: (paging == Paging::Steps).then_some(foreign),
        distinct: Distinct::Keep,
        concurrency: 1,
        ..ReadPlan::new(Schema::documents(), partitions, fingerprint, own)
    }
}

fn foreign(cursor: &str) -> String {
    format!("{FOREIGN}{cursor}")
}

/// Returns whether callers can page a resource by its own parameters.
fn declares_paging(resource: &DefinedResource) -> bool {
    let names = ["page", "pageSize", "nextPage"];
    resource.parameters.iter().any(|parameter| {
        parameter.from == Source::Query && !parameter.response && names.contains(&parameter.name.as_str())
    })
}

/// Returns the fields of a list whose call has none (spec E 3.24).
pub(super) fn default_fields(settings: Settings<'_>, resource: &DefinedResource) -> Option<String> {
    let allowed =
        settings.get("allow.select.fields").is_none_or(|allowed| !allowed.trim().eq_ignore_ascii_case("false"));
    if !allowed || resource.ends_with_variable() {
        return None;
    }
    let map: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(&settings.get("default.select.fields.map")?).ok()?;
    match map.get(&object_of(resource))? {
        serde_json::Value::String(fields) => Some(fields.clone()),
        serde_json::Value::Array(fields) => {
            let fields: Vec<&str> = fields.iter().filter_map(serde_json::Value::as_str).collect();
            Some(fields.join(","))
        }
        _ => None,
    }
    .filter(|fields| !fields.trim().is_empty())
}

/// Returns query and page of a request for one record (spec E 8.15).
pub(super) fn one_record(
    definition: &Definition,
    resource: &DefinedResource,
    configuration: &Configuration,
) -> (Vec<(String, String)>, Option<PageValues>) {
    let settings = Settings::new(definition, configuration.values());
    let page = declares_paging(resource)
        .then(|| Walk::first(1).values(paging::mode(settings, resource), paging::sizes(settings)));
    (Vec::new(), page)
}

/// Returns the list resource of an object (spec E 9.4): one that callers see before one that they do not, and the one with
/// the fewest parameters.
pub(super) fn list_of<'d>(definition: &'d Definition, object: &str) -> Option<&'d DefinedResource> {
    let lists = definition.resources.iter().filter(|resource| {
        let reads = resource.method == http::Method::GET && resource.kind.is_callable() && !resource.java;
        reads && !resource.ends_with_variable() && object_of(resource) == object
    });
    lists.min_by_key(|resource| (resource.kind != ResourceType::Api, resource.parameters.len()))
}

/// Hints of objects that cannot be downloaded in bulk (spec E 9.2, 9.4).
const NO_LIST: &str =
    "The definition has no list of them: a resource with `GET` whose path does not end in a parameter.";
const NOT_ENABLED: &str =
    "Set `bulkDownloadEnabled` to true in the definition, or in its entry of `objects` for this object alone.";

/// An object that a bulk job reads.
struct Object<'a> {
    element: &'a DefinedElement,
    settings: Settings<'a>,
    object: ObjectId,
}

impl Object<'_> {
    fn plan(&self, demand: &Demand<'_>) -> Result<ReadPlan, PlanError> {
        let definition = self.settings.definition();
        let name = &*self.element.object_info(self.object).name;
        let declared = definition.objects.iter().find(|object| object.name == name);
        let offered = declared.and_then(|object| object.bulk_download).unwrap_or(definition.bulk_download);
        let refused = |hint| {
            let message = format!("Bulk download is not supported for {name}");
            move || PlanError::NotOffered { message, hint }
        };
        let resource = list_of(definition, name).ok_or_else(refused(NO_LIST))?;
        Some(()).filter(|()| offered).ok_or_else(refused(NOT_ENABLED))?;
        if let Some(obstacle) = obstacle(definition, resource) {
            return Err(PlanError::Obstacle(obstacle));
        }
        let mut conditions: Vec<Expr> =
            demand.condition.map(|condition| condition.conjuncts().into_iter().cloned().collect()).unwrap_or_default();
        let of = nested::Levels { element: self.element, settings: self.settings };
        let (partitions, nested) = of.partitions(resource, &mut conditions)?;
        let since = Since::of(self.settings, declared);
        let own_conditions = since.as_ref().map(|since| since.conditions(demand.from, demand.to)).unwrap_or_default();
        let condition = Expr::all(conditions.into_iter().chain(own_conditions.iter().cloned()).collect());
        let residual = match &condition {
            Some(condition) => convert::residual(self.settings, resource, condition)?,
            None => None,
        };
        let (residual, is_unasked) = match (residual, &since) {
            (Some(residual), Some(since)) => since.without(residual, &own_conditions),
            (residual, _) => (residual, false),
        };
        let is_whole = since.is_none() && (demand.from.is_some() || demand.to.is_some());
        let remark = is_whole.then(|| format!("{name} has no date field, so it is read completely").into());
        let limits = since.filter(|_| is_unasked).and_then(|since| since.limits(demand.from, demand.to));
        let query = pairs(demand.parameters.iter());
        let mode = paging::mode(self.settings, resource);
        let is_nested = matches!(partitions, Partitions::Each { .. });
        let asked = condition.as_ref().map(ToString::to_string);
        let fingerprint =
            format!("{name} {} {} {asked:?} {limits:?} {query:?} {mode:?}", resource.method, resource.path);
        let skips_pages = true;
        let own = Own { query, condition, limits, nested, skips_pages, ..Own::of_list(self.settings, resource) };
        let plan = finished(self.settings, own, partitions, fingerprint);
        Ok(ReadPlan { residual, missing: if is_nested { Missing::SkipBelow } else { Missing::Fail }, remark, ..plan })
    }
}

/// Plans the list of the objects that others are below, in full.
pub(super) fn parents(settings: Settings<'_>, resource: &DefinedResource, of: Partitions, nested: Nested) -> ReadPlan {
    let is_nested = matches!(of, Partitions::Each { .. });
    let own = Own { nested, ..Own::of_list(settings, resource) };
    let fingerprint = format!("{} {}", resource.method, resource.path);
    let plan = finished(settings, own, of, fingerprint);
    ReadPlan { missing: if is_nested { Missing::SkipBelow } else { Missing::Fail }, ..plan }
}
