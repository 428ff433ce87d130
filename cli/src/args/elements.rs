//! Arguments of commands for elements.

use std::path::PathBuf;

use clap::{Args as Arguments, Subcommand};
use clap_complete::engine::ArgValueCandidates;

use super::{Json, Which};
use crate::complete;

#[derive(Arguments)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Elements {
    #[command(flatten)]
    pub list: Json,
    #[command(subcommand)]
    pub command: Option<ElementsCommand>,
}

#[derive(Subcommand)]
pub enum ElementsCommand {
    /// List the elements of the platform.
    List(Json),
    /// Import element definitions, so that their elements can be connected.
    Import(ImportElements),
    /// Write the definition of an element to standard output, or into a folder.
    Export(ExportElement),
    /// Remove an element without instances.
    Remove(RemoveElement),
    /// Check element definitions: report what would refuse an import, and what would not run. Needs no platform; with
    /// --database or --base-url it also reports keys that elements of the platform have.
    Check(CheckElements),
    /// Print the JSON Schema of element definitions, with which editors complete and check them.
    Schema,
    /// Write a new element definition, from an OpenAPI document or from answers.
    New(Box<NewElement>),
    /// Make a call of an element, and show the requests to the vendor and its answers, with secrets masked.
    Try(TryCall),
}

#[derive(Arguments)]
pub struct ImportElements {
    /// Files of JSON or YAML, or folders with element.json and its scripts.
    #[arg(required = true)]
    pub paths: Vec<PathBuf>,
    /// Replace the definitions of elements whose keys exist.
    #[arg(long)]
    pub replace: bool,
    /// Print JSON instead of text.
    #[arg(long)]
    pub json: bool,
}

#[derive(Arguments)]
pub struct ExportElement {
    /// The key or id of the element.
    #[arg(add = ArgValueCandidates::new(complete::elements))]
    pub key: String,
    /// Write element.json, with the scripts in files, into a new folder below this one.
    #[arg(long, value_name = "DIR")]
    pub folder: Option<PathBuf>,
}

#[derive(Arguments)]
pub struct RemoveElement {
    /// The key or id of the element.
    #[arg(add = ArgValueCandidates::new(complete::elements))]
    pub key: String,
}

#[derive(Arguments)]
pub struct CheckElements {
    /// Files of JSON or YAML, or folders with element.json and its scripts.
    #[arg(required = true)]
    pub paths: Vec<PathBuf>,
    /// Print JSON instead of text.
    #[arg(long)]
    pub json: bool,
    /// Whether the command line names a platform.
    #[arg(skip)]
    pub on_platform: bool,
}

/// Write a new element definition, from an OpenAPI document or from answers.
///
/// Without --openapi, what no option sets is asked for if the input is a terminal.
#[derive(Arguments)]
pub struct NewElement {
    /// An OpenAPI 3 or Swagger 2.0 document, as JSON or YAML: its operations become resources.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["url", "credentials", "parameter", "list", "root"])]
    pub openapi: Option<PathBuf>,
    /// The name of the element.
    #[arg(long)]
    pub name: Option<String>,
    /// The key of the element. Default: derived from the name.
    #[arg(long)]
    pub key: Option<String>,
    /// The hub of the paths. Default: general.
    #[arg(long)]
    pub hub: Option<String>,
    /// The address of the vendor's API.
    #[arg(long)]
    pub url: Option<String>,
    /// The way in which calls carry credentials.
    #[arg(long, value_name = "WAY", value_parser = ["none", "basic", "bearer", "header", "query", "oauth2"])]
    pub credentials: Option<String>,
    /// The name of the header or query parameter of an API key.
    #[arg(long, value_name = "NAME")]
    pub parameter: Option<String>,
    /// The path of a list at the vendor, such as /tickets.
    #[arg(long, value_name = "PATH")]
    pub list: Option<String>,
    /// The member of the list's answer that holds the records. Default: the answer is an array.
    #[arg(long, value_name = "MEMBER")]
    pub root: Option<String>,
    /// The file to write, or `-` for standard output. Default: the key with the extension .json.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Replace an existing file.
    #[arg(long)]
    pub force: bool,
}

/// Make a call of an element, and show the requests to the vendor and its answers, with secrets masked.
///
/// The call is made as it is, so a POST changes something at the vendor.
#[derive(Arguments)]
pub struct TryCall {
    /// The element's key.
    #[arg(add = ArgValueCandidates::new(complete::elements))]
    pub key: String,
    /// Method and path, for instance "GET /contacts?pageSize=5".
    #[arg(value_name = "METHOD PATH")]
    pub call: String,
    /// A body: its text, @ and a file name, or - for standard input. Do not pass secrets as arguments.
    #[arg(long, short, value_name = "TEXT|@FILE|-")]
    pub body: Option<String>,
    /// The media type of the body.
    #[arg(long, default_value = "application/json", value_name = "MEDIA TYPE")]
    pub content_type: String,
    /// Show each step: what every script was given, changed and wrote, before and after the vendor's answer.
    #[arg(long)]
    pub trace: bool,
    /// Print JSON instead of text.
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub which: Which,
}
