//! The Swagger 2.0 documents (spec P 5.5, 6.12, 7.8).

use serde_json::Value;
use url::Url;

use super::catalog::{known_hub, of_hub};
use super::instances::mapped::Mapped;
use super::instances::{addressed, known_element};
use crate::element::Element;
use crate::engine::call::Call;
use crate::engine::contract::PREFIX;
use crate::engine::describe::{Common, Subject, Swagger};
use crate::engine::failure::Failure;
use crate::engine::reply::Reply;
use crate::engine::store::{InstanceRow, Scope};
use crate::engine::transform::{DEFAULT_TYPE, MappedField, MappingSpec};

const NO_OPERATION: &str = "No operation found";

/// `GET /elements/{keyOrId}/docs`
pub(crate) async fn element(call: &Call) -> Result<Reply, Failure> {
    let element = known_element(call, call.param("keyOrId"))?;
    document(&swagger(call, &element.info().key, vec![&**element], Vec::new())?, asked(call))
}

/// `GET /docs/{hub}`
pub(crate) async fn hub(call: &Call) -> Result<Reply, Failure> {
    let info = known_hub(call, call.param("hub"))?;
    let mut swagger = swagger(call, &info.key, of_hub(call, info).collect(), Vec::new())?;
    swagger.base_path = format!("{PREFIX}/hubs/{}", info.key);
    swagger.hub = true;
    document(&swagger, asked(call))
}

/// `GET /instances/{id}/docs` and, by token, `GET /instances/docs`
pub(crate) async fn instance(call: &Call) -> Result<Reply, Failure> {
    let row = addressed(call).await?;
    document(&of_instance(call, &row).await?, asked(call))
}

/// `GET /instances/{id}/docs/{operationId}` and, by token, `GET /instances/docs/{operationId}`
pub(crate) async fn operation(call: &Call) -> Result<Reply, Failure> {
    let row = addressed(call).await?;
    document(&of_instance(call, &row).await?, Subject::Operation(call.param("operationId")))
}

/// `GET …/docs/{operationId}/definitions`: the schemas of the operation by name.
pub(crate) async fn definitions(call: &Call) -> Result<Reply, Failure> {
    let row = addressed(call).await?;
    let found = of_instance(call, &row).await?.operation_definitions(call.param("operationId"));
    Reply::json(&found.ok_or_else(|| Failure::not_found(NO_OPERATION))?)
}

/// `GET /objects/{name}/docs`
pub(crate) async fn object(call: &Call) -> Result<Reply, Failure> {
    let name = call.param("name");
    let swagger = of_instance(call, call.instance()?).await?;
    let own = swagger.common.iter().any(|common| common.name == name);
    let subject = match call.element()?.find_object(name) {
        _ if own => Subject::Common(name),
        Some(object) => Subject::Object(object),
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

async fn of_instance<'a>(call: &'a Call, row: &InstanceRow) -> Result<Swagger<'a>, Failure> {
    let element = call.engine.elements.by_id(row.element_id).map(|element| &**element);
    let key = element.map_or("", |element| &element.info().key);
    swagger(call, key, element.into_iter().collect(), common_resources(call, row, element).await?)
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
    common: Vec<Common>,
) -> Result<Swagger<'a>, Failure> {
    check_version(call)?;
    let (schemes, host) = match call.query.filled("baseUrl") {
        Some(text) => base(text)?,
        None => (vec!["https".to_owned(), "http".to_owned()], own_host(call)),
    };
    Ok(Swagger {
        published_only: call.engine.options.published_only,
        routes: &call.engine.gateway.routes,
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
    })
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
