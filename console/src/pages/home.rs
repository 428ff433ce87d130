//! The first page: what runs, what is wrong, and where to begin.

use std::collections::HashMap;

use askama::Template;
use elementkit::Platform;
use elementkit::model::{BulkJob, Element};
use http::Method;

use super::instances::{InstanceRow, page_of};
use super::job::JobRow;
use crate::failure::Outcome;
use crate::page::{self, Section, Shell};
use crate::request::Request;
use crate::shown;
use crate::texts::{EN, Texts};

/// Number of jobs that are shown.
const JOBS: usize = 10;
/// Number of instances that are shown as not working.
const WRONG: usize = 10;
/// Number of elements that are offered to a new user.
const OFFERED: usize = 6;

#[derive(Template)]
#[template(path = "home.html")]
struct Home<'a> {
    shell: Shell<'a>,
    t: &'static Texts,
    /// Elements for a new user to connect; empty once there is an instance.
    offered: Vec<Element>,
    total: String,
    wrong: Vec<InstanceRow>,
    work: Work,
}

#[derive(Template)]
#[template(path = "running.html")]
struct Work {
    t: &'static Texts,
    root: &'static str,
    jobs: Vec<JobRow>,
    /// Whether a job has not ended, so that the list changes by itself.
    is_running: bool,
}

/// `GET /`
pub(crate) async fn show(request: &Request) -> Outcome {
    let platform = request.platform()?;
    let count = platform.instances().count().await?.total_instances;
    let mut offered = if count == 0 { platform.elements().list().await? } else { Vec::new() };
    offered.retain(|element| element.active);
    offered.truncate(OFFERED);
    let (wrong, _) = page_of(platform, &[("valid", "false")], WRONG).await?;
    let wrong = wrong.iter().map(InstanceRow::of).collect();
    let work = work(platform).await?;
    let shell = Shell::new(request, Section::Home, EN.home_title);
    page::html(&Home { shell, t: &EN, offered, total: shown::number(count), wrong, work })
}

/// `GET /running`: the jobs of the first page, which a script fetches while one runs.
pub(crate) async fn running(request: &Request) -> Outcome {
    page::html(&work(request.platform()?).await?)
}

/// Returns the jobs that have not ended, and then the newest others.
async fn work(platform: &Platform) -> elementkit::Result<Work> {
    let mut jobs = jobs(platform, true).await?;
    let is_running = !jobs.is_empty();
    for job in self::jobs(platform, false).await? {
        if jobs.iter().all(|known| known.id != job.id) {
            jobs.push(job);
        }
    }
    jobs.truncate(JOBS);
    let mut names: HashMap<i64, String> = HashMap::new();
    for id in jobs.iter().filter_map(|job| job.instance_id) {
        if let std::collections::hash_map::Entry::Vacant(entry) = names.entry(id) {
            let instance = platform.instances().get(id).await.ok();
            let details = instance.as_ref().and_then(elementkit::InstanceHandle::details);
            entry.insert(details.map(|details| details.name.clone()).unwrap_or_default());
        }
    }
    let row = |job: &BulkJob| {
        let id = job.instance_id.unwrap_or_default();
        JobRow::of(job, id, names.get(&id).map(String::as_str))
    };
    Ok(Work { t: &EN, root: crate::PATH, jobs: jobs.iter().map(row).collect(), is_running })
}

/// Returns the newest jobs of all instances.
async fn jobs(platform: &Platform, is_active: bool) -> elementkit::Result<Vec<BulkJob>> {
    let call = platform.request(Method::GET, "instances/bulk/jobs").query("pageSize", JOBS.to_string());
    let call = if is_active { call.query("active", "true") } else { call };
    call.send().await?.json().await
}
