//! Pulling what changed since the last pull.

use std::path::Path;
use std::sync::OnceLock;

use elementkit::atomic_file::{self, Readers};
use elementkit::model::{PendingPartition, PendingReason};
use elementkit::{Error, ErrorKind, Job, Platform, SyncOptions, SyncState};
use serde_json::json;

use crate::args::{Sync, Target};
use crate::bulk::format_of;
use crate::exit::{Failure, Outcome};
use crate::{output, progress};

pub async fn run(target: &Target, options: Sync) -> Outcome {
    // All errors about the files are found before the first call.
    let format = format_of(&options.output, options.format)?;
    if options.output == options.state {
        return Err(Error::new(ErrorKind::Config, "the state and the rows cannot be kept in one file").into());
    }
    output::check_place(&options.output)?;
    output::check_place(&options.state)?;
    let state = read(&options.state)?;
    let platform = target.with_instances().await?;
    let started = OnceLock::new();
    let outcome = tokio::select! {
        outcome = pull(&platform, &options, format, state, &started) => outcome,
        () = crate::interrupted() => {
            give_up(&platform, started.get()).await;
            return Err(Failure::interrupted());
        }
    };
    platform.close().await;
    outcome
}

/// Ends the job, whose rows are no longer needed. A second interrupt ends the wait.
async fn give_up(platform: &Platform, job: Option<&Job>) {
    let end = async {
        if let Some(job) = job {
            let _ = job.cancel().await;
        }
        platform.close().await;
    };
    tokio::select! {
        () = end => {}
        () = crate::interrupted() => {}
    }
    output::note("The state is unchanged; the next pull reads the same rows.");
}

async fn pull(
    platform: &Platform,
    options: &Sync,
    format: elementkit::Format,
    state: Option<SyncState>,
    started: &OnceLock<Job>,
) -> Outcome {
    let instance = options.which.find(platform).await?;
    let sync = instance.sync(selection(options), state.as_ref()).await?;
    let _ = started.set(sync.job().clone());
    let ended = progress::wait(sync.job(), None).await?;
    let bytes = sync.download(&options.output, format).await?;
    // The rows are on disk; only now may the next pull start after them.
    let mut next = sync.state().await?;
    let pending = sync.pending().await?;
    if options.skip_pending {
        next = next.without_pending();
    }
    write(&options.state, &next)?;
    let records = ended.records_count.unwrap_or_default();
    if options.json {
        let state = next.to_string();
        output::json(&json!({"records": records, "bytes": bytes, "state": state, "pending": pending}))?;
    } else {
        let since = state.as_ref().and_then(SyncState::watermark);
        let since = since.map_or_else(String::new, |at| format!(" changed since {at}"));
        output::written(&options.output, &format!("Wrote {}: {records} records{since}.", options.output.display()))?;
    }
    report(&options.object, &pending, options.skip_pending)
}

fn selection(options: &Sync) -> SyncOptions {
    let mut selection = SyncOptions::new(&options.object);
    if let Some(fields) = &options.fields {
        selection = selection.fields(fields);
    }
    if let Some(condition) = &options.condition {
        selection = selection.filter(condition);
    }
    options.channel.iter().fold(selection, |selection, channel| selection.channel(*channel))
}

/// Names what is missing. That is a failure, unless it was skipped on request.
fn report(object: &str, pending: &[PendingPartition], given_up: bool) -> Outcome {
    /// More lines would scroll the first ones away.
    const LINES: usize = 20;
    if pending.is_empty() {
        return Ok(());
    }
    let mut lines: Vec<String> = pending.iter().take(LINES).map(|entry| line(object, entry)).collect();
    if pending.len() > LINES {
        lines.push(format!("and {} more; `--json` lists all of them", pending.len() - LINES));
    }
    if given_up {
        output::note("Skipped, and not read again:");
        lines.iter().for_each(|line| output::note(&format!("  {line}")));
        return Ok(());
    }
    lines.push("The rows and the state are written; the next pull reads what is missing again.".to_owned());
    lines.push("hint: `--skip-pending` skips it, `elementkit bulk errors` lists failed rows.".to_owned());
    Err(Failure::incomplete(format!("not all {object} could be read"), lines))
}

/// Returns what a user reads about a partition that could not be read.
pub fn line(object: &str, entry: &PendingPartition) -> String {
    let list = match entry.partition.split_once('/') {
        Some((channel, below)) => format!("{below} of channel {channel}"),
        None if entry.partition.is_empty() => object.to_owned(),
        None => format!("channel {}", entry.partition),
    };
    let reason = match &entry.reason {
        PendingReason::Forbidden => "not allowed".to_owned(),
        PendingReason::NotFound => "not found".to_owned(),
        PendingReason::FailedRows => format!("{} rows failed", entry.failed_rows),
        PendingReason::Gone => "no longer listed by the vendor; dropped".to_owned(),
        other => other.to_string(),
    };
    let message = entry.message.as_ref().map(|message| format!(" ({message})")).unwrap_or_default();
    format!("{list}: {reason}{message}")
}

/// Returns the state in a file, or `None` if the file is missing or empty.
fn read(path: &Path) -> Outcome<Option<SyncState>> {
    match std::fs::read(path) {
        Ok(bytes) => {
            let wrong = |error: Error| {
                let message = format!("the state file {}: {}", path.display(), error.message());
                Error::new(error.kind(), message)
                    .with_hint("Name another file, or delete this one, to pull everything anew.")
            };
            let text = elementkit::text::decode(bytes).map_err(wrong)?;
            if text.trim().is_empty() { Ok(None) } else { Ok(Some(text.parse().map_err(wrong)?)) }
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(path, &error)),
    }
}

/// Writes a state into a file atomically.
fn write(path: &Path, state: &SyncState) -> Outcome {
    Ok(atomic_file::write(path, format!("{state}\n").as_bytes(), Readers::Owner)?)
}

fn failed(path: &Path, error: &std::io::Error) -> Failure {
    Error::new(ErrorKind::Storage, format!("the state file {}: {error}", path.display())).into()
}
