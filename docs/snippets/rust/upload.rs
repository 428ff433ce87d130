//! Sends the records of a file, and keeps those that failed.

use elementkit::InstanceHandle;

pub async fn run(crm: &InstanceHandle) -> Result<(), Box<dyn std::error::Error>> {
    // show
    use elementkit::{BulkUpload, UploadMode};

    let upload = BulkUpload::file("clients", "clients.csv").mode(UploadMode::Create);
    let job = crm.bulk().upload(upload).await?;
    let status = job.wait().await?;
    let failed = status.records_failed_count.unwrap_or_default();
    println!("{} records, {failed} failed", status.records_count.unwrap_or_default());
    if failed > 0 {
        job.download_failed("failed.csv").await?; // correct these, then upload them again
    }
    // end
    Ok(())
}
