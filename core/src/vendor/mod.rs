//! Calls to vendors over HTTP for all elements: authorization, retries, pauses, deadlines, limits, redirects, counts and
//! traces. This module knows no vendor: an element builds the requests and decodes the answers.

mod authorize;
pub mod aws;
mod client;
mod context;
pub(crate) mod counts;
mod decode;
mod error;
mod live;
mod login_kind;
pub(crate) mod network;
pub mod oauth1;
pub mod oauth2;
mod options;
mod pauses;
mod request;
mod retries;
mod shown;
mod stream;
mod trace;
mod upload;

#[cfg(test)]
mod tests;

pub use authorize::{Authorize, FixedHeader, Generation};
pub use client::VendorClient;
pub use context::Context;
pub use decode::{Decode, VendorAnswer};
pub use error::{Reached, ScriptedFailure, VendorError, VendorErrorKind};
pub use live::{Changes, Configuration, LiveConfiguration, Login, LoginError, LoginOutcome};
pub use login_kind::{LoginGrant, LoginKind, is_oauth};
pub use options::{VendorLimits, VendorRetry, VendorTimeouts};
pub use request::{Repeat, VendorRequest, read_base_url};
pub use shown::{ShownCall, ShownRequest, masked};
pub use stream::{Answered, StreamLimits, VendorStream};
pub use trace::{ScriptStep, VendorCall, VendorTrace};
pub use upload::{IncomingBody, Upload};
