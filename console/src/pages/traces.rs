//! Traces: what the service was asked for one call of an instance (spec P 6.10).

use askama::Template;
use elementkit::InstanceHandle;
use http::Method;
use serde::Deserialize;

use super::instance::Head;
use crate::PATH;
use crate::failure::{Explanation, Failure, Outcome};
use crate::form;
use crate::page::{self, Section, Shell};
use crate::request::Request;
use crate::shown;
use crate::texts::{EN, Texts, with};

/// A call of the service.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct VendorCall {
    path: String,
    status: Option<u16>,
    records: Option<u64>,
    error: Option<String>,
    process_time: u64,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Trace {
    request_id: String,
    method: String,
    path: String,
    query: String,
    status: u16,
    vendor_requests: Vec<VendorCall>,
}

struct Row {
    call: String,
    status: String,
    is_failed: bool,
    records: String,
    took: String,
    error: Option<String>,
}

struct Shown {
    call: String,
    status: u16,
    is_failed: bool,
    request_id: String,
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "traces.html")]
struct Traces<'a> {
    shell: Shell<'a>,
    t: &'static Texts,
    head: Head,
    is_on: bool,
    paths: Vec<String>,
    request_id: &'a str,
    trace: Option<Shown>,
    error: Option<Explanation>,
}

/// `GET /instances/{id}/traces?request=…`
pub(crate) async fn show(request: &Request) -> Outcome {
    let instance = request.instance().await?;
    let asked = request.query.filled("request");
    let found = match asked {
        Some(id) => find(request, &instance, id).await.map(Some),
        None => Ok(None),
    };
    match found {
        Ok(trace) => shown(request, &instance, trace, None).await,
        Err(Failure::Platform(error)) => shown(request, &instance, None, Some(Explanation::of(&error))).await,
        Err(failure) => Err(failure),
    }
}

/// Returns the trace of a call, whose id is its request id.
async fn find(request: &Request, instance: &InstanceHandle, id: &str) -> Result<Trace, Failure> {
    let key = &instance.describe().await?.element.key;
    let path = format!("elements/{}/trace/{}", form::segment(key), form::segment(id));
    Ok(request.platform()?.request(Method::GET, path).send().await?.json().await?)
}

async fn shown(
    request: &Request,
    instance: &InstanceHandle,
    trace: Option<Trace>,
    error: Option<Explanation>,
) -> Outcome {
    let (head, lists) = Head::of(request, instance, "traces").await?;
    let is_on = instance.describe().await?.trace_logging_enabled == Some(true);
    let shell = Shell::new(request, Section::Instances, head.name.clone());
    let paths = lists.top().map(|list| list.template.clone()).collect();
    let (request_id, trace) = (request.query.filled("request").unwrap_or_default(), trace.map(view));
    page::html(&Traces { shell, t: &EN, head, is_on, paths, request_id, trace, error })
}

fn view(trace: Trace) -> Shown {
    let query = if trace.query.is_empty() { String::new() } else { format!("?{}", trace.query) };
    let row = |call: VendorCall| Row {
        is_failed: call.status.is_none_or(|status| status >= 400),
        call: shown::shortened(&call.path, 300),
        status: call.status.map_or_else(|| EN.trace_no_answer.to_owned(), |status| status.to_string()),
        records: call.records.map(shown::number).unwrap_or_default(),
        took: with(EN.usage_took, &[&shown::number(call.process_time)]),
        error: call.error,
    };
    Shown {
        call: format!("{} {}{query}", trace.method, trace.path),
        status: trace.status,
        is_failed: trace.status >= 400,
        request_id: trace.request_id,
        rows: trace.vendor_requests.into_iter().map(row).collect(),
    }
}

/// `POST /instances/{id}/traces`: turns tracing on or off, or makes one traced call.
pub(crate) async fn act(request: &Request) -> Outcome {
    let instance = request.instance().await?;
    let id = instance.describe().await?.id;
    let own = format!("{PATH}/instances/{id}/traces");
    let switch = |method: Method| async move {
        request.platform()?.request(method, format!("instances/{id}/trace-logging")).send().await?;
        Ok::<_, Failure>(())
    };
    match request.form.get("act") {
        Some("on") => switch(Method::PUT).await?,
        Some("off") => switch(Method::DELETE).await?,
        _ => {
            switch(Method::PUT).await?;
            let path = request.form.filled("path").ok_or(Failure::BadForm)?;
            let made = instance.call(Method::GET, path).query("pageSize", "1").send().await;
            let request_id = match &made {
                Ok(answer) => answer.request_id().map(str::to_owned),
                Err(error) => error.info().request_id.clone(),
            };
            let request_id = request_id.unwrap_or_default();
            return page::redirect(&form::address(&own, [("request", request_id.as_str())]));
        }
    }
    page::redirect(&own)
}
