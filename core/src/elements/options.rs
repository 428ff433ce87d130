//! Options of the engine and environment variables that the elements add, from their catalogue entries.

use super::registry::built_in;
use crate::environment::{Reader, Variable};

/// An option of the engine: a host that is called instead of the vendor's, for all instances of an element.
#[cfg(feature = "embedded")]
pub(crate) struct UrlOption {
    /// Key of the element.
    pub element: &'static str,
    /// Name in the option tables, for instance `acme_url`.
    pub name: String,
    /// Environment variable that is read if the option is not given.
    pub variable: &'static str,
    /// Description.
    pub doc: String,
}

/// Returns the option of each built-in element whose host can be replaced.
#[cfg(feature = "embedded")]
pub(crate) fn url_options() -> impl Iterator<Item = UrlOption> {
    let option = |info: &'static crate::element::ElementInfo| {
        Some(UrlOption {
            element: &info.key,
            name: format!("{}_url", info.key.replace(|char: char| !char.is_ascii_alphanumeric(), "_")),
            variable: info.url_variable.as_deref()?,
            doc: replaced_host(&info.name),
        })
    };
    built_in().into_iter().filter_map(option)
}

/// Returns the environment variables that the elements add to [`VARIABLES`](crate::environment::VARIABLES).
pub fn variables() -> Vec<Variable> {
    let mut variables = Vec::new();
    let mut add = |name: &'static str, purpose: String| {
        variables.push(Variable { name: name.into(), reader: Reader::Library, purpose: purpose.into() });
    };
    for info in built_in() {
        for configuration in &info.configuration {
            if let Some(variable) = &configuration.variable {
                add(variable, format!("The `{}` that `connect` uses when none is given.", configuration.key));
            }
        }
        if let Some(variable) = &info.url_variable {
            add(variable, replaced_host(&info.name));
        }
    }
    variables
}

fn replaced_host(vendor: &str) -> String {
    format!("A host that is called instead of {vendor}'s, for a sandbox or a gateway.")
}
