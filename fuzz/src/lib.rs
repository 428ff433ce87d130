//! Fuzz targets: functions over any bytes that must neither panic nor violate a guarantee.
//!
//! A new target is a function here, a line in [`TARGETS`] and a folder of seeds in `corpus/`. The seeds, and the inputs
//! that the fuzzer finds, run as tests (`cargo test -p elementkit-fuzz`).

// A target reports a fault by a panic.
#![allow(clippy::expect_used)]

mod authorization;
mod ceql;
mod definition;
mod document;
mod requests;
mod xml;

/// A target.
pub type Target = fn(&[u8]);

/// All targets by name.
pub const TARGETS: [(&str, Target); 11] = [
    ("authorization", authorization::check),
    ("ceql", ceql::check),
    ("defined_document", document::check),
    ("defined_request", definition::request),
    ("defined_xml", definition::xml),
    ("json", requests::json),
    ("json_slices", definition::slices),
    ("mapping", requests::mapping),
    ("multipart", requests::multipart),
    ("page_token", requests::page_token),
    ("xml", xml::check),
];

/// Returns the target of this name.
pub fn target(name: &str) -> Option<Target> {
    TARGETS.iter().find(|(known, _)| *known == name).map(|(_, target)| *target)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::TARGETS;

    /// Seeds and findings; a folder without files would be a target without inputs.
    #[test]
    fn the_corpus_passes() {
        for (name, target) in TARGETS {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
            let mut files = 0;
            for entry in std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
                let path = entry.expect("an entry").path();
                target(&std::fs::read(&path).expect("a file"));
                files += 1;
            }
            assert!(files > 0, "{}", folder.display());
        }
    }
}
