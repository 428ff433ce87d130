//! A deterministic simulator of BrightTALK's Reporting API (part 3 of the BrightTALK specification).
//!
//! Every field of every record is computed from its index by a keyed hash, so a page costs the same at ten records
//! and at ten million, and only a few counters are held in memory.
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! use brighttalk_sim::{Config, Simulator};
//!
//! let simulator = Simulator::start(Config { subscribers: 100, ..Config::default() }).await?;
//! println!("{}", simulator.url());
//! # Ok(())
//! # }
//! ```

mod admin;
mod body;
mod config;
mod damage;
mod edit;
mod effect;
mod fault;
mod handler;
mod hash;
mod journal;
mod list;
mod listen;
mod overlay;
mod page;
mod people;
mod population;
mod quirk;
mod records;
mod server;
mod stats;
pub mod testbed_sim;
mod vendor;
mod xml;

pub use config::{Config, NotFound, PageOver, Quirks};
pub use journal::Entry;
pub use server::Simulator;
pub use stats::Stats;
