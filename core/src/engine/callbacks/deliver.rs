//! One delivery: to a URL, or to this platform itself.

use std::sync::Arc;

use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use http::{Method, Request};
use serde_json::Value;
use url::Url;

use super::{TIMEOUT, own_path};
use crate::auth::Authorization;
use crate::body;
use crate::engine::EngineInner;
use crate::engine::bulk::{self, JobEnd, JobSpec, Notification};
use crate::engine::contract::{PREFIX, SIGNATURE_KEY};
use crate::engine::store::{CallbackRow, InstanceRow, JobRow};
use crate::http_client::is_private_host;
use crate::http_client::reason;
use crate::webhook;

const WEBHOOK_ID: &str = "elements-webhook-id";
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Delivers a callback, or returns why it failed.
pub(super) async fn deliver(engine: &Arc<EngineInner>, callback: &CallbackRow) -> Result<(), String> {
    let text = |error: crate::error::Error| error.message().to_owned();
    let gone = || "the instance no longer exists".to_owned();
    let instance = engine.store.any_instance(callback.instance_id).await.map_err(text)?.ok_or_else(gone)?;
    let job = engine.store.job(&instance, callback.job_id).await.map_err(text)?.ok_or_else(gone)?;
    let spec: JobSpec = serde_json::from_slice(&job.spec).map_err(|_| "the job cannot be read".to_owned())?;
    let Some(notification) = spec.job_options.notification else { return Ok(()) };
    let body = body_of(callback, &job, notification.payload.as_ref())?;
    let request = Request::builder().method(Method::POST).header(CONTENT_TYPE, JSON);
    let mut request = request.header(WEBHOOK_ID, &callback.webhook_id);
    // The key in effect now is used, not the one at the start of the job (spec P 13).
    if let Some(key) = instance.configuration.get(SIGNATURE_KEY).filter(|key| !key.is_empty()) {
        request = request.header(webhook::HEADER, webhook::sign(key, body.as_bytes()));
    }
    let status = match notification.url.starts_with('/') {
        true => call_self(engine, request, &instance, &notification, body).await?,
        false => call_out(engine, request, &notification, body).await?,
    };
    if (200..300).contains(&status) { Ok(()) } else { Err(format!("responded with status {status}")) }
}

/// Returns the status object at the end of the job, with the caller's own JSON.
fn body_of(callback: &CallbackRow, job: &JobRow, payload: Option<&Value>) -> Result<String, String> {
    let mut body = bulk::ended(job, &JobEnd::reported(callback));
    if let Some(payload) = payload {
        body.other.insert("callback-payload".to_owned(), payload.clone());
    }
    serde_json::to_string(&body).map_err(|error| error.to_string())
}

async fn call_out(
    engine: &EngineInner,
    request: http::request::Builder,
    notification: &Notification,
    body: String,
) -> Result<u16, String> {
    let url = Url::parse(&notification.url).map_err(|_| "the URL cannot be read".to_owned())?;
    // The resolver checks names only, and the options may have changed since the job was started.
    if !engine.options.allow_private_callbacks && is_private_host(&url) {
        return Err("the URL has a private address".to_owned());
    }
    let request = request.uri(url.as_str()).body(body).map_err(|_| "the request cannot be made".to_owned())?;
    let request = reqwest::Request::try_from(request).map_err(|error| reason(&error))?;
    let answer = engine.callbacks.client.execute(request).await.map_err(|error| reason(&error))?;
    Ok(answer.status().as_u16())
}

/// Calls this platform with the credentials of the instance's owner.
async fn call_self(
    engine: &Arc<EngineInner>,
    request: http::request::Builder,
    instance: &InstanceRow,
    notification: &Notification,
    body: String,
) -> Result<u16, String> {
    let owner = engine.store.credentials_of(instance.user_id).await.map_err(|error| error.message().to_owned())?;
    let (user, organization) = owner.ok_or_else(|| "the owner of the instance no longer exists".to_owned())?;
    let authorization = Authorization {
        user: Some(user),
        organization: Some(organization),
        element: Some(instance.token.clone()),
        bearer: None,
    };
    let path = format!("{}{}", PREFIX, own_path(&notification.url));
    let request = request.header(AUTHORIZATION, authorization.to_header()).uri(path).body(body::full(body));
    let request = request.map_err(|_| "the path cannot be called".to_owned())?;
    let answer = tokio::time::timeout(TIMEOUT, (engine.gateway.answer)(Arc::clone(engine), request)).await;
    answer.map(|answer| answer.status().as_u16()).map_err(|_| "no response in time".to_owned())
}
