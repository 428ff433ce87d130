//! Arguments of the Singer tap.

use std::path::PathBuf;

use clap::Args as Arguments;

/// Extract records as a Singer tap: messages for a target, on standard output.
///
/// The configuration is a JSON file, for which docs/guides/singer.md lists the members. A stream is an object of the
/// instance. Without a catalogue, all streams are extracted.
#[derive(Arguments)]
pub struct Tap {
    /// The configuration. Default: the database and the only instance of the command.
    #[arg(long, short, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Print the catalogue of streams instead.
    #[arg(long, short)]
    pub discover: bool,
    /// The catalogue with the streams and properties that are selected.
    #[arg(long, value_name = "FILE", alias = "properties", conflicts_with = "discover")]
    pub catalog: Option<PathBuf>,
    /// The last state that an earlier run has printed.
    #[arg(long, short, value_name = "FILE", conflicts_with = "discover")]
    pub state: Option<PathBuf>,
}
