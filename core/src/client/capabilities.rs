//! Extensions of a platform beyond the common contract (spec P 16.8): requested once for each element, and checked
//! before a call that needs them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use serde::Serialize;

use super::connection::Connection;
use super::outgoing::{Outgoing, segment};
use crate::error::{Error, ErrorKind, Result};
use crate::model::ElementMetadata;

macro_rules! extensions {
    ($($(#[doc = $doc:literal])+ $extension:ident $name:literal,)*) => {
        /// An extension of the contract (spec P 16).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Extension {
            $($(#[doc = $doc])+ $extension,)*
        }

        impl Extension {
            /// All extensions of this version.
            pub const ALL: &[Self] = &[$(Self::$extension),*];

            /// Returns the name on the wire.
            pub fn name(self) -> &'static str {
                match self { $(Self::$extension => $name),* }
            }
        }
    };
}

extensions! {
    /// `progress` in the status of a job (16.1).
    BulkProgress "bulk-progress",
    /// The report of a job (16.2).
    BulkReport "bulk-report",
    /// The result of a job by partitions (16.2).
    BulkPartitions "bulk-partitions",
    /// Resuming a job (16.3).
    BulkResume "bulk-resume",
    /// A new Element token (16.4).
    TokenRotation "token-rotation",
    /// New secrets of users and organizations (16.18).
    SecretRotation "secret-rotation",
    /// Dry runs of transformations that are not stored (9.9).
    TransformationDrafts "transformation-drafts",
    /// Results as an Arrow stream (16.5).
    FormatArrow "format-arrow",
    /// Results as a Parquet file (16.5).
    FormatParquet "format-parquet",
    /// Results as `application/x-ndjson` (16.5).
    FormatNdjson "format-ndjson",
    /// Results in byte ranges (16.6).
    DownloadRange "download-range",
    /// Further objects and paths (7.2).
    ExtendedObjects "extended-objects",
    /// An OpenAPI document (16.9).
    OpenApi "openapi",
    /// Connecting to an instance by name, which creates it if it is missing, in one call (16.11).
    InstanceConnect "instance-connect",
    /// Reads with their parameters in the body (16.14).
    LongQueries "long-queries",
    /// The jobs of all instances of a user, and the instances whose credentials do not work (16.16).
    InstanceJobs "instance-jobs",
    /// Dry runs of writes (16.17).
    DryRun "dry-run",
}

/// The extensions that a platform has for one element.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Capabilities {
    names: Vec<String>,
}

impl Capabilities {
    /// Returns whether the platform has an extension.
    pub fn has(&self, extension: Extension) -> bool {
        self.names().any(|name| name == extension.name())
    }

    /// Returns the names of all extensions, including those that this version does not know.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    pub(super) fn require(&self, extension: Extension, what: &str) -> Result<()> {
        if self.has(extension) {
            return Ok(());
        }
        let error = Error::new(ErrorKind::Unsupported, format!("this platform does not offer {what}"));
        Err(error.with_hint(format!(
            "It lacks the extension {}; ElementKit's own engine has it, if it is built with all features.",
            extension.name()
        )))
    }
}

/// Cached capabilities of a platform, by element.
#[derive(Default)]
pub(crate) struct Known(Mutex<HashMap<String, Arc<Capabilities>>>);

impl Known {
    fn get(&self, element: &str) -> Option<Arc<Capabilities>> {
        self.0.lock().ok()?.get(element).cloned()
    }

    fn put(&self, element: &str, capabilities: &Arc<Capabilities>) {
        if let Ok(mut known) = self.0.lock() {
            known.insert(element.to_owned(), Arc::clone(capabilities));
        }
    }
}

impl Connection {
    /// Returns the capabilities for an element, by its key or id.
    pub(super) async fn capabilities_of(&self, element: &str) -> Result<Arc<Capabilities>> {
        if let Some(known) = self.capabilities.get(element) {
            return Ok(known);
        }
        let call = Outgoing::get(format!("elements/{}/metadata", segment(element)));
        let metadata: ElementMetadata = self.send(call).await?.json().await?;
        let found = Arc::new(Capabilities { names: metadata.extensions.unwrap_or_default() });
        self.capabilities.put(element, &found);
        Ok(found)
    }
}
