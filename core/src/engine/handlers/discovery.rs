//! Discovery by calls of the vendor (spec E 8.3, 8.13).

use std::sync::Arc;

use http::HeaderMap;
use serde_json::Value;

use super::input::without_secrets;
use super::records::{note_validity, verdict};
use crate::element::{Connector, DiscoveryCall, FoundObject, Parameters};
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::vendor::in_time;
use crate::vendor::VendorError;

/// Returns the objects that the vendor has for the instance. `None` if its element does not ask.
pub(super) async fn own_objects(call: &Call) -> Result<Option<Vec<FoundObject>>, Failure> {
    let asking = Asking::of(call)?;
    let answer = in_time(call, async |cx| match asking.connector.objects(&cx, asking.call()) {
        Some(answer) => Some(answer.await),
        None => None,
    });
    outcome(call, answer.await?).await
}

/// Returns the fields of an object, with those that the vendor has for the instance: the inner `None` if there are none at
/// all. `None` if its element does not ask.
pub(super) async fn own_fields(call: &Call, object: &str) -> Result<Option<Option<Vec<Value>>>, Failure> {
    let asking = Asking::of(call)?;
    let answer = in_time(call, async |cx| match asking.connector.fields(&cx, object, asking.call()) {
        Some(answer) => Some(answer.await),
        None => None,
    });
    outcome(call, answer.await?).await
}

/// Connection and input of a discovery call.
struct Asking {
    connector: Arc<dyn Connector>,
    parameters: Parameters,
    headers: HeaderMap,
}

impl Asking {
    fn of(call: &Call) -> Result<Self, Failure> {
        let (organization, instance) = (call.caller.user()?.organization_id, call.instance()?);
        let parameters = call.query.iter().map(|(name, value)| (name.to_owned().into(), value.to_owned()));
        Ok(Self {
            connector: call.engine.vendors.of(&call.engine, organization, call.element()?, instance)?,
            parameters: parameters.collect(),
            headers: without_secrets(&call.headers),
        })
    }

    fn call(&self) -> DiscoveryCall<'_> {
        DiscoveryCall { parameters: &self.parameters, headers: &self.headers }
    }
}

/// Returns the outcome of a call, and stores whether the vendor accepted the credentials.
async fn outcome<T>(call: &Call, answer: Option<Result<T, VendorError>>) -> Result<Option<T>, Failure> {
    let Some(answer) = answer else { return Ok(None) };
    // Scripts of the element may read any of them.
    call.query.iter().for_each(|(name, _)| call.query.note(name));
    let outcome = answer.map_err(Failure::from);
    note_validity(call, call.instance()?, verdict(&outcome)).await;
    outcome.map(Some)
}
