//! The requests that are built for calls, before anything is sent: the first page of each list, each read and each
//! write of every definition, compared with the specification by a checker that is not the engine's code.

use std::path::PathBuf;

use elementkit::element::PathValues;
use elementkit::elements::definition::document::Definition;
use elementkit::elements::definition::paging::{Walk, mode, sizes};
use elementkit::elements::definition::request::{FormField, Input, InputBody, build};
use elementkit::elements::definition::settings::Settings;
use elementkit::query::parse_where;
use http::HeaderMap;
use vendor_sim::check::{Asked, Call, Demanded, compare, demanded};
use vendor_sim::{Document, Entry, Plan, Resource, plan};

use super::folders::{definitions, examples, exported_definitions, own_definitions};

const SIZE: u32 = 7;

/// Returns the body of a call as the engine reads it.
fn body_of(call: &Call) -> InputBody {
    let field = |(name, value): &(String, String)| FormField {
        name: name.clone(),
        content: value.clone().into_bytes().into(),
        ..FormField::default()
    };
    let file = |(name, file, text): &(String, String, String)| FormField {
        name: name.clone(),
        file_name: Some(file.clone()),
        media_type: Some("text/plain".to_owned()),
        content: text.clone().into_bytes().into(),
        rest: None,
    };
    let fields: Vec<FormField> = call.form.iter().map(field).chain(call.files.iter().map(file)).collect();
    match &call.body {
        Some(body) => InputBody::Json(body.to_string()),
        None if fields.is_empty() => InputBody::Empty,
        None => InputBody::Form(fields),
    }
}

/// Builds the request of a call as the vendor would see it.
fn built(
    definition: &Definition,
    document: &Document,
    resource: &Resource,
    call: &Call,
) -> Result<(Entry, bool), String> {
    let configuration = vendor_sim::configuration(document, "http://127.0.0.1:9");
    let settings = Settings::new(definition, &configuration);
    let defined = &definition.resources[resource.position];
    let path: PathValues = call.path.clone().into_iter().collect();
    let headers = call.headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
    let headers: HeaderMap = headers.collect();
    let search = call.query.iter().find(|(name, _)| name == "where").map(|(_, value)| value.as_str());
    let condition = search.and_then(|search| parse_where(search).unwrap());
    let page = Walk::first(SIZE.min(sizes(settings).max)).values(mode(settings, defined), sizes(settings));
    let input = Input {
        settings,
        path: &path,
        query: &call.query,
        headers: &headers,
        body: &body_of(call),
        condition: condition.as_ref(),
        page: (resource.method == "GET" && resource.is_callable()).then_some(&page),
        previous: None,
    };
    let made = build(defined, &input).map_err(|refused| refused.to_string())?;
    let headers = made.request.headers.iter();
    let headers =
        headers.map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
    let entry = Entry {
        method: made.request.method.to_string(),
        path: made.request.url.path().to_owned(),
        query: made.request.url.query().unwrap_or_default().to_owned(),
        headers: headers.collect(),
        body: String::from_utf8_lossy(&made.request.body).into_owned(),
        ..Entry::default()
    };
    Ok((entry, made.authorized))
}

/// Compares a resource. Returns the differences.
fn differences(definition: &Definition, document: &Document, resource: &Resource, call: &Call) -> Vec<String> {
    let configuration = vendor_sim::configuration(document, "http://127.0.0.1:9");
    let call = Call { asked: Asked { page: 1, size: u64::from(SIZE), cursor: None }, ..call.clone() };
    let wanted = demanded(document, &configuration, resource, &call);
    match (wanted, built(definition, document, resource, &call)) {
        (Demanded::Request(mut wanted), Ok((entry, authorized))) => {
            if !authorized {
                // The element adds it later.
                wanted.headers.retain(|(name, ..)| name != "authorization" && !name.starts_with("x-amz-"));
            }
            compare(&wanted, &entry).into_iter().map(|found| format!("{}: {}", found.rule, found.text)).collect()
        }
        (Demanded::Refusal { message, .. }, Err(refused)) if message == refused => Vec::new(),
        (Demanded::Refusal { message, rule, .. }, Err(refused)) => {
            vec![format!("{rule}: {message:?}, not {refused:?}")]
        }
        (Demanded::Refusal { message, rule, .. }, Ok(_)) => vec![format!("{rule}: it is not refused: {message}")],
        (Demanded::Request(_), Err(refused)) => vec![format!("it is refused: {refused}")],
    }
}

#[test]
fn built_requests_are_those_of_the_specification() {
    let folders: Vec<PathBuf> = [own_definitions(), examples()].into_iter().chain(exported_definitions()).collect();
    let (mut compared, mut wrong) = (0, Vec::new());
    for (key, value) in folders.iter().flat_map(|folder| definitions(folder)) {
        let value = vendor_sim::localized(&value, "http://127.0.0.1:9");
        let document = Document::read(&value);
        let definition = Definition::read(&value).unwrap_or_else(|problems| panic!("{key}: {}", problems.len()));
        for resource in &document.resources {
            let call = match plan(&document, resource) {
                Plan::Call(call) => *call,
                Plan::Scripted(_) => continue,
                // A system resource is a call without input.
                Plan::Left(_) if !resource.is_callable() && !resource.scripts => Call::default(),
                Plan::Left(_) => continue,
            };
            let found = differences(&definition, &document, resource, &call);
            compared += 1;
            wrong.extend(found.iter().map(|text| format!("{key} {} {}: {text}", resource.method, resource.path)));
        }
    }
    eprintln!("{compared} requests compared");
    assert!(compared > 120, "{compared} requests");
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}
