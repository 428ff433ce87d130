//! Arguments of commands that read: records, bulk jobs, what changed.

use std::path::PathBuf;

use clap::{Args as Arguments, Subcommand, ValueEnum};

use super::Which;

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
    /// At most this many records; all of them when not given, but 100 in a table on a terminal.
    #[arg(long, value_name = "NUMBER")]
    pub limit: Option<usize>,
    /// One JSON object a line.
    #[arg(long, conflicts_with = "csv")]
    pub json: bool,
    /// CSV with a header line.
    #[arg(long)]
    pub csv: bool,
    /// Show every field whole, however wide the terminal is.
    #[arg(long, conflicts_with_all = ["json", "csv"])]
    pub wide: bool,
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
        /// Show statements whole, however wide the terminal is.
        #[arg(long, conflicts_with = "json")]
        wide: bool,
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
    Resume {
        #[command(flatten)]
        job: JobArgs,
        #[command(flatten)]
        file: FileArgs,
    },
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
        matches!(self, Self::Query(_) | Self::Resume { .. })
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
    #[command(flatten)]
    pub file: FileArgs,
    /// Prints the job's status as JSON at the end.
    #[arg(long)]
    pub json: bool,
}

/// Where the result of a job goes.
#[derive(Arguments)]
pub struct FileArgs {
    /// The file to write; its ending chooses the format. Nothing is written without it.
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// The format, when the ending does not tell.
    #[arg(long, value_enum, requires = "output")]
    pub format: Option<FormatArg>,
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

#[derive(Clone, Copy, ValueEnum)]
pub enum FormatArg {
    Csv,
    Json,
    Jsonl,
    Parquet,
    Arrow,
}

/// Pull what changed since the last time.
///
/// The first pull takes everything. The state file advances only when the rows are safely written, so that a pull that
/// fails is simply made again. Rows are to be upserted by their id: pulls overlap. What could not be read, such as a
/// channel that was refused or a row whose script failed, is named on stderr, the exit code is then 9, and the next pull
/// reads it again.
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
    /// Only these fields, comma-separated.
    #[arg(long)]
    pub fields: Option<String>,
    /// A CEQL condition.
    #[arg(long = "where", value_name = "CONDITION")]
    pub condition: Option<String>,
    /// Only this channel; can be given more than once.
    #[arg(long, value_name = "ID")]
    pub channel: Vec<u64>,
    /// Give up what this pull and earlier ones could not read: it is named, and not read again.
    #[arg(long)]
    pub skip_pending: bool,
    /// JSON instead of text.
    #[arg(long)]
    pub json: bool,
}
