//! The native module of the npm package: the client of the core, dressed for Node. No logic.

// What is exported here is private to the package; its public face is documented in `index.d.ts`.
#![allow(missing_docs)]

mod answer;
mod instance;
mod job;
mod pending;
mod platform;
