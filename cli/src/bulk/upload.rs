//! Uploads.

use elementkit::{BulkUpload, InstanceHandle, UploadFormat, UploadMode};

use super::{Waited, show, summary};
use crate::args::{self, ModeArg, UploadFormatArg};
use crate::exit::{Failure, Outcome};
use crate::{output, progress};

/// Sends the records of a file.
pub async fn run(instance: &InstanceHandle, options: args::BulkUpload, waited: &Waited) -> Outcome {
    if let Some(path) = &options.failed {
        output::check_place(path)?;
    }
    let job = instance.bulk().upload(upload_of(&options)?).await?;
    if options.no_wait {
        return show(&job.status().await?, options.json);
    }
    output::note(&format!("Job {} has started.", job.id()));
    let _ = waited.set(job.clone());
    let ended = progress::wait(&job, None).await?;
    if let Some(path) = options.failed.as_deref().filter(|_| ended.records_failed_count != Some(0)) {
        let bytes = job.download_failed(path).await?;
        output::note(&format!("Wrote the records that failed to {} ({bytes} bytes).", path.display()));
    }
    if ended.records_failed_count.unwrap_or_default() > 0 {
        output::note(&format!("The reasons: elementkit bulk errors {}", job.id()));
    }
    if options.json { show(&ended, true) } else { output::line(&summary(&ended)) }
}

fn upload_of(options: &args::BulkUpload) -> Outcome<BulkUpload> {
    let format = match options.format {
        Some(UploadFormatArg::Csv) => UploadFormat::Csv,
        Some(UploadFormatArg::Json) => UploadFormat::Json,
        None => UploadFormat::of(&options.file).ok_or_else(|| {
            let file = options.file.display();
            Failure::usage(format!("cannot infer the format from the extension of {file}; pass --format"))
        })?,
    };
    let mode = match options.mode {
        ModeArg::Create => UploadMode::Create,
        ModeArg::Update => UploadMode::Update,
        ModeArg::Replace => UploadMode::Replace,
        ModeArg::Upsert => UploadMode::Upsert,
        ModeArg::Delete => UploadMode::Delete,
    };
    let mut upload = BulkUpload::file(&options.object, &options.file).format(format).mode(mode);
    if let Some(key) = &options.key {
        upload = upload.key(key);
    }
    if let Some(path) = &options.path {
        upload = upload.path(path);
    }
    if let Some(records) = options.concurrency {
        upload = upload.concurrency(records);
    }
    Ok(if options.unknown_columns { upload.unknown_columns() } else { upload })
}
