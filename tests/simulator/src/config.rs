use std::net::SocketAddr;

use clap::{Parser, ValueEnum};

/// Options of the simulator. Every option can also be set by an environment variable with the prefix `BTSIM_`.
#[derive(Clone, Debug, Parser)]
#[command(name = "brighttalk-sim", about = "A deterministic simulator of BrightTALK's Reporting API.")]
pub struct Config {
    /// The address to listen on; port 0 selects a free one, which is printed as the first line.
    #[arg(long, env = "BTSIM_LISTEN", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// The seed of the simulated data.
    #[arg(long, env = "BTSIM_SEED", default_value_t = 1)]
    pub seed: u64,
    /// Number of subscribers of all channels of key 1.
    #[arg(long, env = "BTSIM_SUBSCRIBERS", default_value_t = 1000, value_parser = clap::value_parser!(u64).range(10..=10_000_000))]
    pub subscribers: u64,
    /// Number of channels of key 1.
    #[arg(long, env = "BTSIM_CHANNELS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub channels: u64,
    /// Number of webcasts of each channel.
    #[arg(long, env = "BTSIM_WEBCASTS_PER_CHANNEL", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub webcasts_per_channel: u64,
    /// The simulated clock.
    #[arg(long, env = "BTSIM_NOW", default_value = "2031-01-01T00:00:00Z")]
    pub now: jiff::Timestamp,
    /// Age of the oldest record of a list, in days.
    #[arg(long, env = "BTSIM_SPAN_DAYS", default_value_t = 730)]
    pub span_days: u64,
    /// Number of records of a page if the request does not set it.
    #[arg(long, env = "BTSIM_PAGE_DEFAULT", default_value_t = 50)]
    pub page_default: u64,
    /// Maximum number of records of a page.
    #[arg(long, env = "BTSIM_PAGE_MAX", default_value_t = 1000)]
    pub page_max: u64,
    /// Response to a larger page size.
    #[arg(long, env = "BTSIM_PAGE_OVER", value_enum, default_value_t = PageOver::Clamp)]
    pub page_over: PageOver,
    /// The key of the first API user; the second one has key 2.
    #[arg(long, env = "BTSIM_API_KEY", default_value = "1")]
    pub api_key: String,
    /// The secret of both API users.
    #[arg(long, env = "BTSIM_API_SECRET", default_value = "0123456789ABCDEF0123456789ABCDEF", hide_env_values = true)]
    pub api_secret: String,
    /// Oddities seen in recorded data.
    #[arg(long, env = "BTSIM_QUIRKS", value_enum, default_value_t = Quirks::None)]
    pub quirks: Quirks,
    /// Response to an unknown channel.
    #[arg(long, env = "BTSIM_NOT_FOUND", value_enum, default_value_t = NotFound::Vendor)]
    pub not_found: NotFound,
    /// The origin of links. Default: the request's own.
    #[arg(long, env = "BTSIM_LINK_BASE")]
    pub link_base: Option<String>,
    /// Whether to serve the admin paths below `/__sim`.
    #[arg(long, env = "BTSIM_ADMIN", default_value = "on", value_parser = clap::builder::BoolishValueParser::new(), action = clap::ArgAction::Set)]
    pub admin: bool,
    /// The address of the host that `next_host` faults name, which records every caller. Default: none.
    #[arg(long, env = "BTSIM_FOREIGN_LISTEN")]
    pub foreign_listen: Option<SocketAddr>,
    /// A file of fault rules to start with: one rule or an array.
    #[arg(long, env = "BTSIM_FAULTS")]
    pub faults: Option<std::path::PathBuf>,
    /// Fault rules to start with, besides those of the file: one rule or an array.
    #[arg(skip)]
    pub fault_rules: Option<serde_json::Value>,
}

/// Response to a page size above the maximum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PageOver {
    /// A smaller page is served.
    Clamp,
    /// 400 `InvalidPageSize`.
    Reject,
}

/// Oddities of recorded data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Quirks {
    /// No oddities: every document is regular.
    None,
    /// Oddities at fixed rates, as recorded.
    Recorded,
}

/// Response to an unknown channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum NotFound {
    /// 400, as the vendor documents.
    Vendor,
    /// 404.
    Strict,
}

impl Default for Config {
    /// Returns the options of a start without arguments and variables.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            seed: 1,
            subscribers: 1000,
            channels: 5,
            webcasts_per_channel: 20,
            now: jiff::Timestamp::constant(1_924_992_000, 0),
            span_days: 730,
            page_default: 50,
            page_max: 1000,
            page_over: PageOver::Clamp,
            api_key: "1".to_owned(),
            api_secret: "0123456789ABCDEF0123456789ABCDEF".to_owned(),
            quirks: Quirks::None,
            not_found: NotFound::Vendor,
            link_base: None,
            admin: true,
            foreign_listen: None,
            faults: None,
            fault_rules: None,
        }
    }
}

impl Config {
    /// Returns the options as JSON, without the secret.
    pub(crate) fn json(&self) -> serde_json::Value {
        let word = |value: &dyn std::fmt::Debug| format!("{value:?}").to_lowercase();
        serde_json::json!({
            "listen": self.listen.to_string(), "seed": self.seed, "subscribers": self.subscribers,
            "channels": self.channels, "webcastsPerChannel": self.webcasts_per_channel, "now": self.now.to_string(),
            "spanDays": self.span_days, "pageDefault": self.page_default, "pageMax": self.page_max,
            "pageOver": word(&self.page_over), "apiKey": self.api_key, "apiSecret": "********",
            "quirks": word(&self.quirks), "notFound": word(&self.not_found), "linkBase": self.link_base,
            "admin": self.admin, "foreignListen": self.foreign_listen.map(|address| address.to_string()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_what_no_option_gives() {
        assert_eq!(format!("{:?}", Config::default()), format!("{:?}", Config::parse_from(["brighttalk-sim"])));
    }
}
