//! The engagement of webinars: figures and pictures of what people did, made while the reader waits.

use std::sync::{Arc, OnceLock};

use askama::Template;
use elementkit::{Error, InstanceHandle, body};
use elementkit_report::{Engagement, Progress, Scope, Webcast};
use futures::{StreamExt, TryStreamExt};
use serde::Deserialize;
use serde_json::Value;
use tokio::task::AbortHandle;

use super::bulk::Choice;
use super::instance::Head;
use crate::PATH;
use crate::failure::{Explanation, Failure, Outcome};
use crate::form;
use crate::page::{self, Section, Shell};
use crate::request::Request;
use crate::shown;
use crate::texts::{EN, Texts, with};

/// Largest number of channels, and of webinars, that the form offers.
const OFFERED: usize = 500;

/// A report of a session. It ends with the session, and when another one is asked for.
pub(crate) struct Report {
    instance: i64,
    scope: Scope,
    work: Arc<Work>,
    task: AbortHandle,
}

#[derive(Default)]
struct Work {
    progress: Progress,
    outcome: OnceLock<Result<Engagement, Error>>,
}

impl Report {
    /// Starts to read the records.
    fn start(request: &Request, instance: InstanceHandle, id: i64, scope: Scope) -> Self {
        let (work, turns) = (Arc::<Work>::default(), Arc::clone(&request.state.reports));
        let (shared, asked) = (Arc::clone(&work), scope.clone());
        let task = tokio::spawn(async move {
            let _turn = turns.acquire().await;
            let outcome = elementkit_report::read(&instance, &asked, &shared.progress).await;
            let _ = shared.outcome.set(outcome);
        });
        Self { instance: id, scope, work, task: task.abort_handle() }
    }

    fn outcome(&self) -> Option<&Result<Engagement, Error>> {
        self.work.outcome.get()
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// State of a report, which a script fetches again until it is made.
#[derive(Template)]
#[template(path = "report.html")]
struct Made {
    t: &'static Texts,
    address: String,
    is_running: bool,
    read: String,
    pictures: Option<String>,
    error: Option<Explanation>,
}

impl Made {
    fn of(report: &Report) -> Result<Self, Failure> {
        let (pictures, error) = match report.outcome() {
            Some(Ok(figures)) => (Some(elementkit_report::pictures(figures)?), None),
            Some(Err(error)) => (None, Some(Explanation::of(error))),
            None => (None, None),
        };
        Ok(Self {
            t: &EN,
            address: format!("{PATH}/instances/{}/engagement", report.instance),
            is_running: report.outcome().is_none(),
            read: with(EN.engagement_read, &[&shown::number(report.work.progress.records())]),
            pictures,
            error,
        })
    }
}

#[derive(Template)]
#[template(path = "engagement.html")]
struct Page<'a> {
    shell: Shell<'a>,
    t: &'static Texts,
    head: Head,
    channel: String,
    channels: Vec<Choice>,
    webinars: Vec<Choice>,
    made: Option<Made>,
    error: Option<Explanation>,
}

/// `GET /instances/{id}/engagement?channel=…&webcast=…`
pub(crate) async fn show(request: &Request) -> Outcome {
    let scope = scope(&request.query);
    page_of(request, scope).await
}

fn scope(asked: &form::Pairs) -> Option<Scope> {
    let channel = asked.filled("channel")?.to_owned();
    Some(Scope { channel, webcast: asked.filled("webcast").map(str::to_owned) })
}

/// Returns the page: the form, and the report of this session if it is the one that is asked for.
async fn page_of(request: &Request, asked: Option<Scope>) -> Outcome {
    let instance = request.instance().await?;
    let (head, _) = Head::of(request, &instance, "engagement").await?;
    if !head.has_reports {
        return Err(Failure::NotFound);
    }
    let (known, error) = match channels(&instance).await.map_err(Failure::from) {
        Ok(known) => (known, None),
        Err(Failure::Platform(error)) => (Vec::new(), Some(Explanation::of(&error))),
        Err(failure) => return Err(failure),
    };
    let first = || known.first().map(|(id, _)| Scope { channel: id.clone(), webcast: None });
    let asked = asked.or_else(first);
    let report = request.session()?.report().filter(|report| report.instance == head.id);
    let report = report.filter(|report| Some(&report.scope) == asked.as_ref());
    let (webinars, error) = match &asked {
        Some(scope) if error.is_none() => match webinars(&instance, scope).await.map_err(Failure::from) {
            Ok(webinars) => (webinars, None),
            Err(Failure::Platform(error)) => (Vec::new(), Some(Explanation::of(&error))),
            Err(failure) => return Err(failure),
        },
        _ => (Vec::new(), error),
    };
    let made = report.as_deref().map(Made::of).transpose()?;
    let channel = asked.map(|scope| scope.channel).unwrap_or_default();
    let shell = Shell::new(request, Section::Instances, format!("{} · {}", EN.engagement_title, head.name));
    let channels = choices(known, &channel);
    page::html(&Page { shell, t: &EN, head, channel, channels, webinars, made, error })
}

/// Returns choices, with the chosen one even if it is not among the offered.
fn choices(known: Vec<(String, String)>, chosen: &str) -> Vec<Choice> {
    let is_known = chosen.is_empty() || known.iter().any(|(id, _)| id == chosen);
    let missing = (!is_known).then(|| (chosen.to_owned(), chosen.to_owned()));
    let all = missing.into_iter().chain(known);
    all.map(|(value, title)| Choice { is_chosen: value == chosen, value, title }).collect()
}

#[derive(Deserialize)]
struct Channel {
    id: Value,
    name: Option<String>,
}

/// Returns the ids and names of the channels.
async fn channels(instance: &InstanceHandle) -> Result<Vec<(String, String)>, Error> {
    let records = instance.records("channels").fields("id,name").typed::<Channel>().take(OFFERED);
    let channels: Vec<Channel> = match records.try_collect().await {
        Err(error) if error.is_none_found() => Vec::new(),
        outcome => outcome?,
    };
    let named = |channel: Channel| {
        let id = channel.id.as_str().map_or_else(|| channel.id.to_string(), str::to_owned);
        let name = channel.name.map_or_else(|| id.clone(), |name| format!("{name} ({id})"));
        (id, name)
    };
    Ok(channels.into_iter().map(named).collect())
}

async fn webinars(instance: &InstanceHandle, scope: &Scope) -> Result<Vec<Choice>, Error> {
    let named = |webcast: Webcast| {
        let id = webcast.id();
        let day = webcast.start.as_deref().and_then(|start| start.get(..10)).map(|day| format!(" ({day})"));
        let title = webcast.title.unwrap_or_else(|| id.clone());
        (id, title + &day.unwrap_or_default())
    };
    let known = elementkit_report::webcasts(instance, &scope.channel, OFFERED).await?;
    Ok(choices(known.into_iter().map(named).collect(), scope.webcast.as_deref().unwrap_or_default()))
}

/// `POST /instances/{id}/engagement`: begins a report in place of the last one of this session.
pub(crate) async fn start(request: &Request) -> Outcome {
    let instance = request.instance().await?;
    let id = instance.id().ok_or(Failure::NotFound)?;
    let scope = scope(&request.form).ok_or(Failure::BadForm)?;
    let address = form::address(
        &format!("{PATH}/instances/{id}/engagement"),
        [("channel", scope.channel.as_str()), ("webcast", scope.webcast.as_deref().unwrap_or_default())],
    );
    request.session()?.keep_report(Report::start(request, instance, id, scope));
    page::redirect(&address)
}

/// Returns the report of this session about the instance of the path.
async fn kept(request: &Request) -> Result<Arc<Report>, Failure> {
    let id = request.instance().await?.id();
    request.session()?.report().filter(|report| Some(report.instance) == id).ok_or(Failure::NotFound)
}

/// `GET /instances/{id}/engagement/progress`
pub(crate) async fn progress(request: &Request) -> Outcome {
    page::html(&Made::of(&*kept(request).await?)?)
}

/// `GET /instances/{id}/engagement/file`: the report as one document.
pub(crate) async fn file(request: &Request) -> Outcome {
    let report = kept(request).await?;
    let Some(Ok(figures)) = report.outcome() else { return Err(Failure::NotFound) };
    let subject = report.scope.webcast.as_deref().unwrap_or(&report.scope.channel);
    let document = elementkit_report::document(figures)?;
    page::download(body::full(document), "text/html; charset=utf-8", &format!("engagement-{subject}.html"))
}
