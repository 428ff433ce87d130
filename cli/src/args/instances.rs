//! Arguments of commands for instances, and for custom calls.

use std::path::PathBuf;

use clap::{Args as Arguments, Subcommand};
use clap_complete::engine::ArgValueCandidates;

use super::Json;
use crate::complete;

/// Connect an element. Credentials come from environment variables or a prompt: BRIGHTTALK_API_KEY and
/// BRIGHTTALK_API_SECRET, ELEMENTKIT_OAUTH_API_KEY and ELEMENTKIT_OAUTH_API_SECRET, or those of --set-env. With OAuth
/// 2, grant access in a browser on this machine.
#[derive(Arguments)]
pub struct Connect {
    /// The element's key, for instance brighttalk.
    #[arg(add = ArgValueCandidates::new(complete::elements))]
    pub element: String,
    /// The name of the instance. Default: that of the element. Use a distinct name for each vendor account.
    #[arg(long)]
    pub name: Option<String>,
    /// Use the vendor's staging environment instead of production.
    #[arg(long)]
    pub staging: bool,
    /// Keep contacts without an email address in bulk results.
    #[arg(long)]
    pub keep_without_email: bool,
    /// A configuration value (repeatable). Do not pass secrets as arguments.
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// A configuration value from an environment variable (repeatable), for secrets.
    #[arg(long, value_name = "KEY=VARIABLE")]
    pub set_env: Vec<String>,
    /// The port of 127.0.0.1 to which the vendor sends the browser. 0 selects a free one; use a fixed one if the vendor
    /// compares ports.
    #[arg(long, default_value_t = 0)]
    pub port: u16,
    /// Print JSON instead of text; it contains the Element token.
    #[arg(long)]
    pub json: bool,
}

#[derive(Subcommand)]
pub enum Instances {
    /// List the instances.
    List(Json),
    /// Show one instance, with masked secrets.
    Get {
        /// Its id.
        #[arg(add = ArgValueCandidates::new(complete::instances))]
        id: i64,
        /// Print JSON; it contains the Element token.
        #[arg(long)]
        json: bool,
    },
    /// Delete an instance with its jobs and their files.
    Delete {
        /// Its id.
        #[arg(add = ArgValueCandidates::new(complete::instances))]
        id: i64,
    },
}

/// Instance of a command.
#[derive(Arguments)]
pub struct Which {
    /// The instance; not needed if there is only one.
    #[arg(long, env = "ELEMENTKIT_INSTANCE", value_name = "ID", add = ArgValueCandidates::new(complete::instances))]
    pub instance: Option<i64>,
}

/// Make a call, for instance: elementkit request GET /instances/count
#[derive(Arguments)]
pub struct Request {
    /// GET, POST, PUT, PATCH or DELETE.
    pub method: String,
    /// The path below /elements/api-v2.
    pub path: String,
    /// A query parameter (repeatable).
    #[arg(long, short, value_name = "NAME=VALUE")]
    pub query: Vec<String>,
    /// A header (repeatable).
    #[arg(long, short = 'H', value_name = "NAME: VALUE")]
    pub header: Vec<String>,
    /// A body: its text, @ and a file name, or - for standard input. Do not pass secrets as arguments.
    #[arg(long, short, value_name = "TEXT|@FILE|-")]
    pub body: Option<String>,
    /// The media type of the body.
    #[arg(long, default_value = "application/json", value_name = "MEDIA TYPE")]
    pub content_type: String,
    /// A field of a form (repeatable).
    #[arg(long, value_name = "NAME=VALUE", conflicts_with = "body")]
    pub field: Vec<String>,
    /// A file of a form (repeatable), after its fields: doc=@report.pdf or 'doc=@report.pdf;type=application/pdf'.
    #[arg(long, value_name = "NAME=@FILE", conflicts_with = "body")]
    pub file: Vec<String>,
    /// Write the response to a file.
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Make the call as the instance, by its Element token, instead of the user.
    #[arg(long)]
    pub element: bool,
    #[command(flatten)]
    pub which: Which,
}
