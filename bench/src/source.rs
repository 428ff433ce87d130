//! Arguments for the page server.

use std::path::PathBuf;

/// Address of the pages.
#[derive(Clone, clap::Args)]
pub struct Source {
    /// Address of the page server.
    #[arg(long)]
    pub url: String,
    /// Certificate to trust.
    #[arg(long)]
    pub ca: Option<PathBuf>,
}
