//! The command line.

mod data;
mod engine;
mod instances;
mod shapes;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args as Arguments, CommandFactory, FromArgMatches, Parser, Subcommand};

pub use data::{Bulk, BulkQuery, FileArgs, FormatArg, JobArgs, Objects, Records, Sync};
pub use engine::{Backup, LogFormat, Organizations, Purge, Restore, Secrets, Serve, Vault};
pub use instances::{Connect, Instances, Request, Which};
pub use shapes::{Export, Import, Transform, Try};

const AFTER_HELP: &str = "\
Exit codes: 0 done; 1 other failures; 2 wrong usage; 3 credentials refused; 4 not found; 5 refused as wrong;
6 the vendor or the platform cannot be reached or fails; 7 a bulk job ended without success; 8 the database or a
file failed; 9 a sync could not read everything; 130 interrupted.

Proxies come from HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY; loopback addresses use none. Certificate
authorities in the files of ELEMENTKIT_CA_FILE, SSL_CERT_FILE and SSL_CERT_DIR are trusted in addition to the public
ones. docs/environment.md lists all variables.";

/// Cloud Elements as a command: webinars and their audiences from BrightTALK, hosted or on a local file.
#[derive(Parser)]
#[command(name = "elementkit", version, after_help = AFTER_HELP)]
pub struct Args {
    #[command(flatten)]
    pub target: Target,
    /// Says more; twice says much more. `ELEMENTKIT_LOG` takes a filter of its own.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    #[command(subcommand)]
    pub command: Command,
}

/// Which platform a command works on: the engine on a local file, unless a base URL is given.
#[derive(Arguments)]
pub struct Target {
    /// The database file of the embedded engine.
    #[arg(long, global = true, env = "ELEMENTKIT_DATABASE", default_value = "elementkit.db", value_name = "FILE")]
    pub database: PathBuf,
    /// Keeps the vault key of a new database in the keyring of the operating system instead of a file; an existing one
    /// knows where its key is. ELEMENTKIT_VAULT_KEY comes first.
    #[arg(long, global = true, env = "ELEMENTKIT_KEYRING", value_parser = clap::builder::FalseyValueParser::new())]
    pub keyring: bool,
    /// A hosted platform instead, with ELEMENTKIT_USER_SECRET and ELEMENTKIT_ORGANIZATION_SECRET.
    #[arg(long, global = true, env = "ELEMENTKIT_BASE_URL", value_name = "URL")]
    pub base_url: Option<String>,
    /// Another host instead of BrightTALK's, for the embedded engine: a sandbox or a proxy.
    #[arg(long, global = true, env = "ELEMENTKIT_BRIGHTTALK_URL", value_name = "URL")]
    pub brighttalk_url: Option<String>,
    /// What is done with warnings, such as about a field that does not exist: report prints them on standard error, deny
    /// makes them errors.
    #[arg(long, global = true, default_value = "report", value_name = "report|deny|ignore")]
    pub warnings: elementkit::Warnings,
}

impl Args {
    /// Reads arguments and environment.
    pub fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let matches = without_blank_variables(Self::command()).try_get_matches_from(arguments)?;
        let args = Self::from_arg_matches(&matches)?;
        match given_target(&matches) {
            Some(option) if args.command.works_on_nothing() => {
                let message = format!("{option} has no meaning for this command");
                Err(Self::command().error(ErrorKind::ArgumentConflict, message))
            }
            _ => Ok(args),
        }
    }
}

/// A variable that is set to nothing counts as not set: whoever starts containers often passes all of them on.
fn without_blank_variables(command: clap::Command) -> clap::Command {
    let blank = |arg: &clap::Arg| arg.get_env().and_then(std::env::var_os).is_some_and(|value| value.is_empty());
    command
        .mut_args(|arg| if blank(&arg) { arg.env(None::<&str>) } else { arg })
        .mut_subcommands(without_blank_variables)
}

/// An option of [`Target`] that the command line itself gives.
fn given_target(matches: &ArgMatches) -> Option<&'static str> {
    let options = [
        ("database", "--database"),
        ("keyring", "--keyring"),
        ("base_url", "--base-url"),
        ("brighttalk_url", "--brighttalk-url"),
    ];
    let given = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
    options.into_iter().find(|(id, _)| given(id)).map(|(_, option)| option)
}

#[derive(Subcommand)]
pub enum Command {
    /// Shows the main job against a sandbox: connect, list channels, pull every contact into a CSV.
    Demo(Demo),
    /// Runs a simulated BrightTALK on a port.
    Sandbox(brighttalk_sim::Config),
    /// Serves the engine on a port: the Cloud Elements contract over HTTP.
    Serve(Serve),
    /// Prints the user and organization secret of the database's first user.
    Secrets(Secrets),
    /// Connects an element: makes its instance, or gives the one of that name new credentials.
    Connect(Connect),
    /// Lists, shows or deletes instances.
    #[command(subcommand)]
    Instances(Instances),
    /// Makes or lists organizations of the embedded engine's database, which see nothing of each other.
    #[command(subcommand)]
    Organizations(Organizations),
    /// Lists the elements of the platform.
    Elements(Json),
    /// Lists the objects of an instance, or the fields of one.
    Objects(Objects),
    /// Reads records of a resource.
    Records(Records),
    /// Runs bulk jobs.
    #[command(subcommand)]
    Bulk(Bulk),
    /// Pulls what changed of an object since the last pull.
    Sync(Sync),
    /// Makes any call of the platform, and writes what it answers.
    Request(Request),
    /// Changes the key of the vault.
    #[command(subcommand)]
    Vault(Vault),
    /// Copies the database and its bulk files into a new folder, also while the engine works.
    Backup(Backup),
    /// Puts a backup back where no database is yet.
    Restore(Restore),
    /// Reads everything in the database once and says what is damaged or was changed.
    Check(Json),
    /// Deletes for good: what is deleted can be read by nobody any more.
    Purge(Purge),
    /// Brings in object definitions and transformations that were exported from a platform.
    Import(Import),
    /// Writes object definitions and transformations into a folder, a file an object.
    Export(Export),
    /// Works on transformations.
    #[command(subcommand)]
    Transform(Transform),
    /// Prints completions for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

impl Command {
    /// Whether it uses neither a database nor a platform that somebody could name.
    fn works_on_nothing(&self) -> bool {
        matches!(self, Self::Demo(_) | Self::Sandbox(_) | Self::Completions { .. })
    }
}

#[derive(Arguments)]
pub struct Demo {
    /// Contacts in the sandbox.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(10..=10_000_000))]
    pub contacts: u64,
    /// The file to write.
    #[arg(long, default_value = "elementkit-demo-contacts.csv", value_name = "FILE")]
    pub output: PathBuf,
}

#[derive(Arguments)]
pub struct Json {
    /// JSON instead of a table.
    #[arg(long)]
    pub json: bool,
}
