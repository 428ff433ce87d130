//! Maintenance of the database file: key rotation, copies, checks, permanent deletion.

use std::io::IsTerminal;

use elementkit::engine::maintenance::{self, PurgeScope};

use crate::args::{Backup, Json, Purge, Restore, Target, Vault};
use crate::exit::{Failure, Outcome};
use crate::output;

pub async fn vault(target: &Target, command: Vault) -> Outcome {
    match command {
        Vault::Rotate => maintenance::rotate_key(&target.local_options()?).await?,
    }
    output::line("Everything is encrypted with a new key. Back up the new key; the old one no longer opens anything.")
}

pub async fn backup(target: &Target, backup: Backup) -> Outcome {
    let report = maintenance::backup(&target.local_options()?, &backup.folder, backup.with_key).await?;
    let key =
        if report.with_key { "and the vault key: protect the copy like the key" } else { "without the vault key" };
    output::line(&format!(
        "Copied the database and {} bulk files ({} bytes) to {}, {key}.",
        report.files,
        report.bytes,
        backup.folder.display()
    ))
}

pub async fn restore(target: &Target, restore: Restore) -> Outcome {
    let report = maintenance::restore(&restore.folder, &target.local_options()?).await?;
    output::line(&format!("Restored {} with {} bulk files, and checked it.", target.database.display(), report.files))
}

pub async fn check(target: &Target, options_of: &Json) -> Outcome {
    let report = maintenance::check(&target.local_options()?).await?;
    if options_of.json {
        output::json(&report)?;
    } else {
        output::line(&format!(
            "Read {} instances, {} bulk jobs and {} rows of results; the results of {} jobs have expired.",
            report.instances, report.jobs, report.rows, report.expired
        ))?;
        report.problems.iter().try_for_each(|problem| output::line(&format!("problem: {problem}")))?;
    }
    match report.problems.len() {
        0 => Ok(()),
        problems => Err(Failure::damaged(format!("{problems} problems; restore the database from a backup"))),
    }
}

pub async fn purge(target: &Target, purge: Purge) -> Outcome {
    let (scope, what) = match (purge.instance, purge.all) {
        (Some(id), _) => (PurgeScope::Instance(id), format!("instance {id} with its jobs and results")),
        (None, true) => (PurgeScope::Everything, "all instances with their jobs and results".to_owned()),
        (None, false) => (PurgeScope::Results, "all bulk jobs with their results".to_owned()),
    };
    if !purge.yes && !confirmed(target, &what)? {
        return Err(Failure::new("nothing was deleted"));
    }
    let report = maintenance::purge(&target.local_options()?, &scope).await?;
    output::line(&format!("Permanently deleted {} instances and {} bulk jobs.", report.instances, report.jobs))
}

/// Asks for confirmation on a terminal; without one, `--yes` is required.
fn confirmed(target: &Target, what: &str) -> Outcome<bool> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::usage("pass --yes to delete without confirmation"));
    }
    output::ask(&format!("Permanently delete {what} in {}? [y/N] ", target.database.display()))?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
