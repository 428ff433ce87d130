//! Records as they are sent: in the vendor's names, with key and path.

use serde_json::{Map, Value};

use super::outcome::{Outcome, Sent};
use super::rows::Row;
use super::spec::Action;
use super::work::Upload;
use crate::engine::bulk::stop::Stop;
use crate::engine::script;
use crate::engine::transform::{MappingDirection, transformed};

/// Record that is ready to be sent.
#[derive(Clone, Debug)]
pub(super) struct Prepared {
    pub sent: Sent,
    /// Key of the record that is changed or deleted.
    pub key: Option<String>,
    /// Values of the variables in the path of the list.
    pub path: Vec<(String, String)>,
    /// Text of the JSON object.
    pub body: String,
}

/// Row of a window.
#[derive(Debug)]
pub(super) struct Task {
    pub sent: Sent,
    /// The record, or the outcome of one that cannot be sent.
    pub state: Result<Prepared, Outcome>,
}

/// Prepares the rows of a window; their scripts run together.
pub(super) async fn prepare(upload: &Upload<'_>, rows: Vec<Row>) -> Result<Vec<Task>, Stop> {
    let mut tasks: Vec<Task> = Vec::with_capacity(rows.len());
    let mut mapped: Vec<Value> = Vec::new();
    for row in rows {
        let sent = Sent::from(&row);
        let state = match row.record {
            Ok(record) => addressed(upload, sent, record.members, record.text),
            Err(reason) => Err(Outcome::failed(reason)),
        };
        let state = state.map(|(prepared, members)| {
            if upload.mapping.is_some() {
                mapped.push(Value::Object(members));
            }
            prepared
        });
        tasks.push(Task { sent, state });
    }
    let Some(mapping) = &upload.mapping else { return Ok(tasks) };
    let mut runner = upload.spec.recipe.as_ref().and_then(|recipe| upload.active.runner(recipe));
    let outcomes = tokio::select! {
        outcomes = transformed(mapping, runner.as_mut(), MappingDirection::ToVendor, mapped) => outcomes?,
        // Dropping the run ends the script.
        () = upload.active.control.asked() => return Err(Stop::Requested),
    };
    let read_only = upload.target.read_only_key.as_deref();
    let ready = tasks.iter_mut().filter_map(|task| task.state.is_ok().then_some(&mut task.state));
    for (state, outcome) in ready.zip(outcomes) {
        match (outcome, state.as_mut()) {
            (script::Outcome::Value(Value::Object(mut record)), Ok(prepared)) => {
                read_only.and_then(|name| record.shift_remove(name));
                prepared.body = Value::Object(record).to_string();
            }
            (script::Outcome::Value(_), _) => *state = Err(Outcome::failed("The scripts do not return an object")),
            (script::Outcome::Dropped, _) => {
                *state = Err(Outcome::failed("The scripts leave nothing of the record to send"));
            }
            (script::Outcome::Failed(reason), _) => *state = Err(Outcome::failed(reason)),
        }
    }
    Ok(tasks)
}

/// Takes key and path out of a record. Returns it with the remaining members.
fn addressed(
    upload: &Upload<'_>,
    sent: Sent,
    mut members: Map<String, Value>,
    text: String,
) -> Result<(Prepared, Map<String, Value>), Outcome> {
    let key = upload.spec.key.as_deref().and_then(|name| text_at(&members, name));
    if let (None, Some(name), false) = (&key, &upload.spec.key, upload.spec.action == Action::Upsert) {
        return Err(Outcome::failed(format!("The record has no value of {name}")));
    }
    let mut path = Vec::new();
    for name in &upload.target.variables {
        let value = members.shift_remove(name).as_ref().and_then(scalar);
        path.push((name.clone(), value.ok_or_else(|| Outcome::failed(format!("The record has no value of {name}")))?));
    }
    let read_only = upload.target.read_only_key.as_ref().filter(|name| upload.spec.key.as_ref() == Some(name));
    let has_key = read_only.is_some_and(|name| upload.mapping.is_none() && members.shift_remove(name).is_some());
    // Numbers stay as they were written, where nothing was taken out.
    let body = if path.is_empty() && !has_key { text } else { serde_json::to_string(&members).unwrap_or_default() };
    Ok((Prepared { sent, key, path, body }, members))
}

/// Returns the text of the value at a dotted path.
fn text_at(members: &Map<String, Value>, name: &str) -> Option<String> {
    let mut parts = name.split('.');
    let first = members.get(name).or_else(|| members.get(parts.next()?));
    let whole = members.contains_key(name);
    let value = if whole { first? } else { parts.try_fold(first?, |value, part| value.get(part))? };
    scalar(value)
}

/// Returns the text of a value that can be a part of a path.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()).filter(|text| !text.trim().is_empty()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}
