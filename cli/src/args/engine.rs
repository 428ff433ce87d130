//! Arguments of commands for the engine's own database: serving it and maintaining it.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args as Arguments, Subcommand, ValueEnum};

use super::Json;

#[derive(Arguments)]
pub struct Serve {
    /// The address to listen on; port 0 selects a free one.
    #[arg(long, default_value = "127.0.0.1:8088", value_name = "ADDRESS")]
    pub listen: SocketAddr,
    /// Serve TLS with this certificate: PEM, followed by its chain to a known authority.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// The private key of the certificate, in PEM.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Serve plain HTTP to other machines too, for a proxy that adds TLS; secrets are sent unencrypted.
    #[arg(long)]
    pub allow_insecure_http: bool,
    /// Maximum number of connections; further ones wait.
    #[arg(long, default_value_t = 1024, value_name = "NUMBER")]
    pub max_connections: usize,
    /// Do not record calls; `GET /usage` then returns none.
    #[arg(long)]
    pub no_usage: bool,
    /// The format of log lines; -v logs every call.
    #[arg(long, value_enum, default_value_t = LogFormat::Text, env = "ELEMENTKIT_LOG_FORMAT")]
    pub log_format: LogFormat,
    /// Accept `brighttalk.base.url` in instances.
    #[arg(long)]
    pub allow_vendor_override: bool,
    /// Hide the objects and paths that the published element does not have.
    #[arg(long)]
    pub published_only: bool,
    /// Add three fields to activities: activityUrl, activityType, totalViewingDurationMinutes.
    #[arg(long)]
    pub derived_activity_fields: bool,
    /// Pass the secrets of the call to scripts of transformations in their `configuration`.
    #[arg(long)]
    pub expose_script_secrets: bool,
    /// A host that scripts of elements may call. Can be repeated, or separated by commas.
    #[arg(long, value_name = "HOST", value_delimiter = ',')]
    pub script_network: Vec<String>,
    /// Maximum time that a bulk job waits for an unreachable vendor, in seconds.
    #[arg(long, default_value_t = 7200, value_name = "SECONDS")]
    pub max_outage: u64,
    /// Allow callbacks to private, link-local and loopback addresses.
    #[arg(long)]
    pub allow_private_callbacks: bool,
    /// Allow elements of documents to call private, link-local and loopback addresses, and plain http.
    #[arg(long)]
    pub allow_private_vendors: bool,
    /// Do not serve the console under `/console`.
    #[cfg(feature = "console")]
    #[arg(long)]
    pub no_console: bool,
    /// A name of this server in the browser's address bar. Can be repeated. Without it, a server that listens on a
    /// loopback address accepts the names of this computer, and any other server every name.
    #[cfg(feature = "console")]
    #[arg(long, value_name = "NAME", conflicts_with = "no_console")]
    pub console_host: Vec<String>,
}

#[cfg(feature = "console")]
#[derive(Arguments)]
pub struct Console {
    /// The port to listen on, on this computer only; port 0 selects a free one.
    #[arg(long, default_value_t = 0, value_name = "NUMBER")]
    pub port: u16,
    /// Print the link only, and do not open the browser.
    #[arg(long)]
    pub no_browser: bool,
}

#[derive(Arguments)]
pub struct Health {
    /// The address of the server.
    #[arg(default_value = "http://127.0.0.1:8088", value_name = "URL")]
    pub url: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    #[default]
    Text,
    Json,
}

#[derive(Subcommand)]
pub enum Organizations {
    /// Create an organization and print the secrets of its first user.
    Create {
        /// Its name.
        #[arg(long)]
        name: String,
        /// The e-mail address of its first user.
        #[arg(long)]
        email: Option<String>,
        /// Print one JSON object: id, name, userSecret, organizationSecret.
        #[arg(long)]
        json: bool,
    },
    /// List the organizations.
    List(Json),
}

#[derive(Arguments)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Secrets {
    #[command(flatten)]
    pub show: ShowSecrets,
    #[command(subcommand)]
    pub command: Option<SecretsCommand>,
}

#[derive(Arguments)]
pub struct ShowSecrets {
    /// Print one JSON object: userSecret, organizationSecret.
    #[arg(long)]
    pub json: bool,
}

#[derive(Subcommand)]
pub enum SecretsCommand {
    /// Print both secrets.
    Show(ShowSecrets),
    /// Replace the secrets, and print those that are valid now. Programs and consoles that have the database open, or call
    /// its server, need the new ones.
    Rotate(RotateSecrets),
}

#[derive(Arguments)]
pub struct RotateSecrets {
    /// The secret to replace.
    #[arg(value_enum, default_value = "both")]
    pub which: WhichSecret,
    /// Accept a replaced secret for so many seconds more, at most a week; 0 ends it at once.
    #[arg(long, value_name = "SECONDS", default_value_t = 0, value_parser = clap::value_parser!(u64).range(..=604_800))]
    pub grace: u64,
    #[command(flatten)]
    pub show: ShowSecrets,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum WhichSecret {
    User,
    Organization,
    Both,
}

#[derive(Subcommand)]
pub enum Vault {
    /// Create a new key and re-encrypt everything with it. A key from ELEMENTKIT_VAULT_KEY is replaced by the one in
    /// ELEMENTKIT_VAULT_KEY_NEW. In the keyring the entry of the old key is kept, for earlier backups.
    Rotate,
}

#[derive(Arguments)]
pub struct Backup {
    /// The new folder to copy to.
    pub folder: PathBuf,
    /// Copy the vault key file too. Anyone who has the folder can then read everything in it.
    #[arg(long)]
    pub with_key: bool,
}

#[derive(Arguments)]
pub struct Restore {
    /// The folder of the backup.
    pub folder: PathBuf,
}

#[derive(Arguments)]
pub struct Purge {
    /// Erase only this instance, with its jobs and results.
    #[arg(long, value_name = "ID", conflicts_with = "all")]
    pub instance: Option<i64>,
    /// Erase all instances. Without this and --instance: all bulk jobs and their results.
    #[arg(long)]
    pub all: bool,
    /// Skip the confirmation prompt.
    #[arg(long)]
    pub yes: bool,
}
