//! Calls of elements, with what goes on between the platform and the vendor.

use elementkit::{Error, ErrorKind, Platform};
use http::Method;
use serde_json::{Map, Value, json};

use crate::args::{Target, TryCall};
use crate::exit::{Failure, Outcome};
use crate::{output, request};

use super::excerpt::Place;
use super::steps::{self, Steps};

pub async fn run(target: &Target, options: &TryCall) -> Outcome {
    let platform = target.platform().await?;
    let outcome = try_call(&platform, options).await;
    platform.close().await;
    outcome
}

/// Outcome of a call: the body of the answer, or the error.
struct Tried {
    request_id: Option<String>,
    outcome: Result<Vec<u8>, Error>,
}

async fn try_call(platform: &Platform, options: &TryCall) -> Outcome {
    let (method, path) = read_call(&options.call)?;
    let instances = platform.instances().of(&options.key);
    let instance = match options.which.instance {
        Some(id) => instances.get(id).await?,
        None => instances.only().await?,
    };
    let details = instance.describe().await?;
    let (id, was_traced) = (details.id, details.trace_logging_enabled == Some(true));
    let tracing = format!("instances/{id}/trace-logging");
    platform.request(Method::PUT, &tracing).send().await?;
    let tried = call(platform, method, &path, options, instance.token()).await;
    if !was_traced {
        platform.request(Method::DELETE, &tracing).send().await?;
    }
    let tried = tried?;
    let trace = match &tried.request_id {
        Some(id) => trace(platform, &options.key, id).await?,
        None => None,
    };
    let excerpts = excerpts(platform, options, trace.as_ref(), tried.outcome.as_ref().err()).await;
    show(trace.as_ref(), tried.outcome, &excerpts, options)
}

/// Returns the lines at which scripts failed. Without permission to read the definition there are none.
async fn excerpts(platform: &Platform, options: &TryCall, trace: Option<&Value>, error: Option<&Error>) -> Vec<String> {
    let hidden = calls(trace).iter().filter(|_| options.trace).flat_map(steps::errors);
    let mut places: Vec<Place<'_>> = hidden.filter_map(Place::of).collect();
    places.extend(error.and_then(|error| Place::of(&error.info().message)).filter(|place| !places.contains(place)));
    if places.is_empty() {
        return Vec::new();
    }
    let Ok(definition) = platform.elements().export(&options.key).await else { return Vec::new() };
    places.iter().filter_map(|place| place.excerpt(&options.key, &definition)).collect()
}

/// Returns the trace of a call. `None` if it was refused before it was traced, for instance because of its path.
async fn trace(platform: &Platform, element: &str, request_id: &str) -> Outcome<Option<Value>> {
    let path = format!("elements/{element}/trace/{request_id}");
    match platform.request(Method::GET, path).send().await {
        Ok(answer) => Ok(Some(answer.json().await?)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Splits `GET /things`. Without a method the call is a GET.
fn read_call(text: &str) -> Outcome<(Method, String)> {
    let (method, path) = text.trim().split_once(char::is_whitespace).unwrap_or(("GET", text.trim()));
    let path = path.trim().trim_start_matches('/');
    match method.to_ascii_uppercase().parse() {
        Ok(method) if !path.is_empty() && !path.contains(char::is_whitespace) => Ok((method, path.to_owned())),
        _ => Err(Failure::usage(format!("{text:?} is not a method and a path, such as \"GET /contacts\""))),
    }
}

async fn call(
    platform: &Platform,
    method: Method,
    path: &str,
    options: &TryCall,
    token: elementkit::auth::Secret,
) -> Outcome<Tried> {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut call = platform.request(method, path).element(token);
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        call = call.query(&name, value);
    }
    if let Some(body) = &options.body {
        call = call.body(&options.content_type, request::read_body(body, &options.content_type)?);
    }
    Ok(match call.send().await {
        Ok(answer) => {
            let request_id = answer.request_id().map(str::to_owned);
            Tried { request_id, outcome: answer.bytes().await.map(|bytes| bytes.to_vec()) }
        }
        Err(error) => Tried { request_id: error.info().request_id.clone(), outcome: Err(error) },
    })
}

/// Returns the calls of the vendor in a trace.
fn calls(trace: Option<&Value>) -> &[Value] {
    let calls = trace.and_then(|trace| trace.get("vendorRequests")).and_then(Value::as_array);
    calls.map(Vec::as_slice).unwrap_or_default()
}

/// Shows the calls of the vendor, then the answer of the platform. An error of the call is that of the command.
fn show(trace: Option<&Value>, outcome: Result<Vec<u8>, Error>, excerpts: &[String], options: &TryCall) -> Outcome {
    let calls = calls(trace);
    if options.json {
        let answer = outcome.as_ref().ok().map(|body| match serde_json::from_slice(body) {
            Ok(value) => value,
            Err(_) => Value::from(String::from_utf8_lossy(body)),
        });
        let calls: Vec<Value> = calls.iter().map(|call| shown(call, options.trace)).collect();
        output::json(&json!({"vendorRequests": calls, "answer": answer}))?;
        return outcome.map(drop).map_err(Into::into);
    }
    for call in calls {
        let steps = Steps::of(call);
        let (before, after) = if options.trace { (&*steps.before, &*steps.after) } else { Default::default() };
        steps::show(before)?;
        if was_made(call) {
            show_call(call)?;
        }
        steps::show(after)?;
    }
    if !calls.iter().any(was_made) {
        output::line("The vendor was not called.\n")?;
    }
    excerpts.iter().try_for_each(|excerpt| output::line(excerpt))?;
    let body = outcome?;
    output::line("Answer of the platform:")?;
    output::content(&body)?;
    output::line("")
}

/// Returns whether the vendor was called; a script can leave that out.
fn was_made(call: &Value) -> bool {
    ["status", "error", "url"].iter().any(|name| call.get(name).is_some())
}

/// Returns a call with its steps, or without.
fn shown(call: &Value, steps: bool) -> Value {
    let mut call = call.clone();
    if let Some(members) = call.as_object_mut().filter(|_| !steps) {
        members.remove("steps");
    }
    call
}

fn show_call(call: &Value) -> Outcome {
    let text = |name: &str| call.get(name).and_then(Value::as_str);
    let method = text("method").unwrap_or("GET");
    output::line(&format!("{method} {}", text("url").or(text("path")).unwrap_or_default()))?;
    let headers = call.get("requestHeaders").and_then(Value::as_object).cloned().unwrap_or_else(Map::new);
    for (name, value) in &headers {
        output::line(&format!("  {name}: {}", value.as_str().unwrap_or_default()))?;
    }
    if let Some(body) = text("requestBody") {
        output::line(&format!("\n{body}"))?;
    }
    let status = call.get("status").and_then(Value::as_u64).map_or("no answer".to_owned(), |status| status.to_string());
    let records = call.get("records").and_then(Value::as_u64).map(|records| format!(", {records} records"));
    let millis = call.get("processTime").and_then(Value::as_u64).unwrap_or_default();
    output::line(&format!("\n→ {status}{} in {millis} ms", records.unwrap_or_default()))?;
    if let Some(media_type) = text("responseType") {
        output::line(&format!("  content-type: {media_type}"))?;
    }
    match (text("responseBody"), text("error")) {
        (Some(body), _) => output::line(&format!("\n{body}"))?,
        (None, Some(error)) => output::line(&format!("  {error}"))?,
        (None, None) => {}
    }
    output::line("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_have_a_method_and_a_path() {
        for (text, method, path) in [
            ("GET /things?a=1", Method::GET, "things?a=1"),
            ("post  things/4 ", Method::POST, "things/4"),
            ("/things", Method::GET, "things"),
        ] {
            assert_eq!(read_call(text).ok(), Some((method, path.to_owned())), "{text}");
        }
        for wrong in ["", "/", "GET /a b", "G(T /a"] {
            assert!(read_call(wrong).is_err(), "{wrong}");
        }
    }
}
