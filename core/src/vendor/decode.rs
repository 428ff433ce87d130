//! Decoding of answers.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use super::VendorError;
use crate::moment;

/// A whole answer of a vendor.
#[derive(Clone, Debug)]
pub struct VendorAnswer {
    /// The status. Redirects that were followed do not appear.
    pub status: StatusCode,
    /// The headers, without the content coding.
    pub headers: HeaderMap,
    /// The decoded body. Empty if that of an unsuccessful answer cannot be read or is too long.
    pub body: Bytes,
}

impl VendorAnswer {
    /// Returns the delay that the vendor requests (`Retry-After`), if it requests one that can be read.
    pub fn retry_after(&self) -> Option<Duration> {
        moment::retry_after(&self.headers)
    }

    /// Returns the vendor's time (`Date`), in seconds since the epoch.
    pub fn time_s(&self) -> Option<i64> {
        moment::date(&self.headers)
    }
}

/// Converts answers to values and classifies failures. Runs inside the retries: an answer that it cannot read, and a
/// failure that it calls temporary, are requested again.
pub trait Decode<T>: Sync {
    /// Checks status and headers before the body is read.
    ///
    /// # Errors
    /// Returns a failure if the body is not to be read.
    fn head(&self, status: StatusCode, headers: &HeaderMap) -> Result<(), VendorError> {
        let _ = (status, headers);
        Ok(())
    }

    /// Returns whether the body of a successful answer is passed on as it arrives. Asked by
    /// [`VendorClient::receive`](super::VendorClient::receive) alone.
    fn streams(&self, status: StatusCode, headers: &HeaderMap) -> bool {
        let _ = (status, headers);
        false
    }

    /// Converts an answer of any status.
    ///
    /// # Errors
    /// Returns the classified failure if the answer is one, or if it cannot be read.
    fn decode(&self, answer: VendorAnswer) -> Result<T, VendorError>;

    /// Completes the error that the call ends with, for instance by what was requested.
    fn explain(&self, error: VendorError) -> VendorError {
        error
    }

    /// Returns the number of records of an answer, for traces and logs.
    fn records(&self, value: &T) -> Option<usize> {
        let _ = value;
        None
    }
}
