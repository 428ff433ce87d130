//! The element `testbed`: a second native element, written outside of the library as an application writes its own.
//!
//! It has little in common with BrightTALK: JSON instead of XML, texts as ids, one list for all records of an object,
//! records that can be written, and tokens of OAuth 2. The tests of the library run over both, so that nothing of BrightTALK is taken for granted.
//! Its vendor is `brighttalk_sim::testbed_sim`.

mod call;
mod connector;
mod decode;
mod element;
pub mod parquet;
mod plan;
mod rows;

pub use element::{ACCOUNT_NOTES, ACCOUNTS, Access, NOTES, Testbed, keys};
