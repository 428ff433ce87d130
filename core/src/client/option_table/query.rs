use super::{OptionInfo, Setter};
use crate::client::bulk::BulkQuery;

/// The options of a bulk query. Starting points of partitions (`watermarks`) are for syncs, which set them.
pub const QUERY_OPTIONS: &[OptionInfo<BulkQuery>] = &[
    OptionInfo::new("from", Setter::Text(BulkQuery::from), "Only records changed at or after this ISO-8601 date."),
    OptionInfo::new("to", Setter::Text(BulkQuery::to), "Only records changed at or before this ISO-8601 date."),
    OptionInfo::new(
        "continue_from",
        Setter::Text(BulkQuery::continue_from),
        "Id of an earlier job, to start where its limit stopped it.",
    ),
    OptionInfo::new(
        "callback_url",
        Setter::Text(BulkQuery::callback_url),
        "URL that is called when the job has ended, or a path of the platform.",
    ),
    OptionInfo::new("callback_payload", Setter::Json(BulkQuery::callback_payload), "JSON to send with the callback."),
    OptionInfo::new(
        "file_name",
        Setter::Text(BulkQuery::file_name),
        "Name of the file in downloads; `{yyyy-MM-dd HH:mm:ss}` is replaced by the time.",
    ),
    OptionInfo::new(
        "warnings",
        Setter::Warnings(BulkQuery::warnings),
        "Policy for warnings, in place of that of the platform or instance.",
    ),
];
