//! Conveniences of the client for BrightTALK. Everything else the client does for any element alike.

use crate::client::EmbeddedOptions;

/// Key of the element.
const KEY: &str = "brighttalk";

impl EmbeddedOptions {
    /// Replaces the host of BrightTALK for all instances, as [`vendor_url`](Self::vendor_url) does.
    /// `ELEMENTKIT_BRIGHTTALK_URL`; unset by default.
    #[must_use]
    pub fn brighttalk_url(self, url: impl Into<String>) -> Self {
        self.vendor_url(KEY, url)
    }
}
