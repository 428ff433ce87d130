//! The integrity check, which opens every sealed value once.

use std::sync::Arc;

use serde::Serialize;

use super::existing;
use crate::element::Element;
use crate::elements::registry::of_document;
use crate::engine::bulk;
use crate::engine::failure::Failure;
use crate::engine::options::EngineOptions;
use crate::engine::store::{InstanceRow, JobRow, Store, bulk_folder};
use crate::error::{Error, ErrorKind, Result};

/// Counts of checked items, and the problems found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckReport {
    /// Each problem in a sentence; empty if none was found.
    pub problems: Vec<String>,
    /// Number of instances whose configuration and token were opened.
    pub instances: u64,
    /// Number of bulk jobs whose rows were counted.
    pub jobs: u64,
    /// Number of rows of bulk results that were read.
    pub rows: u64,
    /// Number of bulk jobs whose results have expired and cannot be read.
    pub expired: u64,
}

/// Number of failed rows read at a time.
const JOBS_AT_ONCE: i64 = 100;

/// Reads the structure of the file, every sealed value and every row of every bulk result. Detects any change or
/// damage and modifies nothing.
///
/// # Errors
/// Returns a `storage` error if the file cannot be opened at all. Problems inside it are in the report.
pub async fn check(options: &EngineOptions) -> Result<CheckReport> {
    let store = existing(options).await?;
    let outcome = look(&store, options).await;
    store.close().await;
    outcome
}

async fn look(store: &Store, options: &EngineOptions) -> Result<CheckReport> {
    let mut report = CheckReport { problems: store.damage().await?, ..CheckReport::default() };
    let unreadable = store.unreadable().await?;
    report.problems.extend(unreadable.iter().map(|place| format!("{place} cannot be opened: it was changed")));
    for id in store.instance_ids().await? {
        match store.any_instance(id).await {
            Ok(None) => {}
            Ok(Some(instance)) => {
                report.instances += 1;
                jobs(store, options, &instance, &mut report).await?;
            }
            Err(error) => report.problems.push(format!("instance {id}: {}", error.message())),
        }
    }
    Ok(report)
}

async fn jobs(store: &Store, options: &EngineOptions, instance: &InstanceRow, report: &mut CheckReport) -> Result<()> {
    for id in store.job_ids(Some(instance.id)).await? {
        match store.job(instance, id).await {
            Ok(None) => {}
            Ok(Some(job)) => {
                report.jobs += 1;
                report.expired += u64::from(bulk::is_expired(&job));
                match rows(store, options, instance.element_id, &job).await {
                    Ok(rows) => report.rows += rows,
                    Err(error) => report.problems.push(format!("bulk job {id}: {}", error.message())),
                }
            }
            Err(error) => report.problems.push(format!("bulk job {id}: {}", error.message())),
        }
    }
    Ok(())
}

/// Reads all rows and all failed rows of a job. Returns the number of rows.
async fn rows(store: &Store, options: &EngineOptions, element_id: i64, job: &JobRow) -> Result<u64> {
    let mut behind = 0;
    loop {
        let details = store.row_errors(job.id, behind, JOBS_AT_ONCE).await?;
        let Some((last, _)) = details.last() else { break };
        behind = *last;
        for (_, detail) in &details {
            job.key.open(bulk::ROW_ERROR, detail).ok_or_else(|| crate::engine::vault::open_failed("a failed row"))?;
        }
    }
    if bulk::is_expired(job) {
        return Ok(0);
    }
    let folder = bulk_folder(&options.database).join(job.id.to_string());
    let segments = store.segments(job.id, None).await?;
    let expected = store.totals(job.id).await?.counts.written;
    let storage = |failure: Failure| Error::new(ErrorKind::Storage, failure.message);
    let spec = bulk::spec_of(job).map_err(storage)?;
    let plan = match spec.result().map_err(storage)? {
        Some(plan) => plan,
        None => {
            let elements = options.open_elements()?;
            let element = match elements.revision(element_id, spec.revision()) {
                Some(element) => Some(Arc::clone(element)),
                None => defined(store, element_id, spec.revision()).await?,
            };
            bulk::planned(&spec, element.as_ref(), Arc::default()).map_err(storage)?.result
        }
    };
    let form = plan.row_form();
    let job = job.clone();
    bulk::blocking(move || bulk::verify(&folder, &job, &form, segments, expected)).await
}

/// Returns the revision of an element of an organization.
async fn defined(store: &Store, id: i64, revision: &str) -> Result<Option<Arc<dyn Element>>> {
    let (Ok(number), Some(head)) = (revision.parse(), store.element_head(id).await?) else { return Ok(None) };
    match store.element_document(&head, number).await? {
        Some((document, _)) => of_document(id, revision, &document).map(Some),
        None => Ok(None),
    }
}
