//! Instances and executions of formulas (spec P 12.3): there are none, because formulas are not run.

use serde_json::Value;

use super::addressed;
use crate::engine::call::Call;
use crate::engine::contract::FORMULAS_NOT_RUN;
use crate::engine::failure::Failure;
use crate::engine::reply::Reply;

/// `GET /formulas/instances` and `GET /formulas/instances/executions`.
pub(crate) async fn none(_: &Call) -> Result<Reply, Failure> {
    Reply::json(&Vec::<Value>::new())
}

/// `GET /formulas/{id}/instances` and what the instances of a formula did.
pub(crate) async fn none_of_formula(call: &Call) -> Result<Reply, Failure> {
    addressed(call).await?;
    none(call).await
}

/// `POST /formulas/{id}/instances`.
pub(crate) async fn start(call: &Call) -> Result<Reply, Failure> {
    addressed(call).await?;
    Err(Failure::bad_request(FORMULAS_NOT_RUN))
}

/// `POST /formulas/instances/{instanceId}/executions`.
pub(crate) async fn run(_: &Call) -> Result<Reply, Failure> {
    Err(Failure::bad_request(FORMULAS_NOT_RUN))
}

/// An instance by id, which never exists.
pub(crate) async fn instance(_: &Call) -> Result<Reply, Failure> {
    Err(Failure::not_found("No formula instance found"))
}

/// An instance of a formula by id, which never exists.
pub(crate) async fn instance_of_formula(call: &Call) -> Result<Reply, Failure> {
    addressed(call).await?;
    instance(call).await
}

/// An execution by id, which never exists.
pub(crate) async fn execution(_: &Call) -> Result<Reply, Failure> {
    Err(Failure::not_found("No formula execution found"))
}
