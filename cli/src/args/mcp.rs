//! Arguments of the server for assistants.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args as Arguments, Subcommand};

#[derive(Arguments)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Mcp {
    #[command(flatten)]
    pub serve: ServeMcp,
    #[command(subcommand)]
    pub command: Option<McpCommand>,
}

#[derive(Subcommand)]
pub enum McpCommand {
    /// Serve an assistant: on standard input and output, or over HTTP with --listen. The default.
    Serve(ServeMcp),
    /// Print the configuration with which usual clients start the server, with the same options.
    Install(ServeMcp),
}

#[derive(Arguments)]
pub struct ServeMcp {
    /// Serve over HTTP on this address of this computer instead of standard input and output; port 0 selects a free one.
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
    /// Show only this instance. Can be repeated.
    #[arg(long, value_name = "ID")]
    pub instance: Vec<i64>,
    /// Show a field that identifies people, by name or as object.name. Can be repeated, or separated by commas.
    #[arg(long, value_name = "FIELD", value_delimiter = ',')]
    pub reveal: Vec<String>,
    /// Mask a further field. Can be repeated, or separated by commas.
    #[arg(long, value_name = "FIELD", value_delimiter = ',')]
    pub mask: Vec<String>,
    /// Allow saving tables into this folder. Can be repeated.
    #[arg(long, value_name = "DIR")]
    pub allow_folder: Vec<PathBuf>,
    /// Write the values that answers mask into saved files.
    #[arg(long, requires = "allow_folder")]
    pub reveal_in_files: bool,
    /// Allow creating, changing and deleting records, each after a dry run.
    #[arg(long)]
    pub allow_writes: bool,
    /// Maximum number of records of an answer.
    #[arg(long, default_value_t = 50, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub max_rows: u16,
    /// Maximum size of the records of an answer, in bytes.
    #[arg(long, default_value_t = 32768, value_name = "BYTES", value_parser = clap::value_parser!(u32).range(1024..=1_048_576))]
    pub max_bytes: u32,
    /// The file to which a line is appended for each call; the database's name with `.audit.jsonl` by default.
    #[arg(long, value_name = "FILE")]
    pub audit: Option<PathBuf>,
}
