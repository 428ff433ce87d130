//! The response root key (spec E 5.73 to 5.76, 5.92).

use std::ops::Range;

use super::super::document::DefinedResource;
use super::super::json::{self, Fault, Found, Kind, Path, Step, Target};
use super::{Content, Document, Records};
use crate::record::outline::Outlines;
use crate::record::outlined::Outlined;
use crate::utf8::Utf8;

/// Finds the value at a path. A name with a prefix that is missing is looked for by its local name (spec E 5.74).
/// `outlines` are those that the items of a list are likely to have.
///
/// # Errors
/// Returns a fault if the text is no JSON or nested too deeply.
pub(super) fn find(text: &str, path: &Path, outlines: &mut Outlines<()>) -> Result<Found, Fault> {
    let found = json::find_alike(text, path, outlines)?;
    if found.target.is_some() || !has_prefix(path) {
        return Ok(found);
    }
    match by_local_names(text, path) {
        Some(path) => json::find_alike(text, &path, outlines),
        None => Ok(found),
    }
}

fn has_prefix(path: &Path) -> bool {
    path.steps.iter().any(|step| matches!(step, Step::Member(name) if name.contains(':')))
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// Returns a path with the names that the text has. `None` if a name is missing and its local name is not unique.
pub(super) fn by_local_names(text: &str, path: &Path) -> Option<Path> {
    let mut steps = Vec::with_capacity(path.steps.len());
    let mut inner = text;
    for step in &path.steps {
        let Step::Member(name) = step else {
            steps.push(step.clone());
            inner = match step {
                Step::Index(index) => &inner[json::items(inner).get(*index)?.clone()],
                // The items may differ; the first one decides.
                _ if json::kind_of(inner) == Kind::Array => &inner[json::items(inner).first()?.clone()],
                _ => inner,
            };
            continue;
        };
        let members = json::members(inner);
        let exact = members.iter().rfind(|(known, _)| known == name);
        let (name, value) = match exact {
            Some(member) => member,
            None if name.contains(':') => {
                let mut similar = members.iter().filter(|(known, _)| local(known) == local(name));
                similar.next().filter(|_| similar.next().is_none())?
            }
            None => return None,
        };
        steps.push(Step::Member(name.clone().into_owned()));
        inner = value;
    }
    Some(Path { steps })
}

/// Returns what the root key names, and whether it led somewhere.
pub(super) fn content(document: &Document, path: &Path, resource: &DefinedResource, is_xml: bool) -> (Content, bool) {
    let page = &document.text;
    let list = |items: Vec<Range<usize>>| {
        let is_compact = document.found.is_compact;
        Content::List(Records { page: page.clone(), items, is_compact, outlined: Outlined::default() })
    };
    let is_list = is_xml && !path.is_empty() && is_list(resource);
    match &document.found.target {
        Some(Target::List(items)) => (list(items.clone()), true),
        // Spec E 5.92: XML does not tell a list of one from a single value.
        Some(Target::One(range)) if is_list && json::kind_of(&document.text[range.clone()]) == Kind::Object => {
            (list(vec![range.clone()]), true)
        }
        Some(Target::One(range)) => (one(page, range.clone()), true),
        None if is_list && is_below_empty(&document.text, path) => (list(Vec::new()), true),
        None => {
            let whole = document.found.whole.clone();
            let text = &document.text[whole.clone()];
            let offset = |item: Range<usize>| whole.start + item.start..whole.start + item.end;
            match json::kind_of(text) {
                Kind::Array => (list(json::items(text).into_iter().map(offset).collect()), false),
                _ => (one(page, whole), false),
            }
        }
    }
}

fn one(page: &Utf8, range: Range<usize>) -> Content {
    Content::One(page.bytes_of(range))
}

/// Returns whether a path without its last name ends at an element that is empty.
fn is_below_empty(text: &str, path: &Path) -> bool {
    let Some((Step::Member(_), before)) = path.steps.split_last() else { return false };
    let before = Path { steps: before.to_vec() };
    let value = json::find_all(text, &before).or_else(|| json::find_all(text, &by_local_names(text, &before)?));
    value.is_some_and(|value| json::text_of(value).is_none_or(|text| text.trim().is_empty()))
}

/// Returns whether a resource is a list: it declares paging, or its response model is an array (spec E 5.92).
fn is_list(resource: &DefinedResource) -> bool {
    let pages = |name: &str| matches!(name, "page" | "pageSize" | "nextPage");
    let model = resource.model.as_ref();
    let schema = model.and_then(|model| model.swagger.as_ref()?.get(model.name.as_ref()?));
    let is_array = schema.and_then(|schema| schema.get("type")).is_some_and(|kind| kind == "array");
    is_array || resource.parameters.iter().any(|parameter| !parameter.response && pages(&parameter.name))
}
