//! Partitions of the result of a job, which can be read apart (spec P 16.2).

use http::Method;

use super::capabilities::Extension;
use super::job::Job;
use crate::error::Result;
use crate::model::{BulkReport, PartitionRows};

impl Job {
    /// Returns the partitions of the result in its order, with their numbers of records. Each can be read apart, in any
    /// process, with [`partition`](Self::partition). `None` if the result is sorted, so that it has to be read as a whole,
    /// or no longer kept.
    ///
    /// # Errors
    /// `unsupported` if the platform has no `bulk-partitions`.
    pub async fn partitions(&self) -> Result<Option<Vec<PartitionRows>>> {
        self.instance().capabilities().await?.require(Extension::BulkPartitions, "results by partitions")?;
        let call = self.call(Method::GET, "report").query("partitions", "true");
        Ok(self.send::<BulkReport>(call).await?.partitions)
    }

    /// Returns the same job, whose result is that of one of its [`partitions`](Self::partitions).
    ///
    /// Reading it fails with `unsupported` if the platform has no `bulk-partitions`.
    #[must_use]
    pub fn partition(self, part: PartitionRows) -> Self {
        self.of_part(part)
    }
}
