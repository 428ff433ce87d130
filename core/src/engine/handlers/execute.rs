//! Dry runs (spec P 9.9): applying a transformation to a record of the caller without calling the vendor.

use serde_json::{Map, Value};

use super::instances::{NO_INSTANCE, known_element};
use super::records::{keeps_nulls, script_configuration};
use super::transformations::NO_TRANSFORMATION;
use crate::auth::Secret;
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::reply::Reply;
use crate::engine::script::Phase;
use crate::engine::store::{Instances, Owner, Scope, TransformationRow};
use crate::engine::transform::{
    Mapping, MappingDirection, MappingSpec, Transformation, check_name, kept_results, transformed,
};
use crate::record::strip_nulls;

/// `POST /transformations/{name}/execute`
pub(crate) async fn run(call: &Call) -> Result<Reply, Failure> {
    let body = call.json_object().await?;
    let payload = body.get("payload").filter(|payload| payload.is_object() || payload.is_array());
    let payload = payload.ok_or_else(|| Failure::bad_request("payload must be an object or an array"))?;
    let direction = direction(&body)?;
    let chain = Chain::of(call, &body).await?;
    let recipe = match draft(call, &body, &chain)? {
        Some(draft) => MappingSpec::with_draft(&call.engine.store, chain.scope, draft).await?,
        None => MappingSpec::find(&call.engine.store, chain.scope, chain.element_id, call.param("name")).await?,
    };
    let recipe = recipe.ok_or_else(|| Failure::not_found(NO_TRANSFORMATION))?;
    let records = match payload {
        Value::Array(records) => records.clone(),
        record => vec![record.clone()],
    };
    let mut runner = recipe.runner(
        &call.engine,
        call.caller.user()?.organization_id,
        Phase::Request,
        script_configuration(call, chain.token.as_ref()),
    );
    let outcomes = transformed(&Mapping::compile(&recipe), runner.as_mut(), direction, records).await?;
    let mut results = kept_results(outcomes)?;
    if direction == MappingDirection::FromVendor && !chain.nulls {
        results.iter_mut().for_each(strip_nulls);
    }
    match payload {
        Value::Array(_) => Reply::json(&results),
        // A record that its script drops yields an empty result.
        _ => Reply::json(&results.pop().unwrap_or_default()),
    }
}

/// Returns the transformation of the body, which is tried in place of that of the instance and not stored.
fn draft(call: &Call, body: &Map<String, Value>, chain: &Chain) -> Result<Option<TransformationRow>, Failure> {
    let Some(given) = body.get("transformation").filter(|given| !given.is_null()) else { return Ok(None) };
    let given = given.as_object().ok_or_else(|| Failure::bad_request("transformation must be an object"))?;
    let Instances::One(instance) = chain.scope.instances else {
        return Err(Failure::bad_request("transformation needs instanceId"));
    };
    let name = call.param("name");
    check_name(name).map_err(Failure::bad_request)?;
    Ok(Some(TransformationRow {
        owner: Owner::Instance(instance),
        element_id: chain.element_id,
        name: name.to_owned(),
        body: Transformation::read(name, given).map_err(Failure::bad_request)?,
        created_us: 0,
    }))
}

fn direction(body: &Map<String, Value>) -> Result<MappingDirection, Failure> {
    match body.get("method") {
        None | Some(Value::Null) => Ok(MappingDirection::FromVendor),
        Some(method) => match method.as_str().unwrap_or_default().to_ascii_uppercase().as_str() {
            "GET" => Ok(MappingDirection::FromVendor),
            "POST" | "PUT" | "PATCH" => Ok(MappingDirection::ToVendor),
            _ => Err(Failure::bad_request("method must be GET, POST, PUT or PATCH")),
        },
    }
}

/// The transformations that apply: those visible to an instance, or those of the caller's account and above.
struct Chain {
    scope: Scope,
    element_id: i64,
    /// Token of the instance.
    token: Option<Secret>,
    /// Whether responses keep nulls.
    nulls: bool,
}

impl Chain {
    async fn of(call: &Call, body: &Map<String, Value>) -> Result<Self, Failure> {
        let user = call.caller.user()?;
        let given = |name: &str| body.get(name).filter(|id| !id.is_null());
        if let Some(id) = given("instanceId") {
            let id = id.as_i64().or_else(|| id.as_str()?.parse().ok()).unwrap_or_default();
            let instance = call.engine.store.instance(user.account_id, id).await?;
            let instance = instance.ok_or_else(|| Failure::not_found(NO_INSTANCE))?;
            let scope = Scope::of_instance(user.organization_id, &instance);
            return Ok(Self {
                scope,
                element_id: instance.element_id,
                nulls: keeps_nulls(&instance),
                token: Some(instance.token),
            });
        }
        let missing = || Failure::bad_request("elementId or instanceId is required");
        let element = given("elementId").ok_or_else(missing)?;
        let element = element.as_str().map_or_else(|| element.to_string(), str::to_owned);
        let element = known_element(call, &element).await?;
        let scope =
            Scope { organization: user.organization_id, account: Some(user.account_id), instances: Instances::None };
        Ok(Self { scope, element_id: element.info().id, nulls: false, token: None })
    }
}
