//! The page server, as an argument.

use std::path::PathBuf;

/// Where the pages are.
#[derive(Clone, clap::Args)]
pub struct Source {
    /// The page server.
    #[arg(long)]
    pub url: String,
    /// The certificate to trust.
    #[arg(long)]
    pub ca: Option<PathBuf>,
}
