//! The command line.

mod compare;
mod data;
mod elements;
mod engine;
mod examples;
mod instances;
#[cfg(feature = "mcp")]
mod mcp;
pub mod shape;
mod shapes;
mod tap;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args as Arguments, CommandFactory, FromArgMatches, Parser, Subcommand};

pub use compare::Compare;
#[cfg(feature = "report")]
pub use data::Report;
pub use data::{
    Bulk, BulkQuery, BulkUpload, FileArgs, FormatArg, JobArgs, ModeArg, Objects, Records, Sync, UploadFormatArg,
};
pub use elements::{
    CheckElements, Elements, ElementsCommand, ExportElement, ImportElements, NewElement, RemoveElement, TryCall,
};
#[cfg(feature = "console")]
pub use engine::Console;
pub use engine::{
    Backup, Health, LogFormat, Organizations, Purge, Restore, RotateSecrets, Secrets, SecretsCommand, Serve,
    ShowSecrets, Vault, WhichSecret,
};
pub use instances::{Connect, Instances, Request, Which};
#[cfg(feature = "mcp")]
pub use mcp::{Mcp, McpCommand, ServeMcp};
pub use shapes::{Export, Import, Transform, Try};
pub use tap::Tap;

const AFTER_HELP: &str = "\
Exit codes: 0 done; 1 other failures; 2 wrong usage; 3 credentials refused; 4 not found; 5 refused as wrong;
6 the vendor or the platform cannot be reached or fails; 7 a bulk job ended without success; 8 the database or a
file failed; 9 a sync could not read everything; 10 a comparison found differences; 130 interrupted.

Proxies come from HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY; loopback addresses use none. Certificate
authorities in the files of ELEMENTKIT_CA_FILE, SSL_CERT_FILE and SSL_CERT_DIR are trusted in addition to the public
ones. docs/environment.md lists all variables.";

/// Cloud Elements as a command: webinars and their audiences from BrightTALK, hosted or on a local file.
#[derive(Parser)]
#[command(name = "elementkit", version, after_help = AFTER_HELP)]
pub struct Args {
    /// Increase log verbosity (repeat for more). `ELEMENTKIT_LOG` takes a filter instead.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    #[command(flatten)]
    pub target: Target,
    #[command(subcommand)]
    pub command: Command,
}

/// Target platform of a command: the engine on a local file, unless a base URL is given.
#[derive(Arguments)]
#[command(next_help_heading = "Platform options")]
pub struct Target {
    /// The database file of the embedded engine.
    #[arg(long, global = true, env = "ELEMENTKIT_DATABASE", default_value = "elementkit.db", value_name = "FILE")]
    pub database: PathBuf,
    /// Store the vault key of a new database in the keyring of the operating system instead of a file. An existing
    /// database records where its key is. ELEMENTKIT_VAULT_KEY takes precedence.
    #[arg(long, global = true, env = "ELEMENTKIT_KEYRING", value_parser = clap::builder::FalseyValueParser::new())]
    pub keyring: bool,
    /// Use a hosted platform, with ELEMENTKIT_USER_SECRET and ELEMENTKIT_ORGANIZATION_SECRET.
    #[arg(long, global = true, env = "ELEMENTKIT_BASE_URL", value_name = "URL")]
    pub base_url: Option<String>,
    /// Replace the host of BrightTALK for the embedded engine, for a sandbox or a proxy.
    #[arg(long, global = true, env = "ELEMENTKIT_BRIGHTTALK_URL", value_name = "URL")]
    pub brighttalk_url: Option<String>,
    /// The policy for warnings, such as about a field that does not exist: report prints them on standard error, deny
    /// turns them into errors.
    #[arg(long, global = true, default_value = "report", value_name = "report|deny|ignore")]
    pub warnings: elementkit::Warnings,
}

impl Args {
    /// Parses arguments and environment.
    pub fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let command = shape::grouped(shape::shaped(Self::command()));
        let matches = without_blank_variables(command).try_get_matches_from(arguments)?;
        let given: Vec<&str> = given_target(&matches).collect();
        let path = path(&matches);
        let applicable = shape::applicable(&path);
        if let Some((_, option)) = shape::TARGET.iter().find(|(id, _)| given.contains(id) && !applicable.contains(id)) {
            let message = format!("{option} does not apply to `elementkit {}`", path.join(" "));
            return Err(Self::command().error(ErrorKind::ArgumentConflict, message));
        }
        let mut args = Self::from_arg_matches(&matches)?;
        if let Command::Elements(Elements { command: Some(ElementsCommand::Check(check)), .. }) = &mut args.command {
            check.on_platform = given.iter().any(|id| *id != "warnings");
        }
        Ok(args)
    }
}

/// Ignores variables that are set to nothing: container setups often pass all of them on.
fn without_blank_variables(command: clap::Command) -> clap::Command {
    let blank = |arg: &clap::Arg| arg.get_env().and_then(std::env::var_os).is_some_and(|value| value.is_empty());
    command
        .mut_args(|arg| if blank(&arg) { arg.env(None::<&str>) } else { arg })
        .mut_subcommands(without_blank_variables)
}

/// Returns the ids of the options of [`Target`] that the command line itself sets.
fn given_target(matches: &ArgMatches) -> impl Iterator<Item = &'static str> {
    let given = |id: &&str| matches.value_source(id) == Some(ValueSource::CommandLine);
    shape::TARGET.into_iter().map(|(id, _)| id).filter(given)
}

/// Returns the names of the subcommands that were given.
fn path(matches: &ArgMatches) -> Vec<&str> {
    std::iter::successors(matches.subcommand(), |(_, below)| below.subcommand()).map(|(name, _)| name).collect()
}

#[derive(Subcommand)]
pub enum Command {
    /// Show the main job against a sandbox: connect, list channels, pull every contact into a CSV file.
    Demo(Demo),
    /// Run a simulated BrightTALK on a port.
    Sandbox(brighttalk_sim::Config),
    /// Serve the engine on a port: the Cloud Elements contract over HTTP.
    Serve(Serve),
    /// Check whether a served engine can serve calls, for a container's health check.
    Health(Health),
    /// Open the console in the browser: pages on which to connect services, look at records and run bulk jobs.
    #[cfg(feature = "console")]
    Console(Console),
    /// Offer the connected services to an assistant as tools, over the Model Context Protocol.
    #[cfg(feature = "mcp")]
    Mcp(Mcp),
    /// Print or replace the user and organization secret of the database's first user.
    Secrets(Secrets),
    /// Check the environment, the database, the network and the credentials, and print what a bug report needs.
    Doctor(Doctor),
    /// Connect an element: create its instance, or give the one of that name new credentials.
    Connect(Connect),
    /// List, show or delete instances.
    #[command(subcommand)]
    Instances(Instances),
    /// Create or list organizations of the embedded engine's database, which are isolated from each other.
    #[command(subcommand)]
    Organizations(Organizations),
    /// List the elements of the platform, try a call of one, or work on element definitions.
    Elements(Elements),
    /// List the objects of an instance, or the fields of one.
    Objects(Objects),
    /// Read records of a resource.
    Records(Records),
    /// Report the engagement of a webinar, or of all webinars of a channel, with pictures.
    #[cfg(feature = "report")]
    Report(Report),
    /// Run bulk jobs.
    #[command(subcommand)]
    Bulk(Bulk),
    /// Pull what changed in an object since the last pull.
    Sync(Sync),
    /// Extract records as a Singer tap.
    Tap(Tap),
    /// Make any call of the platform, and write its response.
    Request(Request),
    /// Change the key of the vault.
    #[command(subcommand)]
    Vault(Vault),
    /// Copy the database and its bulk files into a new folder, also while the engine is running.
    Backup(Backup),
    /// Restore a backup to a new location.
    Restore(Restore),
    /// Read everything in the database once and report what is damaged or was changed.
    Check(Json),
    /// Permanently erase data, including its encryption keys.
    Purge(Purge),
    /// Import a backup: object definitions, transformations, elements and formulas that were exported from a platform.
    Import(Import),
    /// Export object definitions, transformations, elements and formulas into a folder or file.
    Export(Export),
    /// Compare the same reads of two platforms.
    Compare(Compare),
    /// Work on transformations.
    #[command(subcommand)]
    Transform(Transform),
    /// Print the script with which a shell completes commands, options, instances, objects, elements and jobs.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the man page, or write those of all commands into a folder.
    Man {
        /// The folder, for instance ~/.local/share/man/man1.
        folder: Option<PathBuf>,
    },
}

#[derive(Arguments)]
pub struct Doctor {
    /// Leave out checks that need the network.
    #[arg(long)]
    pub offline: bool,
    /// Print one JSON object: version, system, checks.
    #[arg(long)]
    pub json: bool,
}

#[derive(Arguments)]
pub struct Demo {
    /// Number of contacts in the sandbox.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(10..=10_000_000))]
    pub contacts: u64,
    /// The file to write.
    #[arg(long, default_value = "elementkit-demo-contacts.csv", value_name = "FILE")]
    pub output: PathBuf,
}

#[derive(Arguments)]
pub struct Json {
    /// Print JSON instead of a table.
    #[arg(long)]
    pub json: bool,
}
