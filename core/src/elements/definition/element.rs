//! A definition as an [`Element`].

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use http::Method;
use serde_json::Value;

use super::authorize::authentication;
use super::check::SCRIPTS_RUN;
use super::connector::DefinedConnector;
use super::document::{DefinedResource, Definition, HookType, Source, Target, is_masked_name};
use super::objects::Objects;
use super::plan;
use super::request::login_address;
use super::settings::Settings;
use super::template;
use crate::element::{
    Connector, Demand, Describe, Element, ElementInfo, Host, HubInfo, ObjectId, ObjectInfo, Obstacle, PageSizes,
    ParameterInfo, PlanError, ReadPlan, Resource, ResourceKind,
};
use crate::error::{Error, ErrorKind, Result};
use crate::vendor::{Configuration, VendorLimits};

/// Time limit of a call of the vendor (spec E 5.2).
const TIME_LIMIT: Duration = Duration::from_secs(120);
/// Maximum number of redirects that a call follows (spec E 5.2).
const REDIRECTS: usize = 5;
/// Message of calls that would have to run a script (spec E 7.62, P 9.12).
const NO_SCRIPTS: &str = "Script execution is not available";

/// An element that is a document.
pub struct DefinedElement {
    info: ElementInfo,
    revision: String,
    pub(super) definition: Arc<Definition>,
    objects: Vec<ObjectInfo>,
    resources: Vec<Resource>,
    /// Position of each resource in the definition.
    positions: Vec<usize>,
}

impl DefinedElement {
    /// Creates a revision of an element from its document.
    ///
    /// # Errors
    /// `config` if the document is no definition, with its first problem.
    pub fn new(id: i64, revision: &str, document: &Value) -> Result<Arc<Self>> {
        let definition = Definition::read(document).map_err(|problems| {
            let first = problems.first().map_or_else(String::new, |problem| problem.message.clone());
            Error::new(ErrorKind::Config, first)
        })?;
        Ok(Arc::new(Self::of(id, revision, definition)))
    }

    pub(super) fn of(id: i64, revision: &str, definition: Definition) -> Self {
        let positions: Vec<usize> =
            (0..definition.resources.len()).filter(|position| is_offered(&definition.resources[*position])).collect();
        let offered = || positions.iter().map(|position| &definition.resources[*position]);
        let objects = Objects::of(&definition, offered());
        let resources = offered().map(|resource| described(&definition, resource, objects.id(resource))).collect();
        Self {
            info: info(id, &definition),
            revision: revision.to_owned(),
            objects: objects.infos,
            resources,
            positions,
            definition: Arc::new(definition),
        }
    }

    pub(super) fn object_infos(&self) -> &[ObjectInfo] {
        &self.objects
    }

    pub(super) fn object_info(&self, id: ObjectId) -> &ObjectInfo {
        &self.objects[usize::from(id.0)]
    }

    /// Returns the definition.
    pub fn definition(&self) -> &Arc<Definition> {
        &self.definition
    }

    /// Returns the definition of a resource of this element.
    pub(super) fn defined(&self, resource: &Resource) -> Option<&DefinedResource> {
        let same = |known: &Resource| known.method == resource.method && known.template == resource.template;
        let position = self.resources.iter().position(same)?;
        self.definition.resources.get(self.positions[position])
    }
}

/// Returns whether callers reach a resource by its path: those of the platform's own paths are asked by the platform
/// (spec E 5.5), and what is part of the hosted platform is not there (spec E 1.42).
fn is_offered(resource: &DefinedResource) -> bool {
    let parts: Vec<&str> = resource.path.split('/').skip(1).collect();
    let is_platform = match parts.as_slice() {
        ["ping"] | ["objects"] | ["objects", _, "metadata" | "docs"] => resource.method == Method::GET,
        ["bulk", ..] => true,
        _ => false,
    };
    resource.kind.is_callable() && !resource.java && !is_platform
}

impl Definition {
    /// Returns the media type that every vendor call asks for: the global `Accept` literal.
    pub(super) fn accept(&self) -> &str {
        let accept = self.parameters.iter().find(|parameter| {
            let is_header = parameter.to == Some(Target::Header) && !parameter.response;
            parameter.from == Source::Literal && is_header && parameter.vendor_name.eq_ignore_ascii_case("accept")
        });
        accept.map_or("application/json", |accept| &*accept.name)
    }
}

fn info(id: i64, definition: &Definition) -> ElementInfo {
    let hub = definition.hub.clone();
    ElementInfo {
        id,
        key: definition.key.clone().into(),
        name: definition.name.clone().into(),
        description: definition.description.clone().into(),
        image: definition.image.clone().unwrap_or_default().into(),
        signup_url: definition.signup_url.clone().unwrap_or_default().into(),
        content_type: definition.accept().to_owned().into(),
        authentication: definition.authentication.clone().into(),
        hub: HubInfo { id: hub_id(&hub), name: hub.clone().into(), description: "".into(), key: hub.into() },
        url_variable: None,
        configuration: definition.configuration_infos(),
    }
}

/// Returns the id of a hub that no built-in element has: the same for the same key.
fn hub_id(key: &str) -> i64 {
    let hash = key
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    1000 + i64::try_from(hash % 1_000_000_000).unwrap_or_default()
}

fn described(definition: &Definition, resource: &DefinedResource, object: ObjectId) -> Resource {
    let kind = match resource.method {
        Method::GET => ResourceKind::Read,
        Method::POST if !resource.ends_with_variable() => ResourceKind::Create,
        Method::PUT if resource.ends_with_variable() => ResourceKind::Replace,
        Method::PATCH if resource.ends_with_variable() => ResourceKind::Update,
        Method::DELETE if resource.ends_with_variable() => ResourceKind::Delete,
        _ => ResourceKind::Any,
    };
    let is_body =
        |from| matches!(from, Source::Body | Source::BodyField | Source::Form | Source::Multipart | Source::File);
    let reads_body = resource.parameters.iter().any(|parameter| !parameter.response && is_body(parameter.from));
    Resource {
        kind,
        parameters: inputs(definition, resource, Source::Query, "query."),
        headers: inputs(definition, resource, Source::Header, "header."),
        open: true,
        selected_by_vendor: sends(resource, "fields"),
        ordered_by_vendor: sends(resource, "orderBy"),
        reads_body,
        streams_body: reads_body && !kind.is_read(),
        ..Resource::any(resource.method.clone(), resource.path.clone(), object)
    }
}

/// Returns the inputs of the caller that a resource reads from a source: those of its own parameters, then those of global
/// ones and of placeholders in literals (spec E 5.32), which need no declaration.
fn inputs(definition: &Definition, resource: &DefinedResource, source: Source, prefix: &str) -> Vec<ParameterInfo> {
    let own = resource.parameters.iter().filter(|parameter| !parameter.response);
    let all = own.chain(definition.parameters.iter().filter(|parameter| !parameter.response));
    let declared = all.clone().filter(|parameter| parameter.from == source).map(|parameter| ParameterInfo {
        name: parameter.name.clone().into(),
        doc: parameter.description.clone().unwrap_or_default().into(),
    });
    let literals = all.filter(|parameter| parameter.from == Source::Literal);
    let named = literals.flat_map(|parameter| template::placeholders(&parameter.name));
    let named = named
        .filter_map(|key| key.strip_prefix(prefix))
        .map(|name| ParameterInfo { name: name.to_owned().into(), doc: "".into() });
    let mut inputs: Vec<ParameterInfo> = Vec::new();
    for input in declared.chain(named) {
        if !inputs.iter().any(|known| known.name == input.name) {
            inputs.push(input);
        }
    }
    inputs
}

/// Returns whether a query value of the caller reaches the vendor by its own parameter (spec E 6.29).
fn sends(resource: &DefinedResource, name: &str) -> bool {
    resource.parameters.iter().any(|parameter| {
        let is_own = parameter.from == Source::Query && !parameter.response && parameter.name == name;
        is_own && !matches!(parameter.to, None | Some(Target::Nothing))
    })
}

impl Element for DefinedElement {
    fn info(&self) -> &ElementInfo {
        &self.info
    }

    fn revision(&self) -> &str {
        &self.revision
    }

    fn objects(&self) -> &[ObjectInfo] {
        &self.objects
    }

    fn resources(&self) -> &[Resource] {
        &self.resources
    }

    fn describe(&self) -> Option<&dyn Describe> {
        Some(self)
    }

    fn normalize(&self, key: &str, value: String) -> std::result::Result<String, String> {
        self.definition.stored_value(key, &value)
    }

    fn applies(&self, key: &str, values: &BTreeMap<String, String>) -> bool {
        self.definition.entry(key).is_none_or(|entry| self.definition.applies(entry, values))
    }

    /// The limits of the specification, unless the engine has narrower ones (spec E 5.2).
    fn limits(&self, of_engine: VendorLimits) -> VendorLimits {
        VendorLimits { timeout: of_engine.timeout.min(TIME_LIMIT), redirects: REDIRECTS, ..of_engine }
    }

    /// Addresses come from the document and from instances (spec E 3.38).
    fn checks_addresses(&self) -> bool {
        true
    }

    /// Operator and form of the dates are those of the definition (spec E 9.8, E 9.9).
    fn plans_limits(&self) -> bool {
        true
    }

    fn authentication<'a>(&'a self, values: &'a BTreeMap<String, String>) -> Cow<'a, str> {
        authentication(&self.definition, Settings::new(&self.definition, values))
    }

    /// Definitions often leave the addresses to the instance; [`check_values`](Element::check_values) guards the secrets
    /// of the author.
    fn moves_login(&self, _key: &str, _value: &str) -> bool {
        false
    }

    fn login_address(
        &self,
        key: &str,
        values: &BTreeMap<String, String>,
    ) -> Option<std::result::Result<String, String>> {
        let settings = Settings::new(&self.definition, values);
        let address = settings.get(key)?;
        Some(login_address(&address, settings, &[]).map_err(|refused| refused.0))
    }

    fn check_values(&self, values: &BTreeMap<String, String>) -> std::result::Result<(), String> {
        self.definition.check_hosts(values)
    }

    fn masks(&self, key: &str) -> bool {
        is_masked_name(key)
    }

    /// The flag of the object, else that of the element (spec E 9.3).
    fn takes_uploads(&self, object: ObjectId) -> bool {
        let name = &*self.object_info(object).name;
        let declared = self.definition.objects.iter().find(|object| object.name == name);
        declared.and_then(|object| object.bulk_upload).unwrap_or(self.definition.bulk_upload)
    }

    fn obstacle(&self, resource: &Resource) -> Option<Obstacle> {
        self.defined(resource).and_then(|resource| obstacle(&self.definition, resource))
    }

    fn plan(&self, demand: &Demand<'_>) -> std::result::Result<ReadPlan, PlanError> {
        plan::plan(self, demand)
    }

    fn page_sizes(&self, _resource: &Resource, configuration: &Configuration) -> PageSizes {
        plan::page_sizes(&self.definition, configuration)
    }

    fn default_fields(&self, resource: &Resource, configuration: &Configuration) -> Option<String> {
        let settings = Settings::new(&self.definition, configuration.values());
        plan::default_fields(settings, self.defined(resource)?)
    }

    fn connect(self: Arc<Self>, host: Host) -> Result<Arc<dyn Connector>> {
        Ok(Arc::new(DefinedConnector::new(self, host)))
    }
}

/// Returns why a resource cannot be called: this build has no script engine, and the resource, or the element as a whole,
/// has a script (spec E 7.62).
pub(super) fn obstacle(definition: &Definition, resource: &DefinedResource) -> Option<Obstacle> {
    if SCRIPTS_RUN {
        return None;
    }
    let (method, path) = (&resource.method, &resource.path);
    let runs = |hooks: &[super::document::Hook]| hooks.iter().any(|hook| hook.kind != HookType::Event);
    if runs(&resource.hooks) {
        return Some(Obstacle { message: NO_SCRIPTS, hint: format!("{method} {path} has a script.") });
    }
    if runs(&definition.hooks) && resource.kind.runs_global_scripts() {
        let hint = format!("The element {} has a script for every call, also for {method} {path}.", definition.key);
        return Some(Obstacle { message: NO_SCRIPTS, hint });
    }
    None
}

impl std::fmt::Debug for DefinedElement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DefinedElement").field("key", &self.info.key).finish_non_exhaustive()
    }
}
