//! Switches of an instance (enabled, trace logging) and token rotation (spec P 6.9, 6.10, 16.4).

use super::{addressed, no_instance, show};
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::reply::Reply;
use crate::engine::store::{InstanceRow, now_s};

/// Duration of trace logging.
const TRACE_S: i64 = 60 * 60;

/// `PUT …/enabled`
pub(crate) async fn enable(call: &Call) -> Result<Reply, Failure> {
    set_disabled(call, false).await
}

/// `DELETE …/enabled`
pub(crate) async fn disable(call: &Call) -> Result<Reply, Failure> {
    set_disabled(call, true).await
}

async fn set_disabled(call: &Call, disabled: bool) -> Result<Reply, Failure> {
    let row = addressed(call).await?;
    let found = call.engine.store.set_disabled(row.id, disabled).await?;
    changed(call, InstanceRow { disabled, ..row }, found).await
}

/// `PUT …/trace-logging`
pub(crate) async fn trace(call: &Call) -> Result<Reply, Failure> {
    set_trace(call, now_s() + TRACE_S).await
}

/// `DELETE …/trace-logging`
pub(crate) async fn stop_trace(call: &Call) -> Result<Reply, Failure> {
    set_trace(call, 0).await
}

async fn set_trace(call: &Call, trace_until_s: i64) -> Result<Reply, Failure> {
    let row = addressed(call).await?;
    let found = call.engine.store.set_trace(row.id, trace_until_s).await?;
    changed(call, InstanceRow { trace_until_s, ..row }, found).await
}

/// `POST /instances/{id}/token`: replaces the token; the old one is invalid at once.
pub(crate) async fn rotate_token(call: &Call) -> Result<Reply, Failure> {
    let row = addressed(call).await?;
    if !call.engine.store.rotate_token(&row).await? {
        return Err(no_instance());
    }
    // Read again, because after a concurrent rotation the response would contain an invalid token.
    show(call, &addressed(call).await?).await
}

/// Responds with the changed instance, unless it was deleted meanwhile.
async fn changed(call: &Call, row: InstanceRow, found: bool) -> Result<Reply, Failure> {
    if found { show(call, &row).await } else { Err(no_instance()) }
}
