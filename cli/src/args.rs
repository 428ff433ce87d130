//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args as Arguments, Parser, Subcommand, ValueEnum};

const EXIT_CODES: &str = "\
Exit codes: 0 done; 1 other failures; 2 wrong usage; 3 credentials refused; 4 not found; 5 refused as wrong;
6 the vendor or the platform cannot be reached or fails; 7 a bulk job ended without success; 8 the database or a
file failed; 130 interrupted.";

/// Cloud Elements as a command: webinars and their audiences from BrightTALK, hosted or on a local file.
#[derive(Parser)]
#[command(name = "elementkit", version, after_help = EXIT_CODES)]
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
    /// A hosted platform instead, with ELEMENTKIT_USER_SECRET and ELEMENTKIT_ORGANIZATION_SECRET.
    #[arg(long, global = true, env = "ELEMENTKIT_BASE_URL", value_name = "URL")]
    pub base_url: Option<String>,
    /// Another host instead of BrightTALK's, for the embedded engine: a sandbox or a proxy.
    #[arg(long, global = true, env = "ELEMENTKIT_BRIGHTTALK_URL", value_name = "URL")]
    pub brighttalk_url: Option<String>,
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
    /// Creates an instance of an element.
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
pub struct Serve {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:8088", value_name = "ADDRESS")]
    pub listen: SocketAddr,
    /// Speaks TLS with this certificate: PEM, with the chain to a known authority behind it.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// The private key of the certificate, in PEM.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Speaks plain HTTP to other machines too, for a proxy that speaks TLS; secrets travel in the clear.
    #[arg(long)]
    pub allow_insecure_http: bool,
    /// Connections at a time; more wait.
    #[arg(long, default_value_t = 1024, value_name = "NUMBER")]
    pub max_connections: usize,
    /// Keeps no records of calls, which GET /usage reads.
    #[arg(long)]
    pub no_usage: bool,
    /// How log lines look; -v logs every call.
    #[arg(long, value_enum, default_value_t = LogFormat::Text, env = "ELEMENTKIT_LOG_FORMAT")]
    pub log_format: LogFormat,
    /// Accepts `brighttalk.base.url` in instances.
    #[arg(long)]
    pub allow_vendor_override: bool,
    /// Hides the objects and paths that the published element does not have.
    #[arg(long)]
    pub published_only: bool,
    /// Gives activities three more fields: activityUrl, activityType, totalViewingDurationMinutes.
    #[arg(long)]
    pub derived_activity_fields: bool,
    /// Gives scripts of transformations the secrets of the call in their `configuration`.
    #[arg(long)]
    pub expose_script_secrets: bool,
    /// How long a bulk job waits for a vendor that cannot be reached, in seconds.
    #[arg(long, default_value_t = 7200, value_name = "SECONDS")]
    pub max_outage: u64,
    /// Lets callbacks go to private, link-local and loopback addresses.
    #[arg(long)]
    pub allow_private_callbacks: bool,
}

#[derive(Subcommand)]
pub enum Vault {
    /// Makes a new key and seals everything anew with it. A key from ELEMENTKIT_VAULT_KEY is replaced by the one in
    /// ELEMENTKIT_VAULT_KEY_NEW.
    Rotate,
}

#[derive(Arguments)]
pub struct Backup {
    /// The new folder to copy to.
    pub folder: PathBuf,
    /// Copies the vault key file too. Whoever has the folder can then read everything in it.
    #[arg(long)]
    pub with_key: bool,
}

#[derive(Arguments)]
pub struct Restore {
    /// The folder a backup was made into.
    pub folder: PathBuf,
}

#[derive(Arguments)]
pub struct Purge {
    /// Only this instance, with its jobs and results.
    #[arg(long, value_name = "ID", conflicts_with = "all")]
    pub instance: Option<i64>,
    /// All instances. Without this and --instance: all bulk jobs and their results.
    #[arg(long)]
    pub all: bool,
    /// Does not ask.
    #[arg(long)]
    pub yes: bool,
}

#[derive(Arguments)]
pub struct Secrets {
    /// One JSON object: userSecret, organizationSecret.
    #[arg(long)]
    pub json: bool,
}

#[derive(Arguments)]
pub struct Json {
    /// JSON instead of a table.
    #[arg(long)]
    pub json: bool,
}

/// The API key and secret come from BRIGHTTALK_API_KEY and BRIGHTTALK_API_SECRET, or are asked for.
#[derive(Arguments)]
pub struct Connect {
    /// The element's key.
    #[arg(value_parser = ["brighttalk"])]
    pub element: String,
    /// The name of the new instance.
    #[arg(long, default_value = "BrightTALK")]
    pub name: String,
    /// The vendor's staging environment instead of production.
    #[arg(long)]
    pub staging: bool,
    /// Keeps contacts without an email address in bulk results.
    #[arg(long)]
    pub keep_without_email: bool,
    /// JSON instead of text; the Element token is in it.
    #[arg(long)]
    pub json: bool,
}

#[derive(Subcommand)]
pub enum Instances {
    /// Lists the instances.
    List(Json),
    /// Shows one instance, secrets masked.
    Get {
        /// Its id.
        id: i64,
        /// JSON; the Element token is in it.
        #[arg(long)]
        json: bool,
    },
    /// Deletes an instance with its jobs and their files.
    Delete {
        /// Its id.
        id: i64,
    },
}

#[derive(Subcommand)]
pub enum Organizations {
    /// Makes an organization and prints the secrets of its first user.
    Create {
        /// Its name.
        #[arg(long)]
        name: String,
        /// The e-mail address of its first user.
        #[arg(long)]
        email: Option<String>,
        /// One JSON object: id, name, userSecret, organizationSecret.
        #[arg(long)]
        json: bool,
    },
    /// Lists the organizations.
    List(Json),
}

/// Which instance a command works with.
#[derive(Arguments)]
pub struct Which {
    /// The instance; not needed when there is only one.
    #[arg(long, env = "ELEMENTKIT_INSTANCE", value_name = "ID")]
    pub instance: Option<i64>,
}

#[derive(Arguments)]
pub struct Objects {
    /// An object, to list its fields.
    pub object: Option<String>,
    #[command(flatten)]
    pub which: Which,
    /// JSON instead of a table.
    #[arg(long)]
    pub json: bool,
}

#[derive(Arguments)]
pub struct Records {
    /// The resource: channels, contacts, activities, webcasts, registrations, viewings, surveys, responses …
    pub resource: String,
    #[command(flatten)]
    pub which: Which,
    /// Only this channel.
    #[arg(long, value_name = "ID")]
    pub channel: Option<u64>,
    /// Only records changed after this date.
    #[arg(long, value_name = "DATE")]
    pub since: Option<String>,
    /// A CEQL condition.
    #[arg(long = "where", value_name = "CONDITION")]
    pub condition: Option<String>,
    /// Only these fields, comma-separated.
    #[arg(long)]
    pub fields: Option<String>,
    /// At most this many records.
    #[arg(long, default_value_t = 100, value_name = "NUMBER")]
    pub limit: usize,
    /// One JSON object a line.
    #[arg(long, conflicts_with = "csv")]
    pub json: bool,
    /// CSV with a header line.
    #[arg(long)]
    pub csv: bool,
}

#[derive(Subcommand)]
pub enum Bulk {
    /// Starts a query, waits for its end and writes the result. Ctrl-C parks the job; `bulk resume` goes on.
    Query(BulkQuery),
    /// Lists all jobs, newest first.
    List {
        #[command(flatten)]
        which: Which,
        /// JSON instead of a table.
        #[arg(long)]
        json: bool,
    },
    /// Shows where a job stands.
    Status(JobArgs),
    /// Shows the figures of a job.
    Report(JobArgs),
    /// Lists the rows that failed.
    Errors(JobArgs),
    /// Ends a job; it can be resumed.
    Cancel(JobArgs),
    /// Goes on with a parked, aborted or cancelled job, and waits for its end.
    Resume(JobArgs),
    /// Writes the result of a job.
    Download {
        #[command(flatten)]
        job: JobArgs,
        /// The file to write; its ending chooses the format.
        #[arg(long, short, value_name = "FILE")]
        output: PathBuf,
        /// The format, when the ending does not tell.
        #[arg(long, value_enum)]
        format: Option<FormatArg>,
    },
}

impl Bulk {
    /// Whether the command waits for the end of a job; interrupted, it parks the job.
    pub fn waits(&self) -> bool {
        matches!(self, Self::Query(_) | Self::Resume(_))
    }
}

#[derive(Arguments)]
pub struct BulkQuery {
    /// For instance: select * from contacts where lastUpdated > '2026-01-01'
    pub statement: String,
    #[command(flatten)]
    pub which: Which,
    /// Only records changed at or after this date.
    #[arg(long, value_name = "DATE")]
    pub from: Option<String>,
    /// Only records changed at or before this date.
    #[arg(long, value_name = "DATE")]
    pub to: Option<String>,
    /// The file to write; its ending chooses the format. Nothing is written without it.
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// The format, when the ending does not tell.
    #[arg(long, value_enum)]
    pub format: Option<FormatArg>,
    /// Prints the job's status as JSON at the end.
    #[arg(long)]
    pub json: bool,
}

/// The first pull takes everything. The state file moves on only when the rows are safely written, so that a pull
/// that fails is simply made again. Rows are to be upserted by their id: pulls overlap.
#[derive(Arguments)]
pub struct Sync {
    /// The object: contacts, activities, webcasts, registrations, viewings, responses …
    pub object: String,
    #[command(flatten)]
    pub which: Which,
    /// Where the state is kept between pulls; made by the first one.
    #[arg(long, value_name = "FILE")]
    pub state: PathBuf,
    /// The file to write, replaced by each pull; its ending chooses the format.
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
    /// The format, when the ending does not tell.
    #[arg(long, value_enum)]
    pub format: Option<FormatArg>,
    /// JSON instead of text.
    #[arg(long)]
    pub json: bool,
}

/// Definitions and transformations that are there are replaced, others are created. Mapped fields that their
/// definition lacks are left out.
#[derive(Arguments)]
pub struct Import {
    /// A file, or a folder of files; both forms that Cloud Elements exports are read.
    pub path: PathBuf,
    /// Where parts go that name no level.
    #[arg(long, default_value = "organization", value_parser = ["organization", "account", "instance"])]
    pub level: String,
    /// The account for parts of the level account; the default account when not said.
    #[arg(long, value_name = "ID")]
    pub account: Option<i64>,
    /// The instance for parts of the level instance; without it they are passed over.
    #[arg(long, value_name = "ID")]
    pub instance: Option<i64>,
    /// JSON instead of text.
    #[arg(long)]
    pub json: bool,
}

#[derive(Arguments)]
pub struct Export {
    /// The folder; made when it is not there.
    pub folder: PathBuf,
    /// The account; the default account when not said.
    #[arg(long, value_name = "ID")]
    pub account: Option<i64>,
    /// Also what is for this instance alone.
    #[arg(long, value_name = "ID")]
    pub instance: Option<i64>,
}

#[derive(Subcommand)]
pub enum Transform {
    /// Maps a record and shows it before and after; the vendor is not asked.
    Try(Try),
}

#[derive(Arguments)]
pub struct Try {
    /// The common resource.
    pub object: String,
    /// The record, or an array of them: JSON text, @ and a file, or - for the standard input, as without it.
    pub record: Option<String>,
    /// By what the account and the organization map for this element.
    #[arg(long, default_value = "brighttalk")]
    pub element: String,
    /// By all that maps it for this instance.
    #[arg(long, value_name = "ID")]
    pub instance: Option<i64>,
    /// The other way: from the common resource to the vendor's object.
    #[arg(long)]
    pub to_vendor: bool,
    /// One JSON object: before, after.
    #[arg(long)]
    pub json: bool,
}

/// For instance: elementkit request GET /instances/count
#[derive(Arguments)]
pub struct Request {
    /// GET, POST, PUT, PATCH or DELETE.
    pub method: String,
    /// The path below /elements/api-v2.
    pub path: String,
    /// A query parameter; may be given several times.
    #[arg(long, short, value_name = "NAME=VALUE")]
    pub query: Vec<String>,
    /// A header; may be given several times.
    #[arg(long, short = 'H', value_name = "NAME: VALUE")]
    pub header: Vec<String>,
    /// A body: its text, @ and a file, or - for the standard input. Secrets do not belong into the arguments.
    #[arg(long, short, value_name = "TEXT|@FILE|-")]
    pub body: Option<String>,
    /// What the body is.
    #[arg(long, default_value = "application/json", value_name = "MEDIA TYPE")]
    pub content_type: String,
    /// Calls as the instance, by its Element token, instead of the user.
    #[arg(long)]
    pub element: bool,
    #[command(flatten)]
    pub which: Which,
}

#[derive(Arguments)]
pub struct JobArgs {
    /// The job's id.
    pub id: String,
    #[command(flatten)]
    pub which: Which,
    /// JSON instead of text.
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    #[default]
    Text,
    Json,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum FormatArg {
    Csv,
    Json,
    Jsonl,
    Parquet,
    Arrow,
}
