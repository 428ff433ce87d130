//! Arguments of commands for instances, and for any other call.

use clap::{Args as Arguments, Subcommand};

use super::Json;

/// The API key and secret come from BRIGHTTALK_API_KEY and BRIGHTTALK_API_SECRET, or are asked for.
#[derive(Arguments)]
pub struct Connect {
    /// The element's key.
    #[arg(value_parser = ["brighttalk"])]
    pub element: String,
    /// The name of the instance; that of the element when not given. Another account of the vendor's needs a name of its
    /// own.
    #[arg(long)]
    pub name: Option<String>,
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

/// Which instance a command works with.
#[derive(Arguments)]
pub struct Which {
    /// The instance; not needed when there is only one.
    #[arg(long, env = "ELEMENTKIT_INSTANCE", value_name = "ID")]
    pub instance: Option<i64>,
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
