//! An instance: what it offers, its state, its token.

use askama::Template;
use elementkit::model::Instance;
use elementkit::{InstanceHandle, auth::Secret};

use super::job::JobRow;
use super::lists::Lists;
use crate::PATH;
use crate::failure::{Explanation, Failure, Outcome};
use crate::page::{self, Section, Shell};
use crate::request::Request;
use crate::shown::{self, Badge};
use crate::texts::{EN, Texts};

/// Head of all pages of an instance.
pub(crate) struct Head {
    pub id: i64,
    pub name: String,
    pub element: String,
    pub badge: Badge,
    pub is_disabled: bool,
    /// Whether it is about webinars, so that it has reports.
    pub has_reports: bool,
    /// The selected page: `overview`, `records`, `engagement`, `bulk`, `traces` or `settings`.
    pub tab: &'static str,
}

impl Head {
    /// Returns the head of an instance, and the lists that it offers.
    pub async fn of(request: &Request, instance: &InstanceHandle, tab: &'static str) -> Result<(Self, Lists), Failure> {
        let details: &Instance = instance.describe().await?;
        let lists = Lists::of(request.platform()?, details.id).await?;
        let head = Self {
            id: details.id,
            name: details.name.clone(),
            element: details.element.name.clone(),
            badge: shown::instance_badge(details),
            is_disabled: details.disabled,
            has_reports: lists.has(elementkit_report::LIST),
            tab,
        };
        Ok((head, lists))
    }
}

/// A list that the instance offers.
struct Offer {
    path: String,
    title: String,
}

#[derive(Template)]
#[template(path = "instance.html")]
struct Overview<'a> {
    shell: Shell<'a>,
    t: &'static Texts,
    head: Head,
    created: String,
    offers: Vec<Offer>,
    jobs: Vec<JobRow>,
    /// The token, if the reader asked for it.
    token: Option<String>,
    /// Result of a check that failed.
    error: Option<Explanation>,
}

/// Number of jobs that are shown.
const JOBS: usize = 5;

/// `GET /instances/{id}`
pub(crate) async fn show(request: &Request) -> Outcome {
    shown(request, request.instance().await?, None, None).await
}

async fn shown(
    request: &Request,
    instance: InstanceHandle,
    token: Option<Secret>,
    error: Option<Explanation>,
) -> Outcome {
    let (head, lists) = Head::of(request, &instance, "overview").await?;
    let offers = lists.top().map(|list| Offer { path: list.template.clone(), title: list.title() }).collect();
    let jobs = instance.bulk().list().await?;
    let jobs = jobs.iter().take(JOBS).map(|job| JobRow::of(job, head.id, None)).collect();
    let created = instance.details().and_then(|details| details.created_date.as_deref()).map(shown::iso_time);
    let (shell, token) =
        (Shell::new(request, Section::Instances, head.name.clone()), token.map(|token| token.expose().to_owned()));
    page::html(&Overview { shell, t: &EN, created: created.unwrap_or_default(), head, offers, jobs, token, error })
}

/// `POST /instances/{id}/check`: calls the vendor.
pub(crate) async fn check(request: &Request) -> Outcome {
    let instance = request.instance().await?;
    match instance.ping().await.map_err(Failure::from) {
        Ok(()) => done(request, "checked"),
        Err(Failure::Platform(error)) => {
            // Whether the credentials work is part of what the platform knows now.
            shown(request, request.instance().await?, None, Some(Explanation::of(&error))).await
        }
        Err(failure) => Err(failure),
    }
}

/// `POST /instances/{id}/enable`
pub(crate) async fn enable(request: &Request) -> Outcome {
    request.instance().await?.enable().await?;
    done(request, "enabled")
}

/// `POST /instances/{id}/disable`
pub(crate) async fn disable(request: &Request) -> Outcome {
    request.instance().await?.disable().await?;
    done(request, "disabled")
}

/// `POST /instances/{id}/token`: the page with the Element token, which is on no other.
pub(crate) async fn token(request: &Request) -> Outcome {
    let instance = request.instance().await?;
    let token = instance.token();
    shown(request, instance, Some(token), None).await
}

/// `POST /instances/{id}/rotate`
pub(crate) async fn rotate(request: &Request) -> Outcome {
    request.instance().await?.rotate_token().await?;
    done(request, "rotated")
}

/// `POST /instances/{id}/delete`, with the name of the instance typed by the reader.
pub(crate) async fn delete(request: &Request) -> Outcome {
    let instance = request.instance().await?;
    let name = instance.describe().await?.name.clone();
    if request.form.filled("name") != Some(name.trim()) {
        let error = Explanation {
            title: EN.error_refused,
            message: crate::texts::with(EN.delete_mismatch, &[&name]),
            provider: None,
            hint: None,
            request_id: None,
        };
        return shown(request, instance, None, Some(error)).await;
    }
    instance.delete().await?;
    page::redirect(&format!("{PATH}/instances?done=deleted"))
}

fn done(request: &Request, word: &str) -> Outcome {
    page::redirect(&format!("{PATH}/instances/{}?done={word}", request.param("id")))
}
