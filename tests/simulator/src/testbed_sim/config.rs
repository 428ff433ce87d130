use std::net::SocketAddr;
use std::time::Duration;

use crate::config::PageOver;

/// Options of the simulator.
#[derive(Clone, Debug)]
pub struct Config {
    /// The seed of the simulated data.
    pub seed: u64,
    /// Number of accounts of the first tenant. The second tenant has 10.
    pub accounts: u64,
    /// The simulated clock.
    pub now: jiff::Timestamp,
    /// Age of the oldest record of a list, in days.
    pub span_days: u64,
    /// Number of records of a page if the request does not set it.
    pub page_default: u64,
    /// Maximum number of records of a page.
    pub page_max: u64,
    /// Response to a larger page size.
    pub page_over: PageOver,
    /// Access tokens of the two tenants that never expire.
    pub tokens: [String; 2],
    /// Ids of the OAuth 2 clients of the two tenants.
    pub client_ids: [String; 2],
    /// The secret of both OAuth 2 clients.
    pub client_secret: String,
    /// Time for which an access token is accepted.
    pub token_ttl: Duration,
    /// Number of calls for which an access token is accepted. `None` for any number.
    pub token_calls: Option<u64>,
    /// The address of a host to which redirects may lead, which records every caller.
    pub foreign_listen: Option<SocketAddr>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            seed: 1,
            accounts: 100,
            now: jiff::Timestamp::constant(1_924_992_000, 0),
            span_days: 730,
            page_default: 50,
            page_max: 200,
            page_over: PageOver::Reject,
            tokens: ["testbed-token-1-0f3a9b".to_owned(), "testbed-token-2-77c1de".to_owned()],
            client_ids: ["testbed-client-1".to_owned(), "testbed-client-2".to_owned()],
            client_secret: "testbed-client-secret-5e21".to_owned(),
            token_ttl: Duration::from_secs(3600),
            token_calls: None,
            foreign_listen: None,
        }
    }
}
