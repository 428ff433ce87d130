//! Pulling what changed since the last time.

use std::path::Path;
use std::sync::OnceLock;

use elementkit::atomic_file::{self, Readers};
use elementkit::{Error, ErrorKind, Job, Platform, SyncState};
use serde_json::json;

use crate::args::{Sync, Target};
use crate::bulk::format_of;
use crate::exit::{Failure, Outcome};
use crate::{output, progress};

pub async fn run(target: &Target, options: Sync) -> Outcome {
    // Everything that can be wrong with the files is found before anything is asked for.
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

/// Ends the job, whose rows nobody will take. A second interruption waits for nothing.
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
    eprintln!("The state is as it was; the next pull takes the same rows.");
}

async fn pull(
    platform: &Platform,
    options: &Sync,
    format: elementkit::Format,
    state: Option<SyncState>,
    started: &OnceLock<Job>,
) -> Outcome {
    let instance = options.which.find(platform).await?;
    let sync = instance.sync(&options.object, state.as_ref()).await?;
    let _ = started.set(sync.job().clone());
    let ended = progress::wait(sync.job(), None).await?;
    let bytes = sync.download(&options.output, format).await?;
    // The rows are on the disk; only now may the next pull start behind them.
    let next = sync.state().await?;
    write(&options.state, &next)?;
    let records = ended.records_count.unwrap_or_default();
    if options.json {
        return output::json(&json!({"records": records, "bytes": bytes, "state": next.to_string()}));
    }
    let since =
        state.as_ref().and_then(SyncState::watermark).map_or_else(String::new, |at| format!(" changed since {at}"));
    output::written(&options.output, &format!("Wrote {}: {records} records{since}.", options.output.display()))
}

/// The state in a file; none when there is no such file yet, or an empty one.
fn read(path: &Path) -> Outcome<Option<SyncState>> {
    match std::fs::read_to_string(path) {
        Ok(text) if text.trim().is_empty() => Ok(None),
        Ok(text) => Ok(Some(text.parse()?)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(path, &error)),
    }
}

/// Puts a state into a file that always holds a whole one.
fn write(path: &Path, state: &SyncState) -> Outcome {
    Ok(atomic_file::write(path, format!("{state}\n").as_bytes(), Readers::Owner)?)
}

fn failed(path: &Path, error: &std::io::Error) -> Failure {
    Error::new(ErrorKind::Storage, format!("the state file {}: {error}", path.display())).into()
}
