//! Requests as traces show them (spec E 4.62): made once more from a configuration without secrets.

use std::collections::{BTreeMap, BTreeSet};

use http::header::{AUTHORIZATION, COOKIE};
use zeroize::Zeroizing;

use super::super::document::{DefinedResource, Definition, Source, is_masked_name};
use super::super::settings::Settings;
use super::{Input, Open, build};
use crate::auth::MASK;
use crate::vendor::{ShownRequest, Upload, VendorRequest};

/// Returns what traces show of a request that was built from this input.
///
/// It is built again with masks in place of the secret values, so that none can be in it, whatever a literal makes of
/// them. The secrets are masked in texts of other origin, too, such as an address that the vendor gave.
pub fn shown(resource: &DefinedResource, input: &Input<'_>, request: &VendorRequest) -> ShownRequest {
    let Masked { values, secrets } = Masked::of(input.settings);
    let definition = input.settings.definition();
    let hides_answer = stores_secret(definition, resource);
    let settings = Settings::new(definition, &values);
    let built = build(resource, &Input { settings, ..*input });
    let (url, mut headers, body) = match built {
        Ok(built) => {
            let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
            let header = |(name, value): (&http::HeaderName, _)| (name.to_string(), text(value));
            let headers = built.request.headers.iter().map(header).collect::<Vec<_>>();
            // A path encodes the mask.
            let url = built.request.url.as_str().replace(&"%2A".repeat(MASK.len()), MASK);
            (url, headers, text_of(&built.request))
        }
        // The mask does not fit, for instance into the name of a host.
        Err(_) => (MASK.to_owned(), Vec::new(), String::new()),
    };
    for name in [AUTHORIZATION, COOKIE] {
        headers.retain(|(known, _)| *known != name.as_str());
        if let Some(value) = request.headers.get(&name) {
            headers.push((name.to_string(), masked_credentials(value.to_str().unwrap_or_default())));
        }
    }
    ShownRequest { url, headers, body, hides_answer, secrets }
}

/// Returns what traces show of a request that scripts have changed, without these secrets. `hides` is whether the answer is
/// not shown.
pub fn shown_as_sent(
    resource: &DefinedResource,
    settings: Settings<'_>,
    request: &VendorRequest,
    secrets: &[Zeroizing<String>],
    hides: bool,
) -> ShownRequest {
    let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        let text = String::from_utf8_lossy(value.as_bytes());
        let is_credential = matches!(*name, AUTHORIZATION | COOKIE);
        (name.to_string(), if is_credential { masked_credentials(&text) } else { text.into_owned() })
    };
    ShownRequest {
        url: request.url.to_string(),
        headers: request.headers.iter().map(header).collect(),
        body: text_of(request),
        hides_answer: hides || stores_secret(settings.definition(), resource),
        secrets: secrets.to_vec(),
    }
}

/// Returns the values of an instance that traces and errors mask.
pub fn secrets(settings: Settings<'_>) -> Vec<Zeroizing<String>> {
    Masked::of(settings).secrets
}

/// Returns header and query values that are made of secrets, for instance by `CE.b64`: those that differ in a request of a
/// configuration without secrets.
pub fn derived_secrets(resource: &DefinedResource, input: &Input<'_>, open: &Open) -> Vec<Zeroizing<String>> {
    let values = Masked::of(input.settings).values;
    let settings = Settings::new(input.settings.definition(), &values);
    let masked = Open::of(resource, &Input { settings, ..*input }, false);
    masked.map_or_else(|_| Vec::new(), |masked| open.different(&masked).into_iter().map(Zeroizing::new).collect())
}

/// Returns whether a resource stores a part of its answer as a secret.
fn stores_secret(definition: &Definition, resource: &DefinedResource) -> bool {
    definition.parameters.iter().chain(&resource.parameters).any(|parameter| {
        parameter.response && parameter.from == Source::Configuration && is_secret(definition, &parameter.name)
    })
}

/// Returns credentials with their scheme only.
fn masked_credentials(value: &str) -> String {
    let scheme = value.split_once(' ').map(|(scheme, _)| scheme).filter(|scheme| scheme.bytes().all(is_scheme));
    scheme.map_or_else(|| MASK.to_owned(), |scheme| format!("{scheme} {MASK}"))
}

fn is_scheme(byte: u8) -> bool {
    byte.is_ascii_alphabetic()
}

/// Returns whether traces mask a key: what responses mask, and every key of an API.
pub fn is_secret(definition: &Definition, key: &str) -> bool {
    let entry = definition.configuration.iter().find(|entry| entry.key == key);
    entry.is_some_and(|entry| entry.is_masked()) || is_masked_name(key) || key.to_ascii_lowercase().ends_with("key")
}

/// A configuration with masks in place of secrets.
struct Masked {
    values: BTreeMap<String, String>,
    secrets: Vec<Zeroizing<String>>,
}

impl Masked {
    fn of(settings: Settings<'_>) -> Self {
        let definition = settings.definition();
        let own = settings.values().keys().map(String::as_str);
        let variables = settings.variables();
        let all = own.chain(definition.configuration.iter().map(|entry| entry.key.as_str()));
        let keys: BTreeSet<&str> = all.chain(variables.keys().map(String::as_str)).collect();
        let mut masked = Self { values: settings.values().clone(), secrets: Vec::new() };
        for key in keys.into_iter().filter(|key| is_secret(definition, key)) {
            if let Some(value) = settings.get(key) {
                masked.secrets.push(Zeroizing::new(value.into_owned()));
                masked.values.insert(key.to_owned(), MASK.to_owned());
            }
        }
        // Members that are secret have a key of their own now; the others stay.
        masked
    }
}

/// Returns the body of a request as text. What is sent as it arrives is left out.
fn text_of(request: &VendorRequest) -> String {
    let body = request.upload.as_ref().map_or(&request.body, Upload::shown);
    String::from_utf8_lossy(body).into_owned()
}
