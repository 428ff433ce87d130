//! Arguments of commands that read data: records, bulk jobs, changes.

use std::path::PathBuf;

use clap::{Args as Arguments, Subcommand, ValueEnum};
use clap_complete::engine::ArgValueCandidates;

use super::Which;
use crate::complete;

#[derive(Arguments)]
pub struct Objects {
    /// The object whose fields to list.
    #[arg(add = ArgValueCandidates::new(complete::objects))]
    pub object: Option<String>,
    #[command(flatten)]
    pub which: Which,
    /// Print JSON instead of a table.
    #[arg(long)]
    pub json: bool,
}

#[derive(Arguments)]
pub struct Records {
    /// The resource: channels, contacts, activities, webcasts, registrations, viewings, surveys, responses …
    #[arg(add = ArgValueCandidates::new(complete::objects))]
    pub resource: String,
    #[command(flatten)]
    pub which: Which,
    /// Read only this channel.
    #[arg(long, value_name = "ID")]
    pub channel: Option<u64>,
    /// Read only records changed after this date.
    #[arg(long, value_name = "DATE")]
    pub since: Option<String>,
    /// Read only records that match this CEQL condition.
    #[arg(long = "where", value_name = "CONDITION")]
    pub condition: Option<String>,
    /// Read only these fields, comma-separated.
    #[arg(long)]
    pub fields: Option<String>,
    /// Read at most this many records. Default: all, but 100 in a table on a terminal.
    #[arg(long, value_name = "NUMBER")]
    pub limit: Option<usize>,
    /// Print one JSON object per line.
    #[arg(long, conflicts_with = "csv")]
    pub json: bool,
    /// Print CSV with a header line.
    #[arg(long)]
    pub csv: bool,
    /// Show every field in full, however wide the terminal is.
    #[arg(long, conflicts_with_all = ["json", "csv"])]
    pub wide: bool,
}

#[derive(Subcommand)]
pub enum Bulk {
    /// Start a query, wait for its end and write the result. Ctrl-C parks the job; `bulk resume` continues it.
    Query(BulkQuery),
    /// Send the records of a file, wait for the end and write those that failed. Ctrl-C parks the job.
    Upload(BulkUpload),
    /// List all jobs, newest first.
    List {
        #[command(flatten)]
        which: Which,
        /// Print JSON instead of a table.
        #[arg(long)]
        json: bool,
        /// Show statements in full, however wide the terminal is.
        #[arg(long, conflicts_with = "json")]
        wide: bool,
    },
    /// Show the status of a job.
    Status(JobArgs),
    /// Show the figures of a job.
    Report(JobArgs),
    /// List the rows that failed.
    Errors(JobArgs),
    /// End a job; it can be resumed.
    Cancel(JobArgs),
    /// Continue a parked, aborted or cancelled job, and wait for its end.
    Resume {
        #[command(flatten)]
        job: JobArgs,
        #[command(flatten)]
        file: FileArgs,
    },
    /// Write the result of a job.
    Download {
        #[command(flatten)]
        job: JobArgs,
        /// The file to write; its extension selects the format.
        #[arg(long, short, value_name = "FILE")]
        output: PathBuf,
        /// The format, if the extension does not identify it.
        #[arg(long, value_enum)]
        format: Option<FormatArg>,
        /// Write objects and arrays of records without a closed schema as structs and lists, in Arrow and Parquet files.
        #[arg(long)]
        structs: bool,
    },
}

impl Bulk {
    /// Returns whether the command waits for the end of a job; an interrupt then parks the job.
    pub fn waits(&self) -> bool {
        matches!(self, Self::Query(_) | Self::Upload(_) | Self::Resume { .. })
    }
}

#[derive(Arguments)]
pub struct BulkQuery {
    /// The statement, for instance: select * from contacts where lastUpdated > '2026-01-01'
    pub statement: String,
    #[command(flatten)]
    pub which: Which,
    /// Read only records changed at or after this date.
    #[arg(long, value_name = "DATE")]
    pub from: Option<String>,
    /// Read only records changed at or before this date.
    #[arg(long, value_name = "DATE")]
    pub to: Option<String>,
    #[command(flatten)]
    pub file: FileArgs,
    /// Print the job's status as JSON at the end.
    #[arg(long)]
    pub json: bool,
}

#[derive(Arguments)]
pub struct BulkUpload {
    /// The file: CSV with a header line, a JSON array, or JSON lines. Its extension selects the format.
    pub file: PathBuf,
    /// The object or common resource whose records the file has.
    #[arg(long, value_name = "NAME", add = ArgValueCandidates::new(complete::objects))]
    pub object: String,
    #[command(flatten)]
    pub which: Which,
    /// The effect on the records.
    #[arg(long, value_enum, default_value_t)]
    pub mode: ModeArg,
    /// The field with the key of a record. Default: the primary key of the object, but none for an upsert.
    #[arg(long, value_name = "FIELD")]
    pub key: Option<String>,
    /// The path of the list that records are written to, for instance /lists/42/members.
    #[arg(long)]
    pub path: Option<String>,
    /// The format, if the extension does not identify it.
    #[arg(long, value_enum)]
    pub format: Option<UploadFormatArg>,
    /// Send this many records at a time, from 1 to 10. Default: 4.
    #[arg(long, value_name = "NUMBER")]
    pub concurrency: Option<u32>,
    /// Send columns that the object does not have, too.
    #[arg(long)]
    pub unknown_columns: bool,
    /// Write the records that failed to this file, in the format of the upload.
    #[arg(long, value_name = "FILE")]
    pub failed: Option<PathBuf>,
    /// Return as soon as the job has started. Without --base-url the job then waits for the next command that opens the
    /// database.
    #[arg(long, conflicts_with = "failed")]
    pub no_wait: bool,
    /// Print the job's status as JSON at the end.
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Copy, Default, ValueEnum)]
pub enum ModeArg {
    #[default]
    Create,
    Update,
    Replace,
    Upsert,
    Delete,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum UploadFormatArg {
    Csv,
    Json,
}

/// Output file of the result of a job.
#[derive(Arguments)]
pub struct FileArgs {
    /// The file to write; its extension selects the format. Without it, no file is written.
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// The format, if the extension does not identify it.
    #[arg(long, value_enum, requires = "output")]
    pub format: Option<FormatArg>,
    /// Write objects and arrays of records without a closed schema as structs and lists, in Arrow and Parquet files.
    #[arg(long, requires = "output")]
    pub structs: bool,
}

#[derive(Arguments)]
pub struct JobArgs {
    /// The job's id.
    #[arg(add = ArgValueCandidates::new(complete::jobs))]
    pub id: String,
    #[command(flatten)]
    pub which: Which,
    /// Print JSON instead of text.
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

/// Pull what changed since the last pull.
///
/// The first pull reads everything. The state file advances only once the rows are safely written, so a pull that fails
/// can simply be repeated. Upsert the rows by their id: pulls overlap. If something could not be read, such as a
/// channel that was refused or a row whose script failed, it is named on standard error, the exit code is 9, and the
/// next pull reads it again.
#[derive(Arguments)]
pub struct Sync {
    /// The object: contacts, activities, webcasts, registrations, viewings, responses …
    #[arg(add = ArgValueCandidates::new(complete::objects))]
    pub object: String,
    #[command(flatten)]
    pub which: Which,
    /// The file that stores the state between pulls; the first one creates it.
    #[arg(long, value_name = "FILE")]
    pub state: PathBuf,
    /// The file to write, replaced by each pull; its extension selects the format.
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
    /// The format, if the extension does not identify it.
    #[arg(long, value_enum)]
    pub format: Option<FormatArg>,
    /// Read only these fields, comma-separated.
    #[arg(long)]
    pub fields: Option<String>,
    /// Read only records that match this CEQL condition.
    #[arg(long = "where", value_name = "CONDITION")]
    pub condition: Option<String>,
    /// Read only this channel (repeatable).
    #[arg(long, value_name = "ID")]
    pub channel: Vec<u64>,
    /// Skip what this pull and earlier ones could not read: name it, and do not read it again.
    #[arg(long)]
    pub skip_pending: bool,
    /// Print JSON instead of text.
    #[arg(long)]
    pub json: bool,
}

/// Report the engagement of a webinar, or of all webinars of a channel: registrations, attendance, watch time, drop-off,
/// leads by company and country, answers of surveys. The document needs no other file, and contains no names or e-mail
/// addresses.
#[cfg(feature = "report")]
#[derive(Arguments)]
pub struct Report {
    /// The channel.
    #[arg(long, value_name = "ID")]
    pub channel: String,
    /// One webinar of the channel. Default: all of them.
    #[arg(long, value_name = "ID")]
    pub webcast: Option<String>,
    #[command(flatten)]
    pub which: Which,
    /// The HTML file to write.
    #[arg(long, short, value_name = "FILE", required_unless_present = "json")]
    pub output: Option<PathBuf>,
    /// Print the figures as one JSON object.
    #[arg(long)]
    pub json: bool,
}
