//! Path and query of the vendor request (spec E 5.6).

use std::collections::BTreeMap;

use super::{Context, Demanded};
use crate::journal;
use crate::template::{Part, parts};

/// Stands for a `/` that belongs to a value.
const SLASH: char = '\u{1}';

/// A value for a placeholder of the address.
#[derive(Clone, Debug)]
pub(super) struct Filling {
    pub text: String,
    /// Whether `/` in it divides the path: configuration.
    pub is_open: bool,
}

/// Query in the making.
#[derive(Default)]
pub(super) struct Query {
    pairs: Vec<(String, String)>,
}

impl Query {
    pub fn add(&mut self, name: &str, value: String) {
        self.pairs.push((name.to_owned(), value));
    }

    /// Joins it with the query of the address, whose parameters stay in their place (spec E 5.56).
    fn after(self, kept: Vec<(String, String)>) -> Vec<(String, String)> {
        let mut query = kept;
        let kept = query.len();
        for (name, value) in self.pairs {
            match query[..kept].iter_mut().find(|(known, _)| *known == name) {
                Some((_, known)) => *known = value,
                None => query.push((name, value)),
            }
        }
        query
    }
}

/// Parts of the path, and the query.
type Address = (Vec<String>, Vec<(String, String)>);

/// Returns path and query of an address.
pub(super) fn address(
    context: &Context<'_>,
    fillings: &BTreeMap<String, Option<Filling>>,
    query: Query,
) -> Result<Address, Demanded> {
    let resource = context.resource;
    let base = context.configured("base.url").unwrap_or_default().trim();
    let path = resource.vendor_path.as_str();
    let template = match path {
        _ if path.starts_with("http://") || path.starts_with("https://") => path.to_owned(),
        _ if path.is_empty() || path.starts_with(['?', '&']) => format!("{base}{path}"),
        _ => format!("{}/{}", base.strip_suffix('/').unwrap_or(base), path.strip_prefix('/').unwrap_or(path)),
    };
    let (path, kept) = template.split_once('?').unwrap_or((&template, ""));
    let filled = fill(context, fillings, path)?;
    let (_, after) = filled.split_once("://").unwrap_or(("", &filled));
    let path = after.split_once('/').map_or("", |(_, path)| path);
    let path = path.split('/').map(|part| journal::decoded(part).replace(SLASH, "/")).collect();
    let mut pairs = Vec::new();
    for pair in kept.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = fill(context, fillings, value)?.replace(SLASH, "/");
        pairs.push((journal::decoded(name), journal::decoded(&value)));
    }
    Ok((path, query.after(pairs)))
}

fn fill(
    context: &Context<'_>,
    fillings: &BTreeMap<String, Option<Filling>>,
    template: &str,
) -> Result<String, Demanded> {
    let mut text = String::new();
    for part in parts(template) {
        match part {
            Part::Text(fixed) => text.push_str(&fixed),
            Part::Hole(name) => match fillings.get(&name) {
                Some(Some(filling)) => text.push_str(&protected(filling)),
                // A declared parameter without value (spec E 5.58).
                Some(None) => {}
                None => match context.configured(&name) {
                    Some(value) => text.push_str(&protected(&Filling { text: value.to_owned(), is_open: true })),
                    None => {
                        let message = format!("value for '{name}' not passed");
                        return Err(Demanded::Refusal { status: 400, message, rule: "E 5.58" });
                    }
                },
            },
        }
    }
    Ok(text)
}

/// Returns a value that survives the decoding of the whole.
fn protected(filling: &Filling) -> String {
    if filling.is_open {
        return filling.text.clone();
    }
    filling.text.replace('%', "%25").replace('/', &SLASH.to_string())
}
