//! A deterministic simulator of a small JSON vendor, which has little in common with BrightTALK: records are JSON, ids
//! are texts, lists are whole lists instead of lists below channels, they can be written, and tokens come from OAuth 2.
//!
//! It shares the server, the fault rules and the log of requests with the simulator of BrightTALK. A fault that the
//! vendor cannot have, such as damaged XML, is rejected when it is added.
//!
//! | path | verbs |
//! | --- | --- |
//! | `/v2/me` | GET |
//! | `/v2/accounts` | GET, POST |
//! | `/v2/accounts/{id}` | GET, PUT, PATCH (merge patch), DELETE |
//! | `/v2/accounts/{id}/merge` | POST `{"from": id}` |
//! | `/v2/accounts/{id}/notes`, `/v2/notes` | GET |
//! | `/v2/notes/{id}` | GET |
//! | `/v2/exports/{bytes}` | GET: a file of this size |
//! | `/oauth/authorize` | GET: authorization code with PKCE, granted at once |
//! | `/oauth/token`, `/oauth/revoke` | POST |
//! | `/__sim/faults` | GET, POST, DELETE: the fault rules |
//! | `/__sim/requests`, `/__sim/records`, `/__sim/tokens` | GET: the log, the records of an object, the issued tokens |
//! | `/__sim/expire`, `/__sim/advance`, `/__sim/reset` | POST |
//!
//! Lists are in the order of creation and take `limit`, `cursor` and `updated_since` (inclusive).
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! use brighttalk_sim::testbed_sim::{Config, Simulator};
//!
//! let simulator = Simulator::start(Config { accounts: 100, ..Config::default() }).await?;
//! println!("{} has {} accounts", simulator.url(), simulator.records("accounts").len());
//! # Ok(())
//! # }
//! ```

mod admin;
mod answer;
mod config;
mod cursor;
mod damage;
mod export;
mod oauth;
mod page;
mod record;
mod request;
mod server;
mod token;
mod world;
mod write;

pub use config::Config;
pub use server::Simulator;
