//! One resource of a defined element is called, and the requests that the vendor gets are compared with the demanded ones.

use serde_json::Value;
use vendor_sim::check::{Asked, Call, Demanded, Reading, compare, demanded, largest, reading};
use vendor_sim::{Entry, Plan, Resource, cursor, goes_out, plan};

use super::played::World;
use crate::support::raw::Answer;

/// Records of a page that is asked for.
const SIZE: u64 = 7;

/// Outcome of a resource.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It ran, with so many requests of the vendor.
    Ran(usize),
    /// It was refused, as this statement demands.
    Refused(&'static str),
    /// It was not called, for this reason.
    Left(&'static str),
    /// It did something else than the specification demands.
    Wrong(Vec<String>),
}

/// Calls a resource.
pub async fn tried(world: &World, resource: &Resource) -> Outcome {
    if resource.method == "GET"
        && matches!(resource.path.as_str(), "/objects" | "/objects/{objectName}/metadata" | "/ping")
    {
        return Outcome::Left("the platform answers it, and does not ask the vendor yet (E 5.5, 8.3)");
    }
    let call = match plan(&world.document, resource) {
        Plan::Call(call) => call,
        Plan::Scripted(call) => return scripted(world, resource, &call).await,
        Plan::Left(reason) => return Outcome::Left(reason),
    };
    let configuration = world.simulator.configuration();
    if let Demanded::Refusal { status, message, rule } =
        demanded(&world.document, &configuration, resource, &first(&call))
    {
        return refused(world, resource, &call, status, &message, rule).await;
    }
    let is_list = resource.is_list();
    if is_list { list(world, resource, &call).await } else { single(world, resource, &call).await }
}

/// Names that scripts see (spec E 7.8 to 7.34).
const SCRIPT_NAMES: &[&str] = &[
    "request_",
    "response_",
    "configuration",
    "object_name",
    "meta_data",
    "metadata",
    "multipart_hook_context_items",
    "done",
    "CE",
    "require",
    "console",
    "print",
    "getArray",
    "getMap",
    "notify",
    "Buffer",
    "URL",
    "URLSearchParams",
    "TextEncoder",
    "atob",
    "btoa",
    "Promise",
];

/// Runs a resource with scripts or a chain. What it sends is known to its scripts alone, and they may expect other answers
/// than the vendor of the tests gives; but none of them may fail for want of something that the engine owes it.
async fn scripted(world: &World, resource: &Resource, call: &Call) -> Outcome {
    world.simulator.clear_requests();
    let answer = send(world, resource, call, &[]).await;
    let asked = world.simulator.requests().len();
    let message = answer.json()["message"].as_str().unwrap_or_default().to_owned();
    let is_of_script = message.contains("preRequest:") || message.contains("postRequest:");
    match answer.status {
        500 if is_of_script && !is_owed(&message) => Outcome::Left("a script expects other answers of its vendor"),
        500 | 503 => Outcome::Wrong(vec![format!("E 7.61: {}", answer.text())]),
        _ => Outcome::Ran(asked),
    }
}

/// Returns whether a script failed for want of something that the engine owes it.
fn is_owed(message: &str) -> bool {
    let missing =
        message.split("preRequest:").last().unwrap_or(message).split("postRequest:").last().unwrap_or(message);
    let is_undefined = SCRIPT_NAMES.iter().any(|name| {
        let text = format!(" {name}");
        missing.contains(&text) && missing.contains("is not defined")
    });
    is_undefined
        || ["SyntaxError", "InternalError", "interrupted", "out of memory", "time limit"]
            .iter()
            .any(|word| message.contains(word))
}

fn first(call: &Call) -> Call {
    Call { asked: Asked { page: 1, size: SIZE, cursor: None }, ..call.clone() }
}

async fn refused(
    world: &World,
    resource: &Resource,
    call: &Call,
    status: u16,
    message: &str,
    rule: &'static str,
) -> Outcome {
    world.simulator.clear_requests();
    let answer = send(world, resource, call, &[]).await;
    let asked = world.simulator.requests().len();
    if (answer.status, answer.json()["message"].as_str(), asked) == (status, Some(message), 0) {
        return Outcome::Refused(rule);
    }
    Outcome::Wrong(vec![format!(
        "{rule}: expected {status} {message:?} without a request\n      got {} after {asked} requests",
        answer.text()
    )])
}

/// Makes a call of the engine.
async fn send(world: &World, resource: &Resource, call: &Call, paging: &[(&str, String)]) -> Answer {
    let encode = |text: &str| text.bytes().map(escaped).collect::<String>();
    // The platform has paths of its own without a hub, so the hub is in front.
    let mut path = resource.written.clone();
    for (name, value) in &call.path {
        path = path.replace(&format!("{{{name}}}"), &encode(value));
    }
    let query = call.query.iter().map(|(name, value)| (name.as_str(), value));
    let query = query.chain(paging.iter().map(|(name, value)| (*name, value)));
    let query: Vec<String> = query.map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    let mut headers: Vec<(&str, &str)> =
        call.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let body = if !call.files.is_empty() {
        headers.push(("content-type", "multipart/form-data; boundary=limit-7d3f"));
        multipart(call)
    } else if call.form.is_empty() {
        call.body.as_ref().map(Value::to_string).unwrap_or_default()
    } else {
        headers.push(("content-type", "application/x-www-form-urlencoded"));
        let pairs = call.form.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value)));
        pairs.collect::<Vec<_>>().join("&")
    };
    let mark = if query.is_empty() { "" } else { "?" };
    world.call(&format!("{} {path}{mark}{}", resource.method, query.join("&")), &headers, body).await
}

fn escaped(byte: u8) -> String {
    let is_plain = byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    if is_plain { char::from(byte).to_string() } else { format!("%{byte:02X}") }
}

fn multipart(call: &Call) -> String {
    let disposition = "Content-Disposition: form-data; name=";
    let fields =
        call.form.iter().map(|(name, value)| format!("--limit-7d3f\r\n{disposition}\"{name}\"\r\n\r\n{value}\r\n"));
    let files = call.files.iter().map(|(name, file, text)| {
        let head = format!("{disposition}\"{name}\"; filename=\"{file}\"\r\nContent-Type: text/plain");
        format!("--limit-7d3f\r\n{head}\r\n\r\n{text}\r\n")
    });
    format!("{}--limit-7d3f--\r\n", fields.chain(files).collect::<String>())
}

/// Compares the requests since the last look with the demanded one.
fn differences(world: &World, resource: &Resource, call: &Call, entries: &[Entry]) -> Vec<String> {
    let mut texts = Vec::new();
    for entry in entries {
        match demanded(&world.document, &entry.configuration, resource, call) {
            Demanded::Request(wanted) => {
                let found = compare(&wanted, entry).into_iter();
                texts.extend(found.map(|difference| format!("{}: {}", difference.rule, difference.text)));
            }
            Demanded::Refusal { message, rule, .. } => texts.push(format!("{rule}: a request in place of {message:?}")),
        }
    }
    texts
}

async fn single(world: &World, resource: &Resource, call: &Call) -> Outcome {
    world.simulator.clear_requests();
    let answer = send(world, resource, call, &[]).await;
    let entries = world.simulator.requests();
    let mut wrong = differences(world, resource, call, &entries);
    if entries.len() != 1 || answer.status != 200 {
        wrong.push(format!("{} requests; {} {}", entries.len(), answer.status, answer.text()));
    } else if let Some(expected) = unwrapped(resource, &entries[0])
        && answer.json() != expected
    {
        wrong.push(format!("E 5.73: expected {expected}\n      got {}", answer.text()));
    }
    if wrong.is_empty() { Outcome::Ran(1) } else { Outcome::Wrong(wrong) }
}

/// Returns the caller's answer for a JSON answer of the vendor (spec E 5.73, 5.74, P 7.9).
fn unwrapped(resource: &Resource, entry: &Entry) -> Option<Value> {
    if entry.answer.is_empty() || entry.answer.starts_with('<') {
        return None;
    }
    let mut value: Value = serde_json::from_str(&entry.answer).ok()?;
    if let Some(root) = &resource.response_root {
        let mut at = &value;
        for step in root.split(['.', '[', ']']).filter(|step| !step.is_empty() && *step != "*") {
            at = step.parse::<usize>().map_or_else(|_| at.get(step), |index| at.get(index))?;
        }
        value = at.clone();
    }
    without_nulls(&mut value);
    Some(value)
}

fn without_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, value| !value.is_null());
            members.values_mut().for_each(without_nulls);
        }
        Value::Array(items) => {
            items.retain(|item| !item.is_null());
            items.iter_mut().for_each(without_nulls);
        }
        _ => {}
    }
}

/// Reads a list to its end.
async fn list(world: &World, resource: &Resource, call: &Call) -> Outcome {
    let configuration = world.simulator.configuration();
    let reading = reading(&world.document, &configuration, resource);
    let size = SIZE.min(largest(&world.document, &configuration));
    let (mut rows, mut asked, mut wrong) = (Vec::new(), 0, Vec::new());
    let mut token: Option<String> = None;
    let mut whole = None;
    for page in 1..=30 {
        world.simulator.clear_requests();
        let mut paging = vec![("pageSize", SIZE.to_string())];
        paging.extend(token.take().map(|token| ("nextPage", token)));
        let answer = send(world, resource, call, &paging).await;
        let entries = world.simulator.requests();
        let cursor = (page > 1).then(|| cursor(((page - 1) * size) as usize));
        let wanted = Call { asked: Asked { page, size: SIZE, cursor }, ..call.clone() };
        wrong.extend(differences(world, resource, &wanted, &entries));
        asked += entries.len();
        let Value::Array(part) = answer.json() else {
            wrong.push(format!("page {page}: {} requests; {} {}", entries.len(), answer.status, answer.text()));
            break;
        };
        if let Some(Value::Array(records)) = entries.first().and_then(|entry| unwrapped(resource, entry)) {
            whole.get_or_insert_with(Vec::new).extend(records);
        }
        rows.extend(part);
        token = answer.header("elements-next-page-token").map(str::to_owned);
        if token.is_none() || !wrong.is_empty() {
            break;
        }
    }
    if token.is_some() && wrong.is_empty() {
        wrong.push(format!("E 6.18: the list does not end: {} records", rows.len()));
    }
    if wrong.is_empty() {
        wrong.extend(compared(world, resource, reading, &rows, whole));
    }
    if wrong.is_empty() { Outcome::Ran(asked) } else { Outcome::Wrong(wrong) }
}

/// Compares the records of a whole list with those that the vendor gave.
fn compared(
    world: &World,
    resource: &Resource,
    reading: Reading,
    rows: &[Value],
    whole: Option<Vec<Value>>,
) -> Option<String> {
    let goes_out = |name: &str| resource.parameter(name).is_some_and(|parameter| goes_out(resource, parameter));
    let pages = matches!(reading, Reading::Pages | Reading::Cursors);
    if pages && (goes_out("page") || goes_out("nextPage")) {
        // Each page is a part of the vendor's list.
        let whole = whole?;
        return (whole != rows).then(|| format!("E 6.10: {} records in place of {}", rows.len(), whole.len()));
    }
    // The engine cuts pages out of an answer with all, or with as many as the largest page has.
    let largest = largest(&world.document, &world.simulator.configuration()) as usize;
    let count = if goes_out("pageSize") { largest.min(23) } else { 23 };
    let is_single = whole.is_none();
    (rows.len() != count && !(is_single && rows.len() == 1))
        .then(|| format!("E 6.14: {} records in place of {count}", rows.len()))
}
