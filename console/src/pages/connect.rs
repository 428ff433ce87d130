//! Connecting an element: the form that its configuration describes.

use std::collections::BTreeMap;

use askama::Template;
use elementkit::model::{ConfigurationDefinition, Element, NewInstance};
use elementkit::{Platform, Result};
use http::StatusCode;

use super::oauth;
use crate::PATH;
use crate::failure::{self, Explanation, Failure, Outcome};
use crate::form::Pairs;
use crate::page::{self, Section, Shell};
use crate::request::Request;
use crate::texts::{EN, Texts};

/// Prefix of the names of configuration fields in the form.
pub(crate) const FIELD: &str = "set.";

/// A field of the form.
pub(crate) struct Input {
    pub key: String,
    pub name: String,
    pub description: String,
    pub is_required: bool,
    pub is_secret: bool,
    pub is_switch: bool,
    /// Value that was typed, or the default. Never a secret.
    pub value: String,
}

#[derive(Template)]
#[template(path = "connect.html")]
struct Connect<'a> {
    shell: Shell<'a>,
    t: &'static Texts,
    element: Element,
    name: String,
    required: Vec<Input>,
    optional: Vec<Input>,
    /// Whether access is granted at the service.
    has_login: bool,
    error: Option<Explanation>,
}

/// `GET /elements/{key}/connect`
pub(crate) async fn form(request: &Request) -> Outcome {
    shown(request, StatusCode::OK, None).await
}

async fn shown(request: &Request, status: StatusCode, error: Option<Explanation>) -> Outcome {
    let (platform, key) = (request.platform()?, request.param("key"));
    let element = platform.elements().get(key).await?;
    let (authentication, definitions) = definitions(platform, key).await?;
    let definitions = definitions.into_iter().filter(|definition| !oauth::is_acquired(&definition.key));
    let inputs = definitions.map(|definition| Input::of(definition, &request.form, None));
    let has_login = oauth::needs_user(&authentication);
    let (required, optional) = inputs.partition(|input| input.is_required);
    let name = request.form.get("name").unwrap_or(&element.name).to_owned();
    let shell = Shell::new(request, Section::Elements, crate::texts::with(EN.connect_title, &[&element.name]));
    page::html_with(status, &Connect { shell, t: &EN, element, name, required, optional, has_login, error })
}

/// Returns the kind of authentication of an element, and the configuration that people fill in.
pub(crate) async fn definitions(platform: &Platform, key: &str) -> Result<(String, Vec<ConfigurationDefinition>)> {
    let authentication = platform.elements().metadata(key).await?.authentication_type.unwrap_or_default();
    let mut definitions = platform.elements().configuration(key).await?;
    definitions.retain(is_shown);
    for definition in &mut definitions {
        definition.required |= oauth::is_needed(&authentication, &definition.key);
    }
    Ok((authentication, definitions))
}

/// Returns whether people fill a field in: not those that the platform sets itself.
fn is_shown(definition: &ConfigurationDefinition) -> bool {
    let is = |flag: Option<bool>| flag == Some(true);
    !is(definition.internal) && !is(definition.hide_from_console)
}

impl Input {
    /// Returns whether a value is never shown.
    pub fn is_secret(definition: &ConfigurationDefinition) -> bool {
        definition.kind == "PASSWORD" || definition.key.ends_with(".secret")
    }

    /// Returns the field of a value: that of the form, else the stored one, else the default.
    pub fn of(definition: ConfigurationDefinition, form: &Pairs, stored: Option<String>) -> Self {
        let is_secret = Self::is_secret(&definition);
        // The last value of a name counts, as when the form is taken.
        let typed = form.all(&format!("{FIELD}{}", definition.key)).last().map(str::to_owned);
        let value = typed.or(stored).or(definition.default_value).filter(|_| !is_secret);
        Self {
            name: if definition.name.is_empty() { definition.key.clone() } else { definition.name },
            key: definition.key,
            description: definition.description,
            is_required: definition.required,
            is_secret,
            is_switch: definition.kind == "BOOLEAN",
            value: value.unwrap_or_default(),
        }
    }
}

/// `POST /elements/{key}/connect`
pub(crate) async fn connect(request: &Request) -> Outcome {
    let platform = request.platform()?;
    let filled = request.form.below(FIELD).filter(|(_, value)| !value.trim().is_empty());
    // The last value of a name counts: that of a switch follows the one for "off".
    let configuration: BTreeMap<String, String> =
        filled.map(|(key, value)| (key.to_owned(), value.trim().to_owned())).collect();
    let new = NewInstance {
        element: request.param("key").to_owned(),
        name: request.form.filled("name").unwrap_or_default().to_owned(),
        configuration,
        ..NewInstance::default()
    };
    let (authentication, _) = definitions(platform, &new.element).await?;
    if oauth::needs_user(&authentication) {
        return match oauth::begin(request, &authentication, new, None).await {
            Err(Failure::Platform(error)) => {
                shown(request, failure::status(&error), Some(Explanation::of(&error))).await
            }
            outcome => outcome,
        };
    }
    match platform.instances().create(&new).await {
        Ok(instance) => {
            let id = instance.id().ok_or(Failure::NotFound)?;
            page::redirect(&format!("{PATH}/instances/{id}?done=connected"))
        }
        Err(error) => match Failure::from(error) {
            Failure::Platform(error) => shown(request, failure::status(&error), Some(Explanation::of(&error))).await,
            failure => Err(failure),
        },
    }
}
