//! The Swagger 2.0 documents (spec P 5.5, 6.12, 7.8).

use std::sync::Arc;

use serde_json::Value;
use url::Url;

use super::catalog::of_hub;
use super::discovery::own_fields;
use super::instances::mapped::Mapped;
use super::instances::{addressed, known_element};
use crate::element::Element;
use crate::engine::call::Call;
use crate::engine::contract::PREFIX;
use crate::engine::describe::{Common, Subject, Swagger};
use crate::engine::failure::Failure;
use crate::engine::reply::Reply;
use crate::engine::request_context::Scheme;
use crate::engine::router::ElementRoutes;
use crate::engine::store::{InstanceRow, Scope};
use crate::engine::transform::{DEFAULT_TYPE, MappedField, MappingSpec};

const NO_OPERATION: &str = "No operation found";

/// `GET /elements/{keyOrId}/docs`
pub(crate) async fn element(call: &Call) -> Result<Reply, Failure> {
    let element = known_element(call, call.param("keyOrId")).await?;
    let own = own_routes(call, std::slice::from_ref(&element)).await?;
    document(&swagger(call, &element.info().key, vec![&*element], &own, Vec::new())?, asked(call))
}

/// `GET /docs/{hub}`
pub(crate) async fn hub(call: &Call) -> Result<Reply, Failure> {
    let elements = of_hub(call, call.param("hub")).await?;
    let own = own_routes(call, &elements).await?;
    let key = call.param("hub");
    let mut swagger = swagger(call, key, elements.iter().map(|element| &**element).collect(), &own, Vec::new())?;
    swagger.base_path = format!("{PREFIX}/hubs/{key}");
    swagger.hub = true;
    document(&swagger, asked(call))
}

/// `GET /docs/all_platform`: the calls of the platform itself.
pub(crate) async fn platform(call: &Call) -> Result<Reply, Failure> {
    document(&swagger(call, "platform", Vec::new(), &[], Vec::new())?, Subject::Platform)
}

/// `GET /instances/{id}/docs` and, by token, `GET /instances/docs`
pub(crate) async fn instance(call: &Call) -> Result<Reply, Failure> {
    let shown = Shown::of(call, &addressed(call).await?).await?;
    document(&shown.swagger(call)?, asked(call))
}

/// `GET /instances/{id}/docs/{operationId}` and, by token, `GET /instances/docs/{operationId}`
pub(crate) async fn operation(call: &Call) -> Result<Reply, Failure> {
    let shown = Shown::of(call, &addressed(call).await?).await?;
    document(&shown.swagger(call)?, Subject::Operation(call.param("operationId")))
}

/// `GET …/docs/{operationId}/definitions`: the schemas of the operation by name.
pub(crate) async fn definitions(call: &Call) -> Result<Reply, Failure> {
    let shown = Shown::of(call, &addressed(call).await?).await?;
    let found = shown.swagger(call)?.operation_definitions(call.param("operationId"));
    Reply::json(&found.ok_or_else(|| Failure::not_found(NO_OPERATION))?)
}

/// `GET /objects/{name}/docs`
pub(crate) async fn object(call: &Call) -> Result<Reply, Failure> {
    let name = call.param("name");
    let shown = Shown::of(call, call.instance()?).await?;
    let mut swagger = shown.swagger(call)?;
    let own = swagger.common.iter().any(|common| common.name == name);
    let subject = match call.element()?.find_object(name) {
        _ if own => Subject::Common(name),
        Some(object) => {
            if swagger.discovery {
                // A vendor that fails is seen in the trace (spec E 8.50).
                let fields = own_fields(call, &call.element()?.object(object).name).await;
                swagger.fields = fields.ok().flatten().flatten().unwrap_or_default();
            }
            Subject::Object(object)
        }
        None => return Err(Failure::not_found("No object found")),
    };
    let found: Option<Value> = swagger.document(subject);
    Reply::json(&found.ok_or_else(|| Failure::not_found("No object found"))?)
}

/// Returns the operation that a call names, or all.
fn asked(call: &Call) -> Subject<'_> {
    call.query.filled("operationId").map_or(Subject::All, Subject::Operation)
}

fn document(swagger: &Swagger<'_>, subject: Subject<'_>) -> Result<Reply, Failure> {
    Reply::json(&swagger.document(subject).ok_or_else(|| Failure::not_found(NO_OPERATION))?)
}

/// The parts of the document of an instance.
struct Shown {
    element: Option<Arc<dyn Element>>,
    own: Vec<Arc<ElementRoutes>>,
    common: Vec<Common>,
}

impl Shown {
    async fn of(call: &Call, row: &InstanceRow) -> Result<Self, Failure> {
        let element = call.element_by_id(row.element_id).await?;
        let own = own_routes(call, element.as_slice()).await?;
        let common = common_resources(call, row, element.as_deref()).await?;
        Ok(Self { element, own, common })
    }

    fn swagger<'a>(&'a self, call: &'a Call) -> Result<Swagger<'a>, Failure> {
        let element = self.element.as_deref();
        let key = element.map_or("", |element| &element.info().key);
        swagger(call, key, element.into_iter().collect(), &self.own, self.common.clone())
    }
}

/// Returns the routes of the elements among these that are documents of the organization.
async fn own_routes(call: &Call, elements: &[Arc<dyn Element>]) -> Result<Vec<Arc<ElementRoutes>>, Failure> {
    let mut own = Vec::new();
    for id in elements.iter().map(|element| element.info().id) {
        if let Some(user) = call.caller.user.as_ref().filter(|_| call.engine.elements.by_id(id).is_none()) {
            own.extend(call.engine.defined_routes(user.organization_id, id).await?);
        }
    }
    Ok(own)
}

/// Returns the common resources that are mapped for an instance.
async fn common_resources(
    call: &Call,
    row: &InstanceRow,
    element: Option<&dyn Element>,
) -> Result<Vec<Common>, Failure> {
    let mapped = Mapped::of(call, std::slice::from_ref(row)).await?;
    let scope = Scope::of_instance(call.caller.user()?.organization_id, row);
    let mut all = Vec::new();
    for (name, _) in mapped.names(row) {
        let Some(recipe) = MappingSpec::find(&call.engine.store, scope, row.element_id, name).await? else { continue };
        let kind = |field: &MappedField| field.kind.clone().unwrap_or_else(|| DEFAULT_TYPE.to_owned());
        all.push(Common {
            name: name.to_owned(),
            object: element.and_then(|element| element.find_object(&recipe.vendor_name)),
            fields: recipe.shown_fields().map(|field| (field.path.clone(), kind(field))).collect(),
            documented: recipe.is_documented(),
        });
    }
    Ok(all)
}

fn swagger<'a>(
    call: &'a Call,
    title: &'a str,
    elements: Vec<&'a dyn Element>,
    own: &'a [Arc<ElementRoutes>],
    common: Vec<Common>,
) -> Result<Swagger<'a>, Failure> {
    check_version(call)?;
    let (schemes, host) = match call.query.filled("baseUrl") {
        Some(text) => base(text)?,
        None => (schemes(call).map(str::to_owned).to_vec(), own_host(call)),
    };
    Ok(Swagger {
        published_only: call.engine.options.published_only,
        routes: &call.engine.gateway.routes,
        own,
        elements,
        title,
        base_path: PREFIX.to_owned(),
        host,
        schemes,
        hub: false,
        common,
        discovery: call.query.flag("discovery"),
        basic: call.query.flag("basic"),
        resolve: call.query.flag("resolveReferences"),
        fields: Vec::new(),
    })
}

/// Returns both schemes, that of the request first, which generators of clients take (spec P 5.5).
fn schemes(call: &Call) -> [&'static str; 2] {
    match call.scheme {
        Some(Scheme::Http) => ["http", "https"],
        Some(Scheme::Https) | None => ["https", "http"],
    }
}

/// Accepts any version number, since only the newest version of a document exists.
fn check_version(call: &Call) -> Result<(), Failure> {
    match call.query.filled("version").map(str::parse::<i64>) {
        None | Some(Ok(-1..)) => Ok(()),
        Some(_) => Err(Failure::bad_request("version must be a whole number, -1 for the newest")),
    }
}

fn base(text: &str) -> Result<(Vec<String>, String), Failure> {
    let wrong = || Failure::bad_request("baseUrl must be an http or https address");
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https")).ok_or_else(wrong)?;
    let host = url.host_str().ok_or_else(wrong)?;
    let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    Ok((vec![url.scheme().to_owned()], host))
}

/// Returns the host that the caller used.
fn own_host(call: &Call) -> String {
    call.header(http::header::HOST).unwrap_or("localhost").to_owned()
}
