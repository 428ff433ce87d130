//! Limits of calls.

use std::time::Duration;

/// Retries of calls (spec BT 1.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VendorRetry {
    /// Maximum number of attempts.
    pub attempts: usize,
    /// First pause, doubled with each retry, with full jitter.
    pub base: Duration,
    /// Maximum pause.
    pub cap: Duration,
    /// Longest `Retry-After` to wait for.
    pub retry_after_cap: Duration,
}

impl Default for VendorRetry {
    fn default() -> Self {
        Self {
            attempts: 4,
            base: Duration::from_millis(500),
            cap: Duration::from_secs(30),
            retry_after_cap: Duration::from_secs(300),
        }
    }
}

/// Time limits of a call (spec BT 1.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VendorTimeouts {
    /// Time limit for connecting. 10 seconds by default.
    pub connect: Duration,
    /// Time limit for silence before a response begins and within it. 60 seconds by default.
    pub idle: Duration,
    /// Time limit of the whole response. 300 seconds by default.
    pub whole: Duration,
}

impl Default for VendorTimeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), idle: Duration::from_secs(60), whole: Duration::from_secs(300) }
    }
}

/// Limits of the calls of one instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VendorLimits {
    /// Retries of calls.
    pub retry: VendorRetry,
    /// Time limit of a whole response, with its redirects.
    pub timeout: Duration,
    /// Maximum number of concurrent calls, at least 1.
    pub concurrency: usize,
    /// Maximum size of a decoded body, in bytes.
    pub body_bytes: usize,
    /// Maximum size of the decoded body of an unsuccessful answer, in bytes.
    pub error_bytes: usize,
    /// Maximum number of redirects that a call follows.
    pub redirects: usize,
}

impl Default for VendorLimits {
    fn default() -> Self {
        Self {
            retry: VendorRetry::default(),
            timeout: VendorTimeouts::default().whole,
            concurrency: 4,
            body_bytes: 64 << 20,
            error_bytes: 64 << 10,
            redirects: 3,
        }
    }
}
