//! Completions in shells: of commands and options, and of instances, objects, elements and jobs of the platform.
//!
//! The script of a shell runs the command itself with `ELEMENTKIT_COMPLETE`, so completions are those of the installed
//! version. A platform that does not answer soon completes nothing.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::CommandFactory;
use clap_complete::CompleteEnv;
use clap_complete::engine::CompletionCandidate;
use clap_complete::env::Shells;
use elementkit::{Platform, Record};
use serde_json::Value;

use crate::args::{Args, Target, Which, shape};
use crate::escape::escaped;
use crate::exit::{Failure, Outcome};
use crate::output;

const VARIABLE: &str = "ELEMENTKIT_COMPLETE";
/// Time after which a shell gets no values.
const LIMIT: Duration = Duration::from_secs(2);

/// Prints completions if a shell asks for them. Returns whether it does.
pub fn answered(arguments: &[OsString]) -> bool {
    let env = CompleteEnv::with_factory(|| shape::shaped(Args::command())).var(VARIABLE).bin("elementkit");
    env.try_complete(arguments.iter().cloned(), None).unwrap_or(false)
}

/// Prints the script with which a shell asks for completions.
pub fn script(shell: &str) -> Outcome {
    let shells = Shells::builtins();
    let Some(known) = shells.completer(shell) else {
        return Err(Failure::usage(format!("there are no completions for {shell}")));
    };
    let mut script = Vec::new();
    known.write_registration(VARIABLE, "elementkit", "elementkit", "elementkit", &mut script)?;
    output::bytes(&script)
}

/// Completes the ids of instances.
pub fn instances() -> Vec<CompletionCandidate> {
    values(async |platform| {
        let all = platform.instances().list().await?;
        Ok(all.into_iter().map(|each| (each.id.to_string(), format!("{} ({})", each.name, each.element.key))).collect())
    })
}

/// Completes the objects of the instance.
pub fn objects() -> Vec<CompletionCandidate> {
    values(async |platform| {
        let which =
            Which { instance: option("--instance").or(variable("ELEMENTKIT_INSTANCE")).and_then(|id| id.parse().ok()) };
        let found = match which.instance {
            Some(id) => platform.instances().get(id).await?,
            None => platform.instances().only().await?,
        };
        Ok(found.objects().await?.into_iter().map(|name| (name, String::new())).collect())
    })
}

/// Completes the keys of elements.
pub fn elements() -> Vec<CompletionCandidate> {
    values(async |platform| {
        let all: Vec<Record> = platform.elements().list_as().await?;
        let text =
            |element: &Record, name: &str| element.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        Ok(all.iter().map(|each| (text(each, "key"), text(each, "name"))).collect())
    })
}

/// Completes the ids of bulk jobs.
pub fn jobs() -> Vec<CompletionCandidate> {
    values(async |platform| {
        let all = platform.instances().only().await?.bulk().list().await?;
        Ok(all.into_iter().map(|job| (job.id, job.status.to_string())).collect())
    })
}

/// Returns what a question to the platform of the command line gives.
fn values(ask: impl AsyncFnOnce(&Platform) -> elementkit::Result<Vec<(String, String)>>) -> Vec<CompletionCandidate> {
    let Ok(runtime) = tokio::runtime::Builder::new_multi_thread().enable_all().build() else { return Vec::new() };
    let answer = runtime.block_on(async {
        let target = target();
        let asked = async {
            let platform = target.with_instances().await.ok()?;
            let answer = ask(&platform).await.ok();
            platform.close().await;
            answer
        };
        tokio::time::timeout(LIMIT, asked).await.ok().flatten()
    });
    runtime.shutdown_background();
    // Names come from a platform, and shells print them as they are.
    let shown = |text: &str| escaped(text, &[]).into_owned();
    let candidate = |(value, help): (String, String)| {
        CompletionCandidate::new(shown(&value)).help((!help.is_empty()).then(|| shown(&help).into()))
    };
    answer.unwrap_or_default().into_iter().map(candidate).collect()
}

/// Returns the platform that the unfinished command line names.
fn target() -> Target {
    let database = option("--database").or(variable("ELEMENTKIT_DATABASE")).unwrap_or("elementkit.db".to_owned());
    Target {
        database: PathBuf::from(database),
        keyring: false,
        base_url: option("--base-url").or(variable("ELEMENTKIT_BASE_URL")),
        brighttalk_url: option("--brighttalk-url").or(variable("ELEMENTKIT_BRIGHTTALK_URL")),
        warnings: elementkit::Warnings::Ignore,
    }
}

/// Returns the value of an option of the unfinished command line.
fn option(name: &str) -> Option<String> {
    let mut arguments = std::env::args();
    while let Some(argument) = arguments.next() {
        if argument == name {
            return arguments.next();
        }
        if let Some(value) = argument.strip_prefix(name).and_then(|rest| rest.strip_prefix('=')) {
            return Some(value.to_owned());
        }
    }
    None
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}
