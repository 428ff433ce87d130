//! Arguments of commands for shapes of one's own and their mappings.

use std::path::PathBuf;

use clap::{Args as Arguments, Subcommand};

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
