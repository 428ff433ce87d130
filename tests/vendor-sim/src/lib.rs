//! Plays the vendor of any element definition, read out of the document: routes, authentication, paging, records and
//! writes, with faults and a journal of requests. [`check`] computes the request that the specification demands of a
//! call and compares it with the journal.
//!
//! It reads definitions with its own code and has nothing of the engine's, since it checks the engine.
//!
//! ```no_run
//! # async fn example(definition: serde_json::Value) -> std::io::Result<()> {
//! use vendor_sim::{Options, Simulator};
//!
//! let simulator = Simulator::start(&definition, Options { records: 100, ..Options::default() }).await?;
//! println!("{} plays {}", simulator.url(), simulator.document().key);
//! # Ok(())
//! # }
//! ```

mod answer;
mod call;
pub mod check;
mod document;
mod dotted;
mod fault;
mod journal;
mod login;
mod oauth1;
mod page;
mod route;
mod server;
mod setting;
mod shape;
mod template;
mod vendor;
mod xml;

pub use call::{Plan, plan};
pub use document::{Document, Entry as ConfigurationEntry, Parameter, Resource};
pub use fault::{Fault, Match, Rule};
pub use journal::Entry;
pub use page::{cursor, goes_out};
pub use server::{Options, Simulator};
pub use setting::{CALLBACK, CLIENT_ID, CLIENT_SECRET, PASSWORD, USERNAME, configuration, localized};
