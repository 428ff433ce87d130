use super::{OptionInfo, Setter};
use crate::client::bulk_upload::{BulkUpload, UploadFormat, UploadMode};

/// The options of an upload (spec P 10.9, E 9.21 to 9.24).
pub const UPLOAD_OPTIONS: &[OptionInfo<BulkUpload>] = &[
    OptionInfo::new(
        "mode",
        Setter::Choice(&["create", "update", "replace", "upsert", "delete"], |upload, name| {
            let all = [UploadMode::Update, UploadMode::Replace, UploadMode::Upsert, UploadMode::Delete];
            upload.mode(all.into_iter().find(|mode| mode.name() == name).unwrap_or_default())
        }),
        "Effect on the records of the object: `create` (the default) creates every record, `update` changes the fields \
         that the file has, `replace` replaces whole records, `upsert` changes records and creates those that do not \
         exist or have no key, `delete` deletes.",
    ),
    OptionInfo::new(
        "key",
        Setter::Text(BulkUpload::key),
        "Field with the key of a record, which becomes the last part of its path. The primary key of the object by \
         default, but none for `upsert`, which then creates every record.",
    ),
    OptionInfo::new(
        "format",
        Setter::Choice(&["csv", "json"], |upload, name| {
            upload.format(if name == "json" { UploadFormat::Json } else { UploadFormat::Csv })
        }),
        "Format of the file: `csv` with a header line, or `json`, an array or one object on each line. That of the file \
         extension by default, else `csv`.",
    ),
    OptionInfo::new(
        "path",
        Setter::Text(BulkUpload::path),
        "Path of the list that records are written to, for instance `/lists/42/members`. Without it, columns named like \
         the variables of the path have their values.",
    ),
    OptionInfo::new(
        "concurrency",
        Setter::Count(|upload, records| upload.concurrency(u32::try_from(records).unwrap_or(u32::MAX))),
        "Number of records sent at a time, from 1 to 10. 4 by default.",
    ),
    OptionInfo::new(
        "unknown_columns",
        Setter::Flag(|upload, sends| if sends { upload.unknown_columns() } else { upload }),
        "Sends columns that the object does not have, in place of refusing the file. Off by default.",
    ),
    OptionInfo::new(
        "callback_url",
        Setter::Text(BulkUpload::callback_url),
        "URL that is called when the job has ended, or a path of the platform.",
    ),
    OptionInfo::new("callback_payload", Setter::Json(BulkUpload::callback_payload), "JSON to send with the callback."),
    OptionInfo::new(
        "warnings",
        Setter::Warnings(BulkUpload::warnings),
        "Policy for warnings, in place of that of the platform or instance.",
    ),
];
