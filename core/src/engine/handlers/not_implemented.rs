//! Responses of known paths that are not implemented: those of spec P 14.9.

use serde_json::Value;

use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::reply::Reply;

/// Administration of accounts, users and roles (spec P 11).
pub(crate) async fn accounts(_: &Call) -> Result<Reply, Failure> {
    Err(Failure::bad_request("Account administration is not available"))
}

/// Usage analytics and metrics (spec P 12.1).
pub(crate) async fn analytics(_: &Call) -> Result<Reply, Failure> {
    Err(Failure::bad_request("Usage analytics are not available"))
}

/// Creation of a scheduled job (spec P 12.2).
pub(crate) async fn jobs(_: &Call) -> Result<Reply, Failure> {
    Err(Failure::bad_request("Scheduled jobs are not available"))
}

/// A scheduled job by id, which never exists (spec P 12.2).
pub(crate) async fn job(_: &Call) -> Result<Reply, Failure> {
    Err(Failure::not_found("No job found"))
}

/// Lists that are always empty: scheduled jobs, their executions and runs of workflows (spec P 10.10, 12.2).
pub(crate) async fn none(_: &Call) -> Result<Reply, Failure> {
    Reply::json(&Vec::<Value>::new())
}

/// Bulk workflows; with the header, scheduled ones (spec P 10.10).
pub(crate) async fn workflows(call: &Call) -> Result<Reply, Failure> {
    Err(Failure::bad_request(match call.header("elements-schedule-request") {
        Some(_) => "Scheduled bulk jobs are not available",
        None => "Bulk workflows are not available",
    }))
}
