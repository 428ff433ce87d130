//! Reading of a whole document.

use std::collections::HashMap;
use std::hash::Hash;

use serde_json::Value;

use super::finding::{Finding, sort};
use super::node::{Node, Problems, integer};
use super::parameter::{hook, parameter};
use super::resource::{object, resource};
use super::{ConfigurationEntry, ConfigurationOption, DefinedResource, Definition, Protocol};

/// Most bytes of a document (spec E 1.7). A larger one is refused before it is parsed.
pub const LARGEST_DOCUMENT: usize = 8 * 1024 * 1024;
/// Most resources of a document (spec E 1.7).
const MOST_RESOURCES: usize = 2_000;
/// Most characters of a key (spec E 1.102).
const LONGEST_KEY: usize = 100;
/// Words that are paths below `/elements` (spec E 1.102).
const RESERVED_KEYS: &[&str] = &["keys", "convert", "oauthProxies"];

impl Definition {
    /// Reads a document (spec E 1).
    ///
    /// # Errors
    /// All problems in document order. The text of each is the message of the contract (spec E 1.6, E 2.38).
    pub fn read(document: &Value) -> Result<Self, Vec<Finding>> {
        let problems = Problems::default();
        let definition = read(&Node::root(document, &problems));
        let mut problems = problems.into_inner();
        sort(&mut problems, document);
        match definition {
            Some(definition) if problems.is_empty() => Ok(definition),
            _ => Err(problems),
        }
    }
}

fn read(node: &Node<'_>) -> Option<Definition> {
    if !node.is_object() {
        return None;
    }
    check_kept(node);
    let name = node.required_filled("name");
    let resources = node.each("resources", resource);
    if resources.len() > MOST_RESOURCES {
        node.report("limit", format!("a definition may have at most {MOST_RESOURCES} resources"));
    }
    check_duplicates(node, &resources);
    let value = |key| node.member(key).map(|member| member.value().clone());
    Some(Definition {
        key: key(node, &name),
        description: node.text("description").unwrap_or_else(|| name.clone()),
        image: node.filled("image"),
        hub: node.filled("hub").map_or_else(|| "general".to_owned(), |hub| hub.trim().to_owned()),
        authentication: authentication(node),
        protocol: node.filled("protocolType").map_or(Protocol::Http, |word| Protocol::of(&word)),
        configuration: configuration(node),
        parameters: node.each("parameters", |node, _| parameter(node)),
        hooks: node.each("hooks", |node, _| hook(node)),
        objects: node.each("objects", |node, _| object(node)),
        models: node.each("models", |node, _| node.is_object().then(|| node.value().clone())),
        models_for_metadata: node.flag_or("useModelsForMetadata", true),
        bulk_download: node.flag_or("bulkDownloadEnabled", false),
        bulk_upload: node.flag_or("bulkUploadEnabled", false),
        transformations: node.flag_or("transformationsEnabled", true),
        paginator: paginator(node),
        active: node.flag_or("active", true),
        cloneable: node.flag_or("cloneable", true),
        extended: node.flag_or("extended", false),
        element_metadata: node.object("elementMetadata").and_then(|_| value("elementMetadata")),
        signup_url: node.filled("signupURL"),
        name,
        resources,
    })
}

/// Checks the types of members that are kept without effect (spec E 1.2).
fn check_kept(node: &Node<'_>) {
    for key in ["logo", "modelType", "hookName", "configDescription", "publishStatus"] {
        node.text(key);
    }
    for key in ["typeOauth", "private", "extendable", "childTransformationsEnabled", "beta", "trialAccount", "deleted"]
    {
        node.flag(key);
    }
}

/// Reads the key, or derives it from the name (spec E 1.11).
fn key(node: &Node<'_>, name: &str) -> String {
    if let Some(member) = node.member("key") {
        let key = node.text("key").unwrap_or_default();
        if let Err(rule) = check_key(&key)
            && member.value().is_string()
        {
            member.report("key", rule);
        }
        return key;
    }
    let key = derived_key(name);
    if let (Err(_), Some(member)) = (check_key(&key), node.member("name"))
        && !name.trim().is_empty()
    {
        member.report_with_hint("key", "no key can be derived from the name", "give the definition a `key`");
    }
    key
}

/// Returns the key that a name gives: its letters and digits in lower case (spec E 1.11).
pub fn derived_key(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

/// Checks a key (spec E 1.102).
///
/// # Errors
/// The rule that the key breaks.
pub fn check_key(key: &str) -> Result<(), &'static str> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-_()".contains(&byte);
    if key.is_empty() || key.len() > LONGEST_KEY || !key.bytes().all(is_allowed) {
        return Err("expected 1 to 100 letters, digits, `.`, `-`, `_`, `(` and `)`");
    }
    if key.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("a key of digits alone would be an id");
    }
    if RESERVED_KEYS.contains(&key) {
        return Err("the key is the name of a call of the platform");
    }
    Ok(())
}

/// Reads the type of the authentication, the only other member that must be there (spec E 1.5).
fn authentication(node: &Node<'_>) -> String {
    match node.object("authentication") {
        Some(authentication) => authentication.required_filled("type").trim().to_owned(),
        None => {
            node.require("authentication", "object");
            String::new()
        }
    }
}

impl Protocol {
    /// Returns the protocol that a word names (spec E 1.17).
    pub fn of(word: &str) -> Self {
        match word.trim() {
            "http" => Self::Http,
            "soap" => Self::Soap,
            "odata" => Self::Odata,
            word => Self::Other(word.to_owned()),
        }
    }
}

/// Reads the version of the paging rules (spec E 1.29).
fn paginator(node: &Node<'_>) -> u8 {
    let Some(member) = node.member("paginatorVersion") else { return 2 };
    let version = match member.value().as_str() {
        Some("V1") => Some(1),
        Some("V2") => Some(2),
        Some("V3") => Some(3),
        _ => integer(member.value()).and_then(|version| u8::try_from(version).ok()),
    };
    match version.filter(|version| (1..=3).contains(version)) {
        Some(version) => version,
        None => {
            member.expect("1, 2 or 3");
            2
        }
    }
}

fn configuration(node: &Node<'_>) -> Vec<ConfigurationEntry> {
    let mut first = HashMap::new();
    node.each("configuration", |node, index| {
        let entry = configuration_entry(node)?;
        if !entry.key.is_empty()
            && let Some(earlier) = earlier(&mut first, entry.key.clone(), index)
        {
            node.report("duplicate", format!("the key is that of /configuration/{earlier}"));
        }
        Some(entry)
    })
}

/// Reads an entry of the configuration (spec E 3.1).
fn configuration_entry(node: &Node<'_>) -> Option<ConfigurationEntry> {
    if !node.is_object() {
        return None;
    }
    let key = node.required_filled("key");
    let is_private = node.flag("isPrivate");
    let is_encrypted = node.flag("encrypt");
    Some(ConfigurationEntry {
        name: node.text("name").unwrap_or_else(|| key.clone()),
        description: node.text("description").unwrap_or_default(),
        kind: node.filled("type").unwrap_or_else(|| "TEXTFIELD_1000".to_owned()),
        default: node.scalar("defaultValue"),
        required: node.flag_or("required", false),
        internal: node.flag_or("internal", false),
        hidden: node.flag_or("hideFromConsole", false),
        group_control: node.flag_or("groupControl", false),
        group_by: group_by(node),
        active: node.flag_or("active", true),
        private: is_private == Some(true) || is_encrypted == Some(true),
        options: node.each("options", |node, _| configuration_option(node)),
        key,
    })
}

/// Reads the values of the controlling entry: a list with commas, or an array (spec E 3.14).
fn group_by(node: &Node<'_>) -> Vec<String> {
    let filled = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    match node.member("groupBy").map(|member| member.value()) {
        Some(Value::Array(values)) => values.iter().filter_map(|value| filled(value.as_str()?)).collect(),
        _ => node.text("groupBy").unwrap_or_default().split(',').filter_map(filled).collect(),
    }
}

fn configuration_option(node: &Node<'_>) -> Option<ConfigurationOption> {
    if !node.is_object() {
        return None;
    }
    let value = node.scalar("value").unwrap_or_default();
    let description = node.scalar("description").unwrap_or_else(|| value.clone());
    Some(ConfigurationOption { value, description })
}

/// Reports resources that callers could not tell apart (spec E 1.8).
fn check_duplicates(node: &Node<'_>, resources: &[DefinedResource]) {
    let mut first = HashMap::new();
    let callable: HashMap<usize, &DefinedResource> =
        resources.iter().filter(|one| one.kind.is_callable()).map(|one| (one.position, one)).collect();
    node.each("resources", |node, index| {
        let resource = callable.get(&index).filter(|_| node.member("path").is_some())?;
        let earlier = earlier(&mut first, (&resource.method, resource.path.as_str()), index)?;
        node.report("duplicate", format!("the method and path are those of /resources/{earlier}"));
        Some(())
    });
}

/// Returns the position of the earlier entry with the same identity, or notes the one of this entry.
fn earlier<K: Eq + Hash>(first: &mut HashMap<K, usize>, identity: K, index: usize) -> Option<usize> {
    match first.get(&identity) {
        Some(earlier) => Some(*earlier),
        None => {
            first.insert(identity, index);
            None
        }
    }
}
