//! Erasure that leaves nothing readable.

use std::io;

use serde::Serialize;

use super::{existing, failed};
use crate::engine::options::EngineOptions;
use crate::engine::store::{Store, bulk_folder};
use crate::error::{Error, ErrorKind, Result};

/// Scope of a purge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PurgeScope {
    /// All bulk jobs with their results, and the records and traces of calls: everything that came from the vendor.
    Results,
    /// One instance with its credentials, token, jobs and mappings.
    Instance(i64),
    /// All instances, jobs and records of calls. Users, their secrets and shared mappings stay.
    Everything,
}

/// Counts of erased items.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PurgeReport {
    /// Number of instances.
    pub instances: u64,
    /// Number of bulk jobs.
    pub jobs: u64,
}

/// Permanently erases data. Each instance and each job has a separate key, which is deleted with it and overwritten
/// in the file and in its log, so that any remaining copy of the data it sealed is unreadable.
///
/// Jobs that run elsewhere find their rows missing and end.
///
/// # Errors
/// Returns a `not_found` error if the instance does not exist, and `storage` if the file or a bulk file cannot be
/// written.
pub async fn purge(options: &EngineOptions, scope: &PurgeScope) -> Result<PurgeReport> {
    let store = existing(options).await?;
    let outcome = erase(&store, options, scope).await;
    store.close().await;
    outcome
}

async fn erase(store: &Store, options: &EngineOptions, scope: &PurgeScope) -> Result<PurgeReport> {
    let all = store.instance_ids().await?;
    let (instances, jobs) = match scope {
        PurgeScope::Results => (Vec::new(), store.job_ids(None).await?),
        PurgeScope::Everything => (all, store.job_ids(None).await?),
        PurgeScope::Instance(id) if all.contains(id) => (vec![*id], store.job_ids(Some(*id)).await?),
        PurgeScope::Instance(id) => {
            return Err(Error::new(ErrorKind::NotFound, format!("there is no instance {id}")));
        }
    };
    for id in &instances {
        store.delete_instance(*id).await?;
    }
    for id in &jobs {
        store.delete_job(*id).await?;
        remove_folder(options, *id)?;
    }
    if !matches!(scope, PurgeScope::Instance(_)) {
        store.delete_records_of_calls().await?;
    }
    store.leave_no_trace().await?;
    Ok(PurgeReport { instances: instances.len() as u64, jobs: jobs.len() as u64 })
}

fn remove_folder(options: &EngineOptions, job_id: i64) -> Result<()> {
    let folder = bulk_folder(&options.database).join(job_id.to_string());
    match std::fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(&folder, "removed", &error)),
        _ => Ok(()),
    }
}
