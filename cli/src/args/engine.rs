//! Arguments of commands for the engine's own database: serving it and keeping it well.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args as Arguments, Subcommand, ValueEnum};

use super::Json;

#[derive(Arguments)]
pub struct Serve {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:8088", value_name = "ADDRESS")]
    pub listen: SocketAddr,
    /// Speaks TLS with this certificate: PEM, with the chain to a known authority behind it.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// The private key of the certificate, in PEM.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Speaks plain HTTP to other machines too, for a proxy that speaks TLS; secrets travel in the clear.
    #[arg(long)]
    pub allow_insecure_http: bool,
    /// Connections at a time; more wait.
    #[arg(long, default_value_t = 1024, value_name = "NUMBER")]
    pub max_connections: usize,
    /// Keeps no records of calls, which GET /usage reads.
    #[arg(long)]
    pub no_usage: bool,
    /// How log lines look; -v logs every call.
    #[arg(long, value_enum, default_value_t = LogFormat::Text, env = "ELEMENTKIT_LOG_FORMAT")]
    pub log_format: LogFormat,
    /// Accepts `brighttalk.base.url` in instances.
    #[arg(long)]
    pub allow_vendor_override: bool,
    /// Hides the objects and paths that the published element does not have.
    #[arg(long)]
    pub published_only: bool,
    /// Gives activities three more fields: activityUrl, activityType, totalViewingDurationMinutes.
    #[arg(long)]
    pub derived_activity_fields: bool,
    /// Gives scripts of transformations the secrets of the call in their `configuration`.
    #[arg(long)]
    pub expose_script_secrets: bool,
    /// How long a bulk job waits for a vendor that cannot be reached, in seconds.
    #[arg(long, default_value_t = 7200, value_name = "SECONDS")]
    pub max_outage: u64,
    /// Lets callbacks go to private, link-local and loopback addresses.
    #[arg(long)]
    pub allow_private_callbacks: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    #[default]
    Text,
    Json,
}

#[derive(Subcommand)]
pub enum Organizations {
    /// Makes an organization and prints the secrets of its first user.
    Create {
        /// Its name.
        #[arg(long)]
        name: String,
        /// The e-mail address of its first user.
        #[arg(long)]
        email: Option<String>,
        /// One JSON object: id, name, userSecret, organizationSecret.
        #[arg(long)]
        json: bool,
    },
    /// Lists the organizations.
    List(Json),
}

#[derive(Arguments)]
pub struct Secrets {
    /// One JSON object: userSecret, organizationSecret.
    #[arg(long)]
    pub json: bool,
}

#[derive(Subcommand)]
pub enum Vault {
    /// Makes a new key and seals everything anew with it. A key from ELEMENTKIT_VAULT_KEY is replaced by the one in
    /// ELEMENTKIT_VAULT_KEY_NEW. In the keyring the entry of the old key stays, for backups made before.
    Rotate,
}

#[derive(Arguments)]
pub struct Backup {
    /// The new folder to copy to.
    pub folder: PathBuf,
    /// Copies the vault key file too. Whoever has the folder can then read everything in it.
    #[arg(long)]
    pub with_key: bool,
}

#[derive(Arguments)]
pub struct Restore {
    /// The folder a backup was made into.
    pub folder: PathBuf,
}

#[derive(Arguments)]
pub struct Purge {
    /// Only this instance, with its jobs and results.
    #[arg(long, value_name = "ID", conflicts_with = "all")]
    pub instance: Option<i64>,
    /// All instances. Without this and --instance: all bulk jobs and their results.
    #[arg(long)]
    pub all: bool,
    /// Does not ask.
    #[arg(long)]
    pub yes: bool,
}
