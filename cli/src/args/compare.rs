//! Arguments of `compare`.

use std::path::PathBuf;

use clap::Args as Arguments;

use super::Which;

/// Compare the same reads of two platforms record by record: the one of --base-url or --database with that of
/// --with-base-url or --with-database. The exit code is 10 if they differ. Values, and keys that are not numbers, are
/// shown only with --values.
#[derive(Arguments)]
pub struct Compare {
    /// The resources: channels, contacts, activities …, or common resources.
    #[arg(required = true)]
    pub resources: Vec<String>,
    #[command(flatten)]
    pub which: Which,
    /// The other platform, with ELEMENTKIT_OTHER_USER_SECRET and ELEMENTKIT_OTHER_ORGANIZATION_SECRET.
    #[arg(long, value_name = "URL")]
    pub with_base_url: Option<String>,
    /// The database file of the embedded engine as the other platform.
    #[arg(long, value_name = "FILE", conflicts_with = "with_base_url")]
    pub with_database: Option<PathBuf>,
    /// The instance of the other platform; not needed if there is only one.
    #[arg(long, value_name = "ID")]
    pub with_instance: Option<i64>,
    /// The fields that identify a record, comma-separated.
    #[arg(long, value_delimiter = ',', default_value = "id", value_name = "FIELDS")]
    pub key: Vec<String>,
    /// Fields that are not compared, comma-separated; with all fields below them.
    #[arg(long, value_delimiter = ',', value_name = "FIELDS")]
    pub ignore: Vec<String>,
    /// Compare only records changed after this date.
    #[arg(long, value_name = "DATE")]
    pub since: Option<String>,
    /// Compare only records that match this CEQL condition.
    #[arg(long = "where", value_name = "CONDITION")]
    pub condition: Option<String>,
    /// Read only these fields, comma-separated.
    #[arg(long)]
    pub fields: Option<String>,
    /// List at most this many differences; all are counted.
    #[arg(long, value_name = "NUMBER", default_value_t = 20)]
    pub limit: usize,
    /// Show keys and values, which may be personal data.
    #[arg(long)]
    pub values: bool,
    /// Print one JSON object for each resource.
    #[arg(long)]
    pub json: bool,
}
