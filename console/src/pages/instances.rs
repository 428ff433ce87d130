//! The list of instances, page by page.

use askama::Template;
use elementkit::model::Instance;
use elementkit::{Platform, Result};
use http::Method;

use crate::failure::Outcome;
use crate::form;
use crate::page::{self, Section, Shell};
use crate::request::Request;
use crate::shown::{self, Badge};
use crate::texts::{EN, Texts};

/// Number of instances on a page.
const PAGE: usize = 50;

/// An instance in a list.
pub(crate) struct InstanceRow {
    pub id: i64,
    pub name: String,
    pub element: String,
    pub created: String,
    pub badge: Badge,
}

impl InstanceRow {
    pub fn of(instance: &Instance) -> Self {
        Self {
            id: instance.id,
            name: instance.name.clone(),
            element: instance.element.name.clone(),
            created: instance.created_date.as_deref().map(shown::iso_time).unwrap_or_default(),
            badge: shown::instance_badge(instance),
        }
    }
}

#[derive(Template)]
#[template(path = "instances.html")]
struct List<'a> {
    shell: Shell<'a>,
    t: &'static Texts,
    search: &'a str,
    instances: Vec<InstanceRow>,
    total: String,
    /// Address of the next page.
    next: Option<String>,
    is_first: bool,
}

/// `GET /instances`
pub(crate) async fn list(request: &Request) -> Outcome {
    let platform = request.platform()?;
    let (search, token) = (request.query.filled("search").unwrap_or_default(), request.query.filled("page"));
    let (instances, next) =
        page_of(platform, &[("searchText", search), ("nextPage", token.unwrap_or_default())], PAGE).await?;
    let total = platform.instances().count().await?.total_instances;
    let next = next.map(|token| form::address("", [("search", search), ("page", &token)]));
    let shell = Shell::new(request, Section::Instances, EN.instances_title);
    let instances = instances.iter().map(InstanceRow::of).collect();
    let (total, is_first) = (shown::number(total), token.is_none());
    page::html(&List { shell, t: &EN, search, instances, total, next, is_first })
}

/// Returns a page of instances and the token of the next one.
pub(crate) async fn page_of(
    platform: &Platform,
    parameters: &[(&str, &str)],
    size: usize,
) -> Result<(Vec<Instance>, Option<String>)> {
    let mut call = platform.request(Method::GET, "instances").query("pageSize", size.to_string());
    for (name, value) in parameters.iter().filter(|(_, value)| !value.is_empty()) {
        call = call.query(name, *value);
    }
    match call.send().await {
        Ok(answer) => {
            let next = answer.next_page_token().map(str::to_owned);
            Ok((answer.json().await?, next))
        }
        Err(error) if error.is_none_found() => Ok((Vec::new(), None)),
        Err(error) => Err(error),
    }
}
