//! The bulk jobs of an instance, and the form that starts one.

use askama::Template;
use elementkit::query::{Expr, ParseError, parse_where, select};
use elementkit::{BulkQuery, InstanceHandle};
use http::StatusCode;

use super::instance::Head;
use super::job::JobRow;
use super::lists::{Lists, Place, fields};
use crate::PATH;
use crate::failure::{self, Explanation, Failure, Outcome};
use crate::form::{self, Pairs};
use crate::page::{self, Section, Shell};
use crate::request::Request;
use crate::texts::{EN, Texts};

/// A choice of the form.
pub(crate) struct Choice {
    pub value: String,
    pub title: String,
    pub is_chosen: bool,
}

/// A syntax error, cut at its place.
pub(crate) struct Mistake {
    pub before: String,
    pub rest: String,
    pub expected: String,
}

impl From<&ParseError> for Mistake {
    fn from(error: &ParseError) -> Self {
        let at = error.excerpt.char_indices().nth(error.before).map_or(error.excerpt.len(), |(at, _)| at);
        let (before, rest) = error.excerpt.split_at(at);
        let expected = crate::texts::with(EN.filter_expected, &[&error.expected, &error.found]);
        Self { before: before.to_owned(), rest: rest.to_owned(), expected }
    }
}

#[derive(Template)]
#[template(path = "bulk.html")]
struct Jobs<'a> {
    shell: Shell<'a>,
    t: &'static Texts,
    head: Head,
    choices: Vec<Choice>,
    condition: &'a str,
    from: &'a str,
    to: &'a str,
    mistake: Option<Mistake>,
    error: Option<Explanation>,
    jobs: Vec<JobRow>,
    next: Option<String>,
}

/// `GET /instances/{id}/bulk`
pub(crate) async fn list(request: &Request) -> Outcome {
    shown(request, &request.query, StatusCode::OK, None, None).await
}

async fn shown(
    request: &Request,
    asked: &Pairs,
    status: StatusCode,
    mistake: Option<Mistake>,
    error: Option<Explanation>,
) -> Outcome {
    let instance = request.instance().await?;
    let (head, lists) = Head::of(request, &instance, "bulk").await?;
    let choices = choices(&lists, asked.filled("path"));
    let (jobs, next) = instance.bulk().page(request.query.filled("page")).await?;
    let jobs = jobs.iter().map(|job| JobRow::of(job, head.id, None)).collect();
    let next = next.map(|token| form::address("", [("page", token.as_str())]));
    let text = |name| asked.filled(name).unwrap_or_default();
    let (condition, from, to) = (text("where"), text("from"), text("to"));
    let shell = Shell::new(request, Section::Instances, head.name.clone());
    page::html_with(status, &Jobs { shell, t: &EN, head, choices, condition, from, to, mistake, error, jobs, next })
}

/// Returns the lists that a job can read: those without variables, and the one that was asked for.
pub(crate) fn choices(lists: &Lists, chosen: Option<&str>) -> Vec<Choice> {
    let top = lists.top().map(|list| (list.template.clone(), list.title()));
    let mut choices: Vec<Choice> =
        top.map(|(value, title)| Choice { is_chosen: chosen == Some(&value), value, title }).collect();
    if let Some(place) = chosen.and_then(|path| Some((path, lists.find(path)?))) {
        let (path, place) = place;
        if !place.variables.is_empty() {
            choices.insert(0, Choice { value: path.to_owned(), title: title_of(&place), is_chosen: true });
        }
    }
    choices
}

/// Returns the name of a list with the values of its variables.
pub(crate) fn title_of(place: &Place<'_>) -> String {
    let values: Vec<String> = place.variables.iter().map(|(name, value)| format!("{name} {value}")).collect();
    match values.is_empty() {
        true => place.list.title(),
        false => format!("{} ({})", place.list.title(), values.join(", ")),
    }
}

/// `POST /instances/{id}/bulk`
pub(crate) async fn start(request: &Request) -> Outcome {
    let instance = request.instance().await?;
    let id = request.param("id").parse().map_err(|_| Failure::NotFound)?;
    let lists = Lists::of(request.platform()?, id).await?;
    let form = &request.form;
    let condition = match parse_where(form.filled("where").unwrap_or_default()) {
        Ok(condition) => condition,
        Err(error) => {
            return shown(request, form, StatusCode::BAD_REQUEST, Some(Mistake::from(&error)), None).await;
        }
    };
    let place = form.filled("path").and_then(|path| lists.find(path)).ok_or(Failure::BadForm)?;
    let mut query = BulkQuery::new(statement_of(&instance, &place, condition).await);
    if let Some(from) = form.filled("from") {
        query = query.from(from);
    }
    if let Some(to) = form.filled("to") {
        query = query.to(to);
    }
    match instance.bulk().query(query).await.map_err(Failure::from) {
        Ok(job) => page::redirect(&format!("{PATH}/instances/{id}/bulk/{}", form::segment(job.id()))),
        Err(Failure::Platform(error)) => {
            shown(request, form, failure::status(&error), None, Some(Explanation::of(&error))).await
        }
        Err(failure) => Err(failure),
    }
}

/// Returns the statement that reads the records of a list that match a condition.
pub(crate) async fn statement_of(instance: &InstanceHandle, place: &Place<'_>, condition: Option<Expr>) -> String {
    let known = fields(instance, &place.list.object).await;
    let has = |name: &str| known.iter().any(|field| field.name == name);
    let of_place = place.variables.iter().filter(|(name, _)| has(name));
    let conditions = of_place.map(|(name, value)| elementkit::query::field(*name).eq(value.as_str())).chain(condition);
    let all = select(&place.list.object);
    match conditions.reduce(Expr::and) {
        Some(condition) => all.filter(condition).to_string(),
        None => all.to_string(),
    }
}
