//! Modules of `core` import only what the architecture allows (`docs/design/README.md`).

use crate::files;

/// The modules that each module at the root of the crate must not use.
const FORBIDDEN: &[(&str, &[&str])] = &[
    ("record", &["query", "model", "vendor", "elements", "engine", "client", "transport", "server"]),
    (
        "privacy",
        &["record", "query", "model", "vendor", "element", "elements", "engine", "client", "transport", "server"],
    ),
    (
        "aggregate",
        &["record", "query", "model", "vendor", "element", "elements", "engine", "client", "transport", "server"],
    ),
    ("query", &["model", "vendor", "elements", "engine", "client", "transport", "server"]),
    ("model", &["vendor", "engine", "client", "transport", "server"]),
    ("vendor", &["record", "query", "model", "element", "elements", "engine", "client", "transport", "server"]),
    ("element", &["elements", "engine", "client", "transport", "server"]),
    ("elements", &["engine", "client", "transport", "server"]),
    ("engine", &["client", "transport", "server", "host"]),
    ("backup", &["engine", "vendor", "transport", "server"]),
    ("compare", &["engine", "vendor", "elements", "transport", "server"]),
    ("client", &["engine", "vendor", "elements", "server"]),
    ("transport", &["engine", "vendor", "elements", "client", "server"]),
    ("server", &["elements", "client", "transport"]),
];

/// The only files in which the client side configures and opens an engine.
const OPENING: &[&str] = &[
    "core/src/client/mod.rs",
    "core/src/client/option_table/embedded.rs",
    "core/src/client/options.rs",
    "core/src/transport/embedded.rs",
];

/// The only files in which the client reads the catalogue of the elements.
const CATALOGUE: &[&str] = &["core/src/client/option_table/embedded.rs", "core/src/client/option_table/tests.rs"];

/// The modules at the top of the engine, and the only files that import them: what lies below reaches them through
/// `gateway.rs`, and shares `contract.rs` with them.
const TOP: &[&str] = &["routes", "dispatch"];
const ABOVE: &[&str] = &["mod.rs", "registry.rs", "dispatch.rs", "routes.rs", "routes/"];

/// Returns what breaks the rules.
pub fn check() -> Vec<String> {
    let mut findings = between_modules();
    findings.extend(within_engine());
    findings.extend(within_clients());
    findings
}

/// Console and server for assistants are clients: of the engine they know the handle alone.
fn within_clients() -> Vec<String> {
    let mut findings = Vec::new();
    for (path, text) in files::texts(&["rs"]) {
        let Some(client) = ["console", "mcp"].into_iter().find(|name| path.starts_with(&format!("{name}/src/"))) else {
            continue;
        };
        let used = names_after(&text, "elementkit::engine::").into_iter().filter(|used| *used != "Engine");
        findings.extend(used.map(|used| format!("{path} uses engine::{used}; {client} calls the contract")));
        for internal in ["elementkit::elements", "elementkit::vendor", "elementkit::element"] {
            if text.contains(&format!("{internal}::")) {
                findings.push(format!("{path} uses {internal}; {client} calls the contract"));
            }
        }
    }
    findings
}

fn within_engine() -> Vec<String> {
    let mut findings = Vec::new();
    for (path, text) in files::texts(&["rs"]) {
        let Some(inner) = path.strip_prefix("core/src/engine/") else { continue };
        if ABOVE.iter().any(|above| inner == *above || above.ends_with('/') && inner.starts_with(above)) {
            continue;
        }
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        // So many times `super` is the engine: one more for a file that is not the root of its folder.
        let parent = "super::".repeat(inner.matches('/').count() + usize::from(!inner.ends_with("/mod.rs")));
        let used = names_after(text, "crate::engine::").into_iter().chain(names_after(text, &parent));
        let mut used: Vec<&str> = used.filter(|used| TOP.contains(used)).collect();
        used.dedup();
        findings.extend(used.into_iter().map(|used| format!("{path} uses {used}, which is above it in the engine")));
    }
    findings
}

fn between_modules() -> Vec<String> {
    let mut findings = Vec::new();
    for (path, text) in files::texts(&["rs"]) {
        let Some(inner) = path.strip_prefix("core/src/") else { continue };
        let module = inner.split(['/', '.']).next().unwrap_or_default();
        let Some((_, forbidden)) = FORBIDDEN.iter().find(|(name, _)| *name == module) else { continue };
        for used in modules_used(&text) {
            let allowed = match used {
                "engine" => OPENING.contains(&path.as_str()),
                "elements" => CATALOGUE.contains(&path.as_str()),
                _ => false,
            };
            if forbidden.contains(&used) && !allowed {
                findings.push(format!("{path} uses {used}, which {module} must not"));
            }
        }
    }
    findings
}

/// Returns the root modules that a file names: `crate::a::b`, `crate::{a, b::c}`.
fn modules_used(text: &str) -> Vec<&str> {
    names_after(text, "crate::")
}

/// Returns the names that follow a prefix of a path. Comments do not count.
fn names_after<'a>(text: &'a str, prefix: &str) -> Vec<&'a str> {
    let mut found = Vec::new();
    for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
        for (start, _) in line.match_indices(prefix) {
            let rest = &line[start + prefix.len()..];
            match rest.strip_prefix('{') {
                Some(group) => found.extend(group_members(group)),
                None => found.push(name_at_start(rest)),
            }
        }
    }
    found
}

/// Returns the first names of the members of a group on one line.
fn group_members(group: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    let mut members = Vec::new();
    let mut start = 0;
    for (at, byte) in group.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 0 => break,
            b'}' => depth -= 1,
            b',' if depth == 0 => {
                members.push(name_at_start(group[start..at].trim_start()));
                start = at + 1;
            }
            _ => {}
        }
    }
    members.push(name_at_start(group[start..].trim_start()));
    members
}

fn name_at_start(text: &str) -> &str {
    let end = text.find(|char: char| !char.is_ascii_alphanumeric() && char != '_').unwrap_or(text.len());
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_modules_of_paths_and_groups() {
        let text =
            "use crate::query::Expr;\nuse crate::{record::{Row, Batch}, error, engine::Engine};\n// crate::client\n";
        assert_eq!(modules_used(text), ["query", "record", "error", "engine"]);
    }

    #[test]
    fn finds_names_behind_any_prefix() {
        let text =
            "use super::routes::find;\nuse super::{call::Call, dispatch};\n    let all = super::routes::all();\n";
        assert_eq!(names_after(text, "super::"), ["routes", "call", "dispatch", "routes"]);
        assert_eq!(
            names_after("use crate::engine::{EngineInner, routes};", "crate::engine::"),
            ["EngineInner", "routes"]
        );
    }

    #[test]
    fn the_layers_hold() {
        assert_eq!(check(), Vec::<String>::new());
    }
}
