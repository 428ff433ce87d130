//! Remarks about scripts.

use serde_json::Value;

use super::super::document::HookType;
use super::rules::{EVENT, Rule, SCRIPT, SCRIPT_JAVA, SCRIPT_MODULE, SCRIPT_NETWORK, SCRIPT_TYPE};
use super::{Remarks, SCRIPTS_RUN, entries, text};

/// Modules that scripts can require (spec E 7.57); those of lodash have its name in front.
const MODULES: &[&str] = &["lodash", "util", "crypto", "url", "querystring", "buffer"];
/// Modules that need the network (spec E 7.58).
const NETWORK: &[&str] = &["http", "https", "axios"];

/// Checks the scripts of the element or of a resource.
pub fn check(owner: &Value, pointer: &str, remarks: &mut Remarks) {
    for (pointer, hook) in entries(owner, pointer, "hooks") {
        let Some(body) = text(hook, "body").filter(|body| !body.trim().is_empty()) else { continue };
        match text(hook, "type").map(|word| (word, HookType::of(word))) {
            Some((_, Some(HookType::Event))) => {
                remarks.add(&EVENT, &pointer, "event scripts are stored without effect");
            }
            Some((_, Some(_))) if !SCRIPTS_RUN => remarks.add(&SCRIPT, &pointer, "this program has no script engine"),
            Some((_, Some(_))) => {}
            Some((word, None)) => {
                remarks.add(&SCRIPT_TYPE, format!("{pointer}/type"), format!("the script type {word} is unknown"));
            }
            None => remarks.add(&SCRIPT_TYPE, &pointer, "the script has no type"),
        }
        content(body, &format!("{pointer}/body"), remarks);
    }
}

/// Remarks what a script uses that is not there. Only the text is searched: a name in a comment counts.
fn content(body: &str, pointer: &str, remarks: &mut Remarks) {
    for module in required(body) {
        let name = module.strip_prefix("node:").unwrap_or(module);
        if NETWORK.contains(&name) {
            let message = format!("the script requires {module}, which needs the network");
            remarks.add(&SCRIPT_NETWORK, pointer, message);
        } else if !MODULES.contains(&name) && !name.starts_with("lodash/") {
            add_once(&SCRIPT_MODULE, pointer, format!("the module {module} is not available"), remarks);
        }
    }
    if body.contains("Java.type") || body.contains("Java.to") || body.contains("Java.from") {
        remarks.add(&SCRIPT_JAVA, pointer, "the script uses Java");
    }
}

fn add_once(rule: &Rule, pointer: &str, message: String, remarks: &mut Remarks) {
    if !remarks.0.iter().any(|finding| finding.pointer == pointer && finding.message == message) {
        remarks.add(rule, pointer, message);
    }
}

/// Returns the names in `require('…')`.
fn required(body: &str) -> impl Iterator<Item = &str> {
    body.match_indices("require").filter_map(|(at, word)| {
        let rest = body[at + word.len()..].trim_start().strip_prefix('(')?.trim_start();
        let quote = rest.chars().next().filter(|quote| matches!(quote, '\'' | '"' | '`'))?;
        let (name, _) = rest[1..].split_once(quote)?;
        (!name.is_empty() && name.len() <= 100).then_some(name)
    })
}
