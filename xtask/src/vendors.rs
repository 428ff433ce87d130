//! Only the folder of an element names its vendor, so that everything else works for any element: in `core/src` the name
//! of a folder of `core/src/elements` occurs nowhere else (`docs/design/elements.md`).

use std::collections::BTreeSet;

use crate::files;

/// The files that name a vendor all the same, with the reason.
const ALLOWED: &[(&str, &str)] = &[
    ("core/src/client/elements/mod.rs", "declares the module of the client's conveniences for one element"),
    ("core/src/elements/registry.rs", "lists the elements"),
    ("core/src/elements/mod.rs", "declares the folders of the elements"),
];

/// The folder with one folder per element.
const ELEMENTS: &str = "core/src/elements/";

/// Returns the files that name a vendor without being listed, and the entries of the list that are not needed.
pub fn check() -> Vec<String> {
    let texts: Vec<_> = files::texts(&["rs"]).into_iter().filter(|(path, _)| path.starts_with("core/src/")).collect();
    let vendors = vendors(texts.iter().map(|(path, _)| path.as_str()));
    if vendors.is_empty() {
        return vec![format!("{ELEMENTS} has no folder, so nothing was checked")];
    }
    let mut listed: BTreeSet<&str> = ALLOWED.iter().map(|(path, _)| *path).collect();
    let mut findings = Vec::new();
    for (path, text) in &texts {
        if let Some(vendor) = named(path, text, &vendors)
            && !listed.remove(path.as_str())
        {
            findings.push(format!("{path} names {vendor}, which only {ELEMENTS}{vendor} may"));
        }
    }
    let message = |path| format!("{path} names no vendor any more: remove it from the list in xtask/src/vendors.rs");
    findings.extend(listed.into_iter().map(message));
    findings
}

/// The folder of elements that are documents, which names no vendor.
const DEFINITION: &str = "definition";

/// Returns the names of the folders of the elements, which are those of their vendors.
fn vendors<'a>(paths: impl Iterator<Item = &'a str>) -> BTreeSet<&'a str> {
    let folders = paths.filter_map(|path| path.strip_prefix(ELEMENTS)?.split_once('/')).map(|(folder, _)| folder);
    folders.filter(|folder| *folder != DEFINITION).collect()
}

/// Returns the vendor that a file outside the vendor's own folders names, in any letter case.
fn named<'a>(path: &str, text: &str, vendors: &BTreeSet<&'a str>) -> Option<&'a str> {
    let text = text.to_lowercase();
    let is_own = |vendor: &str| path.contains(&format!("elements/{vendor}"));
    vendors.iter().copied().find(|vendor| !is_own(vendor) && text.contains(&vendor.replace('_', "")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_outside_the_folders_of_its_element() {
        let vendors = vendors(
            ["core/src/elements/mod.rs", "core/src/elements/acme/info.rs", "core/src/elements/definition/mod.rs"]
                .into_iter(),
        );
        assert_eq!(vendors, BTreeSet::from(["acme"]));
        let named = |path, text| named(path, text, &vendors);
        assert_eq!(named("core/src/engine/routes.rs", "use crate::elements::acme::paths;"), Some("acme"));
        assert_eq!(named("core/src/lib.rs", "// ACME's API"), Some("acme"));
        assert_eq!(named("core/src/elements/acme/info.rs", "acme"), None);
        assert_eq!(named("core/src/client/elements/acme.rs", "acme"), None);
        assert_eq!(named("core/src/lib.rs", "any element"), None);
    }

    #[test]
    fn vendors_are_named_in_their_folders_only() {
        assert_eq!(check(), Vec::<String>::new());
    }
}
