//! Kinds of paging, and sizes of pages (spec E 6.2 to 6.16).

use super::super::document::{DefinedResource, Pagination, Parameter, Source, Target};
use super::super::refused::Refused;
use super::super::run;
use super::super::settings::Settings;
use super::super::template;

/// Header with which scripts give the cursor of the next page (spec E 6.23).
pub const NEXT_PAGE: &str = "elements-next-page-token";
/// Page size of lists without any setting (spec E 6.2).
const DEFAULT_SIZE: u32 = 200;
/// Maximum page size without any setting.
const MAX_SIZE: u32 = 1000;

/// Sizes of pages that callers may ask for (spec E 6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// Minimum.
    pub min: u32,
    /// Maximum.
    pub max: u32,
    /// Size of a call that gives none.
    pub default: u32,
}

/// Way in which the pages of a list are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// By numbers, of which this is the first.
    Page {
        /// Number of the first page.
        first: u64,
    },
    /// By the number of records before the page.
    Offset {
        /// Offset of the first page.
        first: u64,
    },
    /// By the vendor's cursor.
    Cursor {
        /// Whether the cursor goes out as `page`, because the resource declares no `nextPage`.
        as_page: bool,
        /// Whether the cursor can go out at all; otherwise there is one page (spec E 6.37).
        goes_out: bool,
    },
    /// The vendor takes only a size: one call for everything up to the page, which is cut here (spec E 6.15).
    SizeOnly,
    /// The vendor takes only a page: its pages are the caller's, until one is empty (spec E 6.15).
    PageOnly {
        /// Value of the first page.
        first: u64,
        /// Whether the value is an offset.
        by_offset: bool,
    },
    /// One answer has everything; pages are cut here (spec E 6.14).
    Whole {
        /// Value of the first page.
        first: u64,
    },
    /// The answer as it is (spec E 6.16).
    Plain {
        /// Value of the first page.
        first: u64,
    },
}

impl Mode {
    /// Returns whether the vendor gives everything, or everything up to the page, in one answer.
    pub fn is_one_answer(self) -> bool {
        matches!(self, Self::SizeOnly | Self::Whole { .. } | Self::Plain { .. } | Self::Cursor { goes_out: false, .. })
    }
}

/// Value of `pagination.type` (spec E 6.4 to 6.9).
#[derive(Clone, Copy, PartialEq)]
enum Type {
    Page,
    PageFromZero,
    Offset,
    Cursor,
}

impl Type {
    fn of(settings: Settings<'_>) -> Self {
        let word = settings.get("pagination.type").unwrap_or_default();
        let word: String = word.chars().filter(|one| !one.is_whitespace()).flat_map(char::to_lowercase).collect();
        match word.as_str() {
            "page0" | "pagestartswith0" => Self::PageFromZero,
            "offset" => Self::Offset,
            "cursor" => Self::Cursor,
            _ => Self::Page,
        }
    }
}

/// Returns the sizes of pages of an instance (spec E 6.2).
pub fn sizes(settings: Settings<'_>) -> Sizes {
    let pagination = settings.get("pagination").and_then(|text| serde_json::from_str::<serde_json::Value>(&text).ok());
    let member = |name: &str| match pagination.as_ref()?.get(name)? {
        serde_json::Value::String(text) => positive(text),
        other => positive(&other.to_string()),
    };
    let own_max = || settings.get("pagination.max").and_then(|text| positive(&text));
    let max = member("maxPageSize").or_else(own_max).unwrap_or(MAX_SIZE);
    let default = member("defaultPageSize").unwrap_or(DEFAULT_SIZE).min(max);
    Sizes { min: member("minPageSize").unwrap_or(1).min(max), max, default }
}

fn positive(text: &str) -> Option<u32> {
    text.trim().parse().ok().filter(|number| *number > 0)
}

impl Sizes {
    /// Returns the size for a call, and whether the caller asked for more than the maximum (spec E 6.3).
    ///
    /// # Errors
    /// Refuses a size outside of the limits, if the definition has version 3 of the paging.
    pub fn of_call(self, settings: Settings<'_>, asked: Option<u32>) -> Result<(u32, bool), Refused> {
        let Some(asked) = asked else { return Ok((self.default, false)) };
        if settings.definition().paginator == 3 && !(self.min..=self.max).contains(&asked) {
            return Err(Refused::new(format!("pageSize must be between {} and {}", self.min, self.max)));
        }
        Ok((asked.min(self.max), asked > self.max))
    }
}

/// Returns how the pages of a resource are read. What goes nowhere counts as not declared.
pub fn mode(settings: Settings<'_>, resource: &DefinedResource) -> Mode {
    let kind = Type::of(settings);
    let start = settings.get("pagination.page.startindex").and_then(|text| text.trim().parse::<u64>().ok());
    let first = match kind {
        Type::Page | Type::Cursor => start.unwrap_or(1),
        Type::PageFromZero | Type::Offset => start.unwrap_or(0),
    };
    match resource.pagination {
        // Spec E 7.68: the pages of a chain are cut here.
        _ if resource.next_resource.is_some() => return Mode::Whole { first },
        Pagination::None => return Mode::Plain { first },
        Pagination::Here => return Mode::Whole { first },
        Pagination::Vendor => {}
    }
    let declared = |name| declared(settings, resource, name);
    // A script adds the numbers of a resource that declares them (spec E 6.11), and names them in its text, as E 6.37 has it.
    let scripted = |name| name != "nextPage" && run::pre_script_names(settings.definition(), resource, name);
    let sent = |name| declared(name).is_some_and(|parameter| goes_out(settings, resource, parameter) || scripted(name));
    let (page, size) = (sent("page"), sent("pageSize"));
    if sent("nextPage") || scripts_page(settings, resource, kind, declared("nextPage").is_some()) {
        return Mode::Cursor { as_page: false, goes_out: true };
    }
    if kind == Type::Cursor && page {
        return Mode::Cursor { as_page: true, goes_out: true };
    }
    // Spec E 6.12, 6.37. Where pages have numbers as well, those are sent.
    if declared("nextPage").is_some() && !page {
        return Mode::Cursor { as_page: false, goes_out: false };
    }
    let by_offset = kind == Type::Offset;
    match (page, size) {
        (true, true) if by_offset => Mode::Offset { first },
        (true, true) => Mode::Page { first },
        (true, false) => Mode::PageOnly { first, by_offset },
        (false, true) => Mode::SizeOnly,
        (false, false) => Mode::Whole { first },
    }
}

/// Returns whether scripts page a list by cursor: one before the call reads `nextPage`, where the resource declares it, the
/// type is cursor, or a script after the call gives the cursor (spec E 6.37).
fn scripts_page(settings: Settings<'_>, resource: &DefinedResource, kind: Type, is_declared: bool) -> bool {
    let definition = settings.definition();
    run::pre_script_has(definition, resource, &["nextPage"])
        && (is_declared || kind == Type::Cursor || run::post_script_has(definition, resource, &[NEXT_PAGE]))
}

/// Returns whether the cursor that a script gives goes to the caller as it is, who gives it back under another name (spec
/// E 6.37).
pub fn passes_cursor(settings: Settings<'_>, resource: &DefinedResource) -> bool {
    resource.next_resource.is_none()
        && declared(settings, resource, "nextPage").is_none()
        && Type::of(settings) != Type::Cursor
        && !run::pre_script_has(settings.definition(), resource, &["nextPage"])
}

/// Returns whether a script gives the cursor of the next page (spec E 6.23).
pub fn script_gives_cursor(settings: Settings<'_>, resource: &DefinedResource) -> bool {
    run::post_script_has(settings.definition(), resource, &[NEXT_PAGE])
}

/// Returns the parameter of a name that callers or the engine give as query; that of the resource goes first.
pub(super) fn declared<'a>(settings: Settings<'a>, resource: &'a DefinedResource, name: &str) -> Option<&'a Parameter> {
    let is = |parameter: &&Parameter| !parameter.response && parameter.from == Source::Query && parameter.name == name;
    let own = resource.parameters.iter().rfind(is);
    own.or_else(|| settings.definition().parameters.iter().rfind(is))
}

/// Returns whether the value of a parameter reaches the vendor (spec E 6.37).
fn goes_out(settings: Settings<'_>, resource: &DefinedResource, parameter: &Parameter) -> bool {
    match parameter.to {
        None | Some(Target::Nothing | Target::Configuration) => in_query_template(settings, resource, &parameter.name),
        Some(Target::BodyToken) => templates(settings, resource, &[Target::Body, Target::Query])
            .any(|template| template::has_token(template, &parameter.vendor_name)),
        Some(_) => true,
    }
}

/// Returns whether a template of the query has a token of this name, which is filled without a parameter (spec E 5.50).
fn in_query_template(settings: Settings<'_>, resource: &DefinedResource, name: &str) -> bool {
    templates(settings, resource, &[Target::Query]).any(|template| template::has_token(template, name))
}

fn templates<'a>(
    settings: Settings<'a>,
    resource: &'a DefinedResource,
    targets: &'a [Target],
) -> impl Iterator<Item = &'a str> {
    let is_template = |parameter: &&Parameter| {
        !parameter.response
            && parameter.from == Source::Literal
            && parameter.to.is_some_and(|target| targets.contains(&target))
    };
    let all = settings.definition().parameters.iter().chain(&resource.parameters);
    all.filter(is_template).map(|parameter| parameter.name.as_str())
}
