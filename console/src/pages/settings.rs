//! The settings of an instance: its name, its configuration, and new credentials.

use std::collections::BTreeMap;

use askama::Template;
use elementkit::InstanceHandle;
use elementkit::auth::MASK;
use elementkit::model::{InstanceChange, NewInstance};
use http::StatusCode;

use super::connect::{FIELD, Input, definitions};
use super::instance::Head;
use super::oauth;
use crate::PATH;
use crate::failure::{self, Explanation, Failure, Outcome};
use crate::page::{self, Section, Shell};
use crate::request::Request;
use crate::texts::{EN, Texts};

#[derive(Template)]
#[template(path = "settings.html")]
struct Settings<'a> {
    shell: Shell<'a>,
    t: &'static Texts,
    head: Head,
    name: String,
    inputs: Vec<Input>,
    /// Whether access is granted at the service.
    has_login: bool,
    error: Option<Explanation>,
}

/// `GET /instances/{id}/settings`
pub(crate) async fn form(request: &Request) -> Outcome {
    shown(request, StatusCode::OK, None).await
}

async fn shown(request: &Request, status: StatusCode, error: Option<Explanation>) -> Outcome {
    let instance = request.instance().await?;
    let (head, _) = Head::of(request, &instance, "settings").await?;
    let key = instance.describe().await?.element.key.clone();
    let (authentication, definitions) = definitions(request.platform()?, &key).await?;
    let mut stored: BTreeMap<String, String> = BTreeMap::new();
    for item in instance.configuration().await? {
        stored.extend(item.property_value.map(|value| (item.key, value)));
    }
    let mut inputs = Vec::new();
    for definition in definitions.into_iter().filter(|definition| !oauth::is_acquired(&definition.key)) {
        let current = stored.get(&definition.key).cloned();
        let is_masked = current.as_deref() == Some(MASK);
        let mut input = Input::of(definition, &request.form, current.filter(|_| !is_masked));
        // What is stored and not shown stays unless something else is typed.
        input.is_required &= !input.is_secret && !is_masked;
        inputs.push(input);
    }
    let name = request.form.get("name").map_or_else(|| head.name.clone(), str::to_owned);
    let shell = Shell::new(request, Section::Instances, head.name.clone());
    let has_login = oauth::needs_user(&authentication);
    page::html_with(status, &Settings { shell, t: &EN, head, name, inputs, has_login, error })
}

/// `POST /instances/{id}/settings`: the platform verifies credentials that change.
pub(crate) async fn save(request: &Request) -> Outcome {
    let instance = request.instance().await?;
    let change = change_of(request, &instance).await?;
    match instance.patch(&change).await.map_err(Failure::from) {
        Ok(saved) => page::redirect(&format!("{PATH}/instances/{}?done=saved", saved.id)),
        Err(Failure::Platform(error)) => shown(request, failure::status(&error), Some(Explanation::of(&error))).await,
        Err(failure) => Err(failure),
    }
}

/// Returns what the form changes: a secret only if one was typed.
async fn change_of(request: &Request, instance: &InstanceHandle) -> Result<InstanceChange, Failure> {
    let key = instance.describe().await?.element.key.clone();
    let (_, definitions) = definitions(request.platform()?, &key).await?;
    let mut configuration: BTreeMap<String, Option<String>> = BTreeMap::new();
    for (key, value) in request.form.below(FIELD) {
        let Some(definition) = definitions.iter().find(|definition| definition.key == key) else { continue };
        let value = value.trim();
        match value.is_empty() {
            true if Input::is_secret(definition) || definition.required => {}
            true => drop(configuration.insert(key.to_owned(), None)),
            false => drop(configuration.insert(key.to_owned(), Some(value.to_owned()))),
        }
    }
    Ok(InstanceChange {
        name: request.form.filled("name").map(str::to_owned),
        configuration: Some(configuration),
        ..InstanceChange::default()
    })
}

/// `POST /instances/{id}/login`: grants access at the service again.
pub(crate) async fn login(request: &Request) -> Outcome {
    let instance = request.instance().await?;
    let details = instance.describe().await?.clone();
    let (authentication, _) = definitions(request.platform()?, &details.element.key).await?;
    if !oauth::needs_user(&authentication) {
        return Err(Failure::BadForm);
    }
    let filled = request.form.below(FIELD).filter(|(_, value)| !value.trim().is_empty());
    let new = NewInstance {
        element: details.element.key.clone(),
        name: details.name.clone(),
        configuration: filled.map(|(key, value)| (key.to_owned(), value.trim().to_owned())).collect(),
        ..NewInstance::default()
    };
    oauth::begin(request, &authentication, new, Some(details.id)).await
}
