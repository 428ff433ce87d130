//! Discovery that depends on the account at the vendor.

use http::HeaderMap;

use super::Parameters;

/// The parts of a discovery call that an element may pass on to its vendor.
#[derive(Clone, Copy, Debug)]
pub struct DiscoveryCall<'a> {
    /// Query parameters of the caller.
    pub parameters: &'a Parameters,
    /// Headers of the caller, without those that hold secrets of the platform.
    pub headers: &'a HeaderMap,
}

/// An object of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundObject {
    /// Name by which callers name it.
    pub name: String,
    /// Name that the vendor has for it.
    pub vendor_name: String,
}
