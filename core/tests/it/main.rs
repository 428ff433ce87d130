//! The integration tests of the library, in one binary, so that the library and its dependencies are linked once.
//!
//! Each file and folder next to this one is a module here; `cargo run -p xtask -- tests` checks that none is missing.
//! Run one with `cargo test -p elementkit --test it access::`. A test that measures or sets up a whole process calls
//! [`support::process::ran_alone`].
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)]

mod access;
mod at_rest;
mod bulk_jobs;
mod bulk_queries;
#[cfg(feature = "parquet")]
mod bulk_results;
mod callbacks;
mod ceql;
#[cfg(unix)]
mod chaos;
mod client_api;
mod client_scenarios;
mod conformance;
mod connect;
mod contract_scenarios;
mod defined;
mod documents;
mod download_resumes;
mod environment;
mod errors_page;
mod fair_jobs;
mod families;
mod fault_matrix;
mod generated;
mod golden_walks;
mod hosted_client;
mod hosted_faults;
mod hosted_tls;
mod hostile;
mod hubs;
mod instance_safety;
mod isolation;
mod leaks;
mod live_reads;
mod load;
mod missing_parents;
mod oauth;
mod overlaps;
mod scripts;
mod second_element;
mod served_paths;
mod server;
mod snippets;
mod storage;
mod streams;
mod support;
mod sync;
mod sync_instances;
#[cfg(feature = "scripts")]
mod sync_partitions;
mod text_ids;
mod transformations;
mod unreachable;
mod vault_keys;
mod vdrs;
mod vendor_bytes;
mod vendor_recorded;
mod writes;
