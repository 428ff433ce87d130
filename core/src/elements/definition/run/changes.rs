//! Changes that scripts asked for, applied to the request, the answer and the instance (spec E 7.36 to 7.55).

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::super::json::{self, Kind};
use super::super::request::Open;
use super::names::Replaced;
use super::reply::Reply;
use crate::element::Done;
use crate::vendor::Changes;

/// Largest value of the configuration that a script can write, in bytes (spec E 7.55).
const LARGEST_VALUE: usize = 64 << 10;
/// Maximum number of keys of a configuration to which a script adds.
const MOST_KEYS: usize = 1_000;
/// Maximum size of the keys and values of a configuration that a script changes, in bytes.
const LARGEST_CONFIGURATION: usize = 1 << 20;
/// Key of the configuration with the identity of a connection (spec E 7.51).
const CONNECTION_IDENTITY: &str = "connection.identity";

/// Returns a change, unless it is `null`, which has no meaning for most (spec E 7.53).
fn change<'d>(done: &'d Done, name: &str) -> Option<&'d str> {
    done.changes.get(name).map(String::as_str).filter(|value| json::kind_of(value) != Kind::Null)
}

fn object<'d>(done: &'d Done, name: &str) -> Option<&'d str> {
    change(done, name).filter(|value| json::kind_of(value) == Kind::Object)
}

/// Returns a change as text; values that are no texts as JSON.
fn text<'d>(done: &'d Done, name: &str) -> Option<Cow<'d, str>> {
    change(done, name).and_then(json::text_of)
}

/// Applies the changes of a script before the call. Returns the answer that takes the place of the vendor's, if the script
/// leaves the call out (spec E 7.36, 7.46).
pub fn before(done: &Done, open: &mut Open, replaced: &mut Replaced, is_global: bool) -> Option<Reply> {
    request(done, open);
    for (name, slot) in [
        ("request_body", &mut replaced.body),
        ("request_parameters", &mut replaced.parameters),
        ("request_path_variables", &mut replaced.path_variables),
    ] {
        if let Some(value) = change(done, name) {
            *slot = Some(value.to_owned());
        }
    }
    let mut reply = Reply::left_out();
    let fails = fails(done);
    let leaves_out = done.changes.get("continue").is_some_and(|value| value.trim() == "false");
    if !leaves_out && !fails {
        return None;
    }
    answer(done, &mut reply, is_global);
    if !fails && change(done, "response_iserror").is_some_and(|value| value.trim() == "true") && !reply.is_error() {
        reply.fail(None);
    }
    Some(reply)
}

fn request(done: &Done, open: &mut Open) {
    if let Some(contents) = done.contents.get("request_vendor_parameters") {
        open.set_parameters(contents, true);
    }
    if let Some(contents) = done.contents.get("request_vendor_headers") {
        open.set_headers(contents, true);
    }
    if let Some(parameters) = object(done, "request_vendor_parameters") {
        open.set_parameters(parameters, false);
    }
    if let Some(headers) = object(done, "request_vendor_headers") {
        open.set_headers(headers, false);
    }
    if let Some(path) = text(done, "request_vendor_path") {
        open.set_path(path.into_owned());
    }
    if let Some(method) = text(done, "request_vendor_method") {
        open.set_method(&method);
    }
    if let Some(root) = text(done, "request_root_key") {
        open.set_root(root.into_owned());
    }
    // `null` removes the body.
    if let Some(body) = done.changes.get("request_vendor_body") {
        open.set_body(body);
    }
}

/// Returns whether a script makes an error: by a message, or by a status (spec E 7.45, 7.46).
fn fails(done: &Done) -> bool {
    message(done).is_some() || status(done).is_some_and(|status| (400..=599).contains(&status))
}

fn status(done: &Done) -> Option<u16> {
    text(done, "response_status_code")?.trim().parse().ok()
}

fn message(done: &Done) -> Option<String> {
    let texts = ["response_error_message", "response_error"].into_iter().filter_map(|name| text(done, name));
    texts.map(Cow::into_owned).find(|text| !text.trim().is_empty())
}

/// Applies the changes of a script after the call to the answer.
pub fn after(done: &Done, reply: &mut Reply, is_global: bool) {
    if let Some(headers) = object(done, "response_headers") {
        reply.add_headers(headers);
    }
    reply.add_discovered(change(done, "metadata_merge"), change(done, "merge_objects"));
    answer(done, reply, is_global);
}

fn answer(done: &Done, reply: &mut Reply, is_global: bool) {
    if let Some(body) = change(done, "response_body") {
        reply.set_body(body, is_global);
    }
    if let Some(raw) = text(done, "response_body_raw") {
        reply.set_raw(raw.into_owned());
    }
    if let Some(status) = status(done) {
        reply.set_status(status);
    }
    if let Some(message) = message(done) {
        reply.fail(Some(message));
    }
}

/// Returns what a script writes to the configuration of the instance. `given` is the map that it saw; members that it
/// gives back as they were are not written (spec E 7.49).
///
/// # Errors
/// Returns the message of a script error if a value is too long (spec E 7.55).
pub fn configuration(done: &Done, given: &str, is_before: bool) -> Result<Changes, String> {
    let mut changes = Changes::default();
    if let Some(identity) = text(done, "connection_identity") {
        changes = changes.set(CONNECTION_IDENTITY, limited(CONNECTION_IDENTITY, &identity)?);
    }
    let Some(written) = object(done, "configuration").filter(|_| !is_before) else { return Ok(changes) };
    let given: BTreeMap<Cow<'_, str>, &str> = json::members(given).into_iter().collect();
    for (key, value) in json::members(written) {
        let before = given.get(&key).and_then(|value| json::text_of(value));
        changes = match json::text_of(value) {
            now if now == before => changes,
            Some(now) => changes.set(&key, limited(&key, &now)?),
            None => changes.remove(&key),
        };
    }
    if !changes.is_empty() {
        check_size(&given, &changes)?;
    }
    Ok(changes)
}

/// Refuses changes after which the configuration is too large.
fn check_size(given: &BTreeMap<Cow<'_, str>, &str>, changes: &Changes) -> Result<(), String> {
    let filled = |(key, value): (&Cow<'_, str>, &&str)| Some((key.to_string(), json::text_of(value)?.into_owned()));
    let mut values: BTreeMap<String, String> = given.iter().filter_map(filled).collect();
    let before = values.len();
    changes.apply(&mut values);
    if values.len() > MOST_KEYS && values.len() > before {
        return Err(format!("the configuration has more than {MOST_KEYS} keys"));
    }
    match values.iter().map(|(key, value)| key.len() + value.len()).sum::<usize>() <= LARGEST_CONFIGURATION {
        true => Ok(()),
        false => Err("the configuration is larger than 1 MiB".to_owned()),
    }
}

fn limited<'v>(key: &str, value: &'v str) -> Result<&'v str, String> {
    match value.len() <= LARGEST_VALUE {
        true => Ok(value),
        false => Err(format!("the value of the configuration {key} is longer than 64 KiB")),
    }
}
