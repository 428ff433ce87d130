//! Arguments of commands for custom object definitions and their mappings.

use std::path::PathBuf;

use clap::{Args as Arguments, Subcommand};

/// Import definitions, transformations, elements and formulas. Existing ones are replaced, missing ones are created.
/// Mapped fields that their definition lacks are left out.
#[derive(Arguments)]
pub struct Import {
    /// A file or a folder in any form that Cloud Elements, its backup tools or `elementkit export` write.
    pub path: PathBuf,
    /// The level of parts that specify none.
    #[arg(long, default_value = "organization", value_parser = ["organization", "account", "instance"])]
    pub level: String,
    /// The account for parts of the level account. Default: the default account.
    #[arg(long, value_name = "ID")]
    pub account: Option<i64>,
    /// The instance for parts of the level instance, which are skipped without it.
    #[arg(long, value_name = "ID")]
    pub instance: Option<i64>,
    /// Change nothing, and say what would be created, replaced and left as it is.
    #[arg(long)]
    pub check: bool,
    /// Print JSON instead of text.
    #[arg(long)]
    pub json: bool,
}

#[derive(Arguments)]
pub struct Export {
    /// The folder, which is created if it is missing; the file for the layouts vdrs and backup.
    pub folder: PathBuf,
    /// The files to write. objects: a file for each object; vdrs: one file with the objects by name; backup: one file with
    /// elements, formulas and objects; folders: folders with scripts in files; older-folders: those of older tools.
    #[arg(long, default_value = "objects", value_parser = ["objects", "vdrs", "backup", "folders", "older-folders"])]
    pub layout: String,
    /// The account. Default: the default account.
    #[arg(long, value_name = "ID")]
    pub account: Option<i64>,
    /// Also export what is defined for this instance alone.
    #[arg(long, value_name = "ID")]
    pub instance: Option<i64>,
}

#[derive(Subcommand)]
pub enum Transform {
    /// Map a record and show it before and after, without calling the vendor.
    Try(Try),
}

#[derive(Arguments)]
pub struct Try {
    /// The common resource.
    pub object: String,
    /// The record, or an array of them: JSON text, @ and a file name, or - for standard input, the default.
    pub record: Option<String>,
    /// Use the mappings of the account and the organization for this element.
    #[arg(long, default_value = "brighttalk")]
    pub element: String,
    /// Use all mappings that apply to this instance.
    #[arg(long, value_name = "ID")]
    pub instance: Option<i64>,
    /// Map in the other direction: from the common resource to the vendor's object.
    #[arg(long)]
    pub to_vendor: bool,
    /// Print one JSON object: before, after.
    #[arg(long)]
    pub json: bool,
}
