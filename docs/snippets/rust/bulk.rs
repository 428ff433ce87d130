//! Follows a bulk job, and reads its figures and failed rows.

use elementkit::InstanceHandle;

pub async fn run(bt: &InstanceHandle) -> Result<(), Box<dyn std::error::Error>> {
    // show
    use elementkit::Format;
    use futures::TryStreamExt;

    let job = bt.bulk().query("select id, email from contacts where channelId = 1001 order by id").await?;
    let status = job.wait_with(|status| println!("{:?}", status.records_count)).await?;
    println!("{} records", status.records_count.unwrap_or_default());
    let mut failed = std::pin::pin!(job.error_rows());
    while let Some(row) = failed.try_next().await? {
        println!("failed: {row}");
    }
    let mut pages = std::pin::pin!(job.pages(1000).await?);
    while let Some(page) = pages.try_next().await? {
        let rows: Vec<elementkit::Record> = page.records()?;
        println!("{} rows, the first is {:?}", rows.len(), rows.first());
    }
    job.download("contacts.parquet", Format::Parquet).await?; // or Csv, Json, JsonLines, Arrow
    // end
    Ok(())
}
