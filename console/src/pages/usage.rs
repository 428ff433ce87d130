//! The calls of the account during the last days.

use askama::Template;
use http::Method;
use serde::Deserialize;

use crate::failure::Outcome;
use crate::form;
use crate::page::{self, Section, Shell};
use crate::request::Request;
use crate::shown;
use crate::texts::{EN, Texts, with};

/// Number of calls on a page.
const PAGE: &str = "50";

/// A call, as far as it is shown.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Call {
    traffic_date: String,
    request_id: String,
    request_method: String,
    request_uri: String,
    request_status: String,
    response_code: u16,
    process_time: i64,
}

struct Row {
    time: String,
    call: String,
    code: u16,
    is_failed: bool,
    took: String,
    request_id: String,
}

#[derive(Template)]
#[template(path = "usage.html")]
struct UsagePage<'a> {
    shell: Shell<'a>,
    t: &'static Texts,
    search: &'a str,
    failed_only: bool,
    rows: Vec<Row>,
    next: Option<String>,
}

/// `GET /usage`
pub(crate) async fn list(request: &Request) -> Outcome {
    let query = &request.query;
    let search = query.filled("search").unwrap_or_default();
    let failed_only = query.get("failed").is_some();
    let mut call = request.platform()?.request(Method::GET, "usage").query("pageSize", PAGE);
    let status = if failed_only { "FAILED" } else { "" };
    let page = query.filled("page").unwrap_or_default();
    for (name, value) in [("searchText", search), ("status", status), ("nextPage", page)] {
        if !value.is_empty() {
            call = call.query(name, value);
        }
    }
    let (calls, next): (Vec<Call>, _) = match call.send().await {
        Ok(answer) => {
            let next = answer.next_page_token().map(str::to_owned);
            (answer.json().await?, next)
        }
        Err(error) if error.is_none_found() => (Vec::new(), None),
        Err(error) => return Err(error.into()),
    };
    let failed = if failed_only { "1" } else { "" };
    let next = next.map(|token| form::address("", [("search", search), ("failed", failed), ("page", &token)]));
    let rows = calls.into_iter().map(row).collect();
    let shell = Shell::new(request, Section::Usage, EN.usage_title);
    page::html(&UsagePage { shell, t: &EN, search, failed_only, rows, next })
}

fn row(call: Call) -> Row {
    Row {
        time: shown::iso_time(&call.traffic_date),
        call: format!("{} {}", call.request_method, shown::shortened(&call.request_uri, 160)),
        code: call.response_code,
        is_failed: call.request_status == "FAILED",
        took: with(EN.usage_took, &[&shown::number(u64::try_from(call.process_time).unwrap_or_default())]),
        request_id: call.request_id,
    }
}
