//! All texts of the console in one place, so that they can be translated.
// long: one table, which is read from top to bottom.

/// Declares the texts, and those in English.
macro_rules! texts {
    ($($name:ident: $text:literal,)*) => {
        /// Texts of all pages. A pair of braces in a text is replaced by a value.
        #[derive(Debug)]
        pub(crate) struct Texts {
            $(pub $name: &'static str,)*
        }

        /// The English texts.
        pub(crate) const EN: Texts = Texts { $($name: $text,)* };

        #[cfg(test)]
        const NAMES: &[&str] = &[$(stringify!($name)),*];
    };
}

/// Returns a text with its pairs of braces replaced by values.
pub(crate) fn with(text: &str, values: &[&str]) -> String {
    let mut parts = text.split("{}");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    let mut values = values.iter();
    for part in parts {
        filled.push_str(values.next().unwrap_or(&""));
        filled.push_str(part);
    }
    filled
}

texts! {
    // Every page
    product: "ElementKit",
    skip: "Skip to the content",
    navigation: "Main",
    nav_home: "Overview",
    nav_instances: "Instances",
    nav_elements: "Elements",
    nav_api: "API",
    nav_usage: "Usage",
    nav_secrets: "Secrets",
    sign_out: "Sign out",
    theme: "Colours",
    theme_system: "System",
    theme_light: "Light",
    theme_dark: "Dark",
    next_page: "Next page",
    first_page: "Back to the first page",
    search: "Search",
    bytes: "{} bytes",
    optional: "optional",
    nothing: "none",

    // Signing in
    sign_in_title: "Sign in",
    sign_in_lead: "Use the secrets of your organization and your user.",
    sign_in_user: "User secret",
    sign_in_organization: "Organization secret",
    sign_in_button: "Sign in",
    sign_in_help: "Whoever runs this server gets both with the command:",
    sign_in_command: "elementkit secrets",
    sign_in_both: "Enter both secrets.",
    sign_in_refused: "These secrets do not belong together, or are not valid here. Copy both again.",
    sign_in_wait: "Too many attempts. Seconds to wait: {}.",
    sign_in_ended: "Sign in to open this page. Sessions end after half an hour without use.",

    // First page
    home_title: "Overview",
    home_new_title: "Connect your first service",
    home_new_lead: "Choose a service, enter its credentials, and look at your data. It stays in the database of this program.",
    home_all_elements: "All elements",
    home_wrong: "Needs attention",
    home_right: "No instance is refused by its service.",
    home_instances: "Instances",
    home_jobs: "Latest bulk jobs",
    home_jobs_none: "No bulk jobs yet",
    home_jobs_hint: "A bulk job reads all records of a list into a file, and survives interruptions. Start one from an instance.",
    home_open_instances: "Show instances",
    home_attention_hint: "Open an instance and check its connection, or connect it again with new credentials.",

    // Elements
    elements_title: "Elements",
    elements_lead: "An element connects one service.",
    elements_none: "No element has “{}” in its name",
    elements_none_hint: "Try a shorter word, or clear the search.",
    elements_clear: "Clear the search",
    elements_connect: "Connect",
    elements_unavailable: "Not available here",

    // Connecting
    connect_title: "Connect {}",
    connect_name: "Name of this instance",
    connect_name_hint: "How you recognize this connection, for instance by the account.",
    connect_more: "More settings",
    connect_button: "Connect",
    connect_login: "Continue to the service",
    connect_checked: "The credentials are checked with the service before anything is saved, and are stored encrypted.",
    connect_cancel: "Cancel",

    // Instances
    instances_title: "Instances",
    instances_lead: "An instance is one account of a service.",
    instances_total: "{} in all",
    instances_none: "No instances yet",
    instances_none_hint: "Connect a service, and its account appears here.",
    instances_unmatched: "No instance matches",
    instances_unmatched_hint: "The search looks at the names of instances and the keys of their elements.",
    instances_new: "Connect a service",
    column_name: "Name",
    column_element: "Element",
    column_state: "State",
    column_created: "Created",
    state_connected: "Connected",
    state_invalid: "Credentials refused",
    state_disabled: "Disabled",

    // An instance
    tabs: "Parts of this instance",
    tab_overview: "Overview",
    tab_records: "Records",
    tab_engagement: "Engagement",
    tab_bulk: "Bulk jobs",
    tab_sync: "Sync",
    tab_transformations: "Transformations",
    tab_traces: "Traces",
    tab_settings: "Settings",
    instance_data: "Look at your data",
    instance_data_hint: "Open a list to browse it, filter it, and save it as a table.",
    instance_details: "Details",
    instance_id: "Id",
    instance_created: "Created",
    instance_element: "Element",
    instance_jobs: "Latest bulk jobs",
    instance_jobs_none: "No bulk jobs yet.",
    instance_all_jobs: "All bulk jobs",
    instance_check: "Check the connection",
    instance_enable: "Enable",
    instance_disable: "Disable",
    instance_disable_hint: "A disabled instance keeps its data, and refuses to read records.",
    token_title: "Element token",
    token_hint: "Programs use it to call this instance. Treat it like a password.",
    token_show: "Show the token",
    token_rotate: "Replace the token",
    token_rotate_hint: "The old token stops working at once.",
    copy: "Copy",
    copied: "Copied",
    delete_title: "Delete this instance",
    delete_hint: "Deletes its credentials, its bulk jobs and their files. Type its name to confirm.",
    delete_name: "Name of the instance",
    delete_button: "Delete",
    delete_mismatch: "The instance was not deleted: the typed name is not “{}”.",

    // Settings of an instance
    settings_hint: "Credentials are not shown, and stay as they are unless you type new ones. New ones are checked with the service first.",
    settings_save: "Save",
    settings_login: "Sign in at the service again",

    // Logins at services
    grant_title: "Grant access",
    grant_lead: "To connect {}, sign in at {} and allow the access. You come back to this page by yourself.",
    grant_button: "Continue to {}",
    grant_hint: "The address of this console must be registered there as the callback of your application.",
    grant_no_address: "The service has no address to sign in at.",
    grant_denied: "Access was not granted.",
    grant_denied_hint: "Begin again, and allow the access at the service.",

    // Traces
    trace_lead: "A trace shows what the service was asked for one call, and how it responded.",
    trace_list: "List to read",
    trace_try: "Trace a read",
    trace_on: "Trace all calls",
    trace_off: "Stop tracing",
    trace_is_on: "All calls of this instance are traced, for an hour.",
    trace_is_off: "Reading a list here turns tracing on for an hour.",
    trace_find: "Show the trace",
    trace_find_hint: "Of a call that was traced; errors name it too.",
    trace_title: "Calls of the service",
    trace_call: "Call",
    trace_none: "The service was not called.",
    trace_no_answer: "no answer",

    // Records
    records_list: "List",
    records_open: "Open",
    records_none: "No records",
    records_none_hint: "The list is empty. If there is a filter, loosen it.",
    records_shown: "Records",
    records_filter: "Filter",
    records_field: "Field",
    records_operator: "Comparison",
    records_value: "Value",
    records_add: "Add condition",
    records_condition: "Condition",
    records_condition_hint: "In CEQL, for instance: country = 'Brazil' AND duration > 600",
    records_apply: "Apply",
    records_clear: "Clear",
    records_columns: "Columns",
    records_columns_apply: "Show these columns",
    records_download: "Download",
    records_csv: "CSV table",
    records_lines: "JSON lines",
    records_bulk: "As a bulk job",
    records_more: "Related lists",
    operator_eq: "is",
    operator_ne: "is not",
    operator_like: "contains",
    operator_gt: "is more than",
    operator_ge: "is at least",
    operator_lt: "is less than",
    operator_le: "is at most",
    operator_null: "is empty",
    operator_filled: "is not empty",
    filter_mistake: "The condition cannot be read at the marked place.",
    filter_expected: "Expected {}, found {}.",

    // Engagement
    engagement_title: "Engagement of webinars",
    engagement_lead: "Registrations, attendance, watch time, drop-off, leads and survey answers, in pictures.",
    engagement_offer: "See who came, how long they stayed, and from which companies and countries.",
    engagement_channel: "Channel",
    engagement_choose: "Choose",
    engagement_webinar: "Webinar",
    engagement_all: "All webinars of the channel",
    engagement_make: "Make the report",
    engagement_again: "Make it again",
    engagement_none: "No channels",
    engagement_none_hint: "The account of this instance has no channel with webinars.",
    engagement_reading: "Reading records",
    engagement_read: "{} read so far",
    engagement_file: "Download as one HTML file",
    engagement_print: "Print the page, or the file, for paper or PDF.",

    // Bulk jobs
    bulk_start: "Start a bulk job",
    bulk_start_hint: "Reads all records of a list into a file. It continues by itself after an interruption.",
    bulk_list: "List",
    bulk_from: "Changed since",
    bulk_to: "Changed until",
    bulk_date_hint: "Date or time, for instance 2026-01-31",
    bulk_button: "Start",
    bulk_jobs: "Jobs",
    bulk_none: "No bulk jobs yet",
    bulk_none_hint: "The first one appears here once you start it.",
    column_job: "Job",
    column_list: "Object",
    column_instance: "Instance",
    column_records: "Records",
    job_title: "Bulk job: {}",
    job_waiting: "Waiting",
    job_running: "Running",
    job_complete: "Complete",
    job_remarks: "Complete, with remarks",
    job_failed: "Failed",
    job_cancelling: "Being cancelled",
    job_cancelled: "Cancelled",
    job_unknown: "Unknown",
    job_records: "Records",
    job_ignored: "Left out: no email",
    job_failed_rows: "Failed rows",
    job_show_failed: "Show failed rows",
    job_calls: "Calls of the service",
    job_size: "Size",
    job_parts: "{} of {} lists read",
    job_progress: "Lists read",
    job_cancel: "Cancel the job",
    job_resume: "Continue the job",
    job_file: "Download the result",
    job_file_hint: "The file is made as you download it. Excel opens CSV.",
    job_failed_title: "The job stopped",
    job_failed_hint: "Continue the job when the cause is resolved; it goes on where it stopped.",
    job_statement: "Statement",
    job_started: "Started",
    format_csv: "CSV",
    format_json: "JSON",
    format_lines: "JSON lines",
    format_parquet: "Parquet",
    format_arrow: "Arrow",
    errors_title: "Failed rows",
    errors_none: "No rows failed.",
    errors_back: "Back to the job",

    // Syncs
    sync_title: "Keep a copy up to date",
    sync_lead: "The first run reads a whole list, and each further one what changed since. Each run is a bulk job with a file of its own.",
    sync_first: "Read everything",
    sync_last: "Last runs",
    sync_none: "No syncs yet",
    sync_none_hint: "Choose a list above. Its runs appear here.",
    sync_run: "Last run",
    sync_since: "Changes since",
    sync_beginning: "the beginning",
    sync_next: "Next run",
    sync_changes: "Get the changes",
    sync_wait: "after this one",
    sync_mend: "Continue the job first.",
    sync_pending: "{} lists were not read completely, and are read again by the next run: {}",
    sync_hint: "Put the rows of each file into your copy by their id, the oldest file first. Records that were deleted at the service are in no file; read everything again to find them.",

    // Transformations
    mapping_title: "Objects of your own",
    mapping_lead: "A transformation gives the records of a list your names for their fields. It is read and downloaded like any list.",
    mapping_object: "Object of the service",
    mapping_new: "New transformation",
    mapping_all: "Transformations",
    mapping_none: "No transformations yet",
    mapping_none_hint: "Choose an object above, and name the fields that you need.",
    mapping_name: "Your object",
    mapping_name_hint: "Letters, digits, and . _ - : the name of the new list.",
    mapping_level: "Level",
    mapping_levels: "Those of the account and the organization apply to all their instances. A change here is stored for this instance alone.",
    mapping_fields: "Fields",
    mapping_edit: "Give each field that you need a name. Fields without one are left out, unless all are kept.",
    mapping_vendor_field: "Field of the service",
    mapping_sample: "First record",
    mapping_own_field: "Your field",
    mapping_own_of: "Your field for {}",
    mapping_kind: "Type",
    mapping_as_is: "as it is",
    mapping_passes: "Keep all other fields under their own names",
    mapping_script: "Script",
    mapping_script_hint: "JavaScript for what names cannot say; it ends with done(transformedObject);",
    mapping_try: "Try on the first record",
    mapping_save: "Save",
    mapping_delete: "Delete",
    mapping_records: "Look at the records",
    mapping_before: "Record of the service",
    mapping_after: "Your record",
    level_instance: "this instance",
    level_account: "account",
    level_organization: "organization",

    // Secrets
    secrets_title: "Secrets",
    secrets_lead: "Programs use them to call this platform as you. Treat them like passwords.",
    secrets_base: "Base URL",
    secrets_show: "Show the secrets",
    secrets_hide: "Hide the secrets",
    secrets_token_hint: "Each instance also has an Element token, on its own page.",

    rotate_title: "Replace a secret",
    rotate_lead: "A new secret is made, and the old one stops. Replace both if somebody may have seen them.",
    rotate_which: "Secret",
    rotate_grace: "The old secret stops",
    rotate_button: "Replace the secret",
    rotate_hint: "The organization secret is that of all its users, and only administrators replace it. Other browsers sign in again. Element tokens stay.",
    grace_none: "at once",
    grace_hour: "in an hour",
    grace_day: "in a day",
    grace_week: "in a week",

    // Usage
    usage_title: "Usage",
    usage_lead: "The calls of your account during the last seven days.",
    usage_search: "Path or request id",
    usage_failed: "Failed only",
    usage_none: "No calls",
    usage_none_hint: "Calls are recorded unless the server was started with --no-usage. Calls of the console count too.",
    usage_time: "Time",
    usage_call: "Call",
    usage_status: "Status",
    usage_duration: "Duration",
    usage_took: "{} ms",

    // API
    api_title: "API",
    api_lead: "Every call of this platform, to try here and to take into a program.",
    api_search: "Path or word",
    api_none: "No call matches",
    api_back: "All calls",
    api_instance: "As the instance",
    api_no_instance: "none",
    api_needs_instance: "A call such as GET /contacts is one of an instance: choose it in the form.",
    api_body: "Body (JSON)",
    api_send: "Send",
    api_response: "Response",
    api_next: "Next page",
    api_cut: "The response is longer than what is shown.",
    api_program: "In a program",
    api_program_hint: "Secrets and tokens are variables. The values of the form appear once it is sent.",

    // Definitions
    import_title: "Import a definition",
    import_lead: "An element that was exported from another platform, or that you wrote, as a JSON document.",
    import_document: "Definition",
    import_hint: "Paste the JSON document. Nothing is stored by the check.",
    import_check: "Check",
    import_button: "Import",
    import_fine: "The definition can be imported.",
    import_problems: "The definition cannot be imported",
    import_remarks: "Good to know",

    // What was done
    done_connected: "Connected. The credentials work.",
    done_saved: "Saved.",
    done_enabled: "The instance is enabled.",
    done_disabled: "The instance is disabled.",
    done_deleted: "The instance was deleted.",
    done_imported: "The element was imported. Connect it now.",
    done_checked: "The service responds, and accepts the credentials.",
    done_rotated: "The token was replaced. Show the new one, and give it to your programs.",
    done_replaced: "The secret was replaced. Show the new one, and give it to your programs.",
    done_removed: "The transformation was deleted.",
    done_cancelled: "The job is being cancelled.",
    done_resumed: "The job continues.",

    // Errors
    error_not_found: "Not found",
    error_no_page: "There is no page at this address. It may have been deleted.",
    error_refused: "That did not work",
    error_credentials: "The service refused the credentials",
    error_vendor: "The service does not respond as it should",
    error_other: "Something went wrong",
    error_expired: "You are signed out",
    error_sign_in_again: "Sign in again to go on.",
    error_forged: "This form is no longer valid",
    error_reload: "Nothing was changed. Go back, reload the page, and try again.",
    error_host: "This address is not known here",
    error_host_hint: "Open the console at the address that the command printed. A server behind another name allows it with --console-host.",
    error_method: "This address does not accept that kind of request.",
    error_form: "The form is too large or incomplete. Nothing was changed.",
    error_link: "This link was used already",
    error_link_hint: "A link signs in once, for ten minutes. Run “elementkit console” again for a new one.",
    error_grant: "This login is not known",
    error_grant_hint: "It took longer than a quarter of an hour, or began in another browser. Begin it again.",
    error_render: "The page could not be built.",
    error_provider: "Message of the service",
    error_request: "Request id",
    error_home: "Go to the overview",
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    fn sources(folder: &str, ending: &str) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        for entry in fs::read_dir(root).unwrap().flatten() {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            if path.is_dir() {
                found.extend(sources(&format!("{folder}/{name}"), ending));
            } else if name.ends_with(ending) {
                found.push((name, fs::read_to_string(path).unwrap()));
            }
        }
        found
    }

    #[test]
    fn every_text_is_used() {
        let all: String = [sources("src", ".rs"), sources("templates", ".html")]
            .concat()
            .into_iter()
            .filter(|(name, _)| name != "texts.rs")
            .map(|(_, text)| text)
            .collect();
        let is_used = |name: &str| {
            all.match_indices(name).any(|(at, _)| {
                let after = all[at + name.len()..].chars().next().unwrap_or(' ');
                all[..at].ends_with('.') && !after.is_alphanumeric() && after != '_'
            })
        };
        let unused: Vec<_> = NAMES.iter().filter(|name| !is_used(name)).collect();
        assert!(unused.is_empty(), "{unused:?}");
    }

    /// Templates contain no words: they are in the table above.
    #[test]
    fn templates_have_no_texts_of_their_own() {
        for (name, text) in sources("templates", ".html") {
            let mut rest = text.as_str();
            let mut visible = String::new();
            while let Some(at) = rest.find(['<', '{']) {
                visible.push_str(&rest[..at]);
                let end = match &rest[at..] {
                    tail if tail.starts_with("{{") => "}}",
                    tail if tail.starts_with("{%") => "%}",
                    tail if tail.starts_with("{#") => "#}",
                    _ => ">",
                };
                rest = rest[at..].split_once(end).map_or("", |(_, rest)| rest);
            }
            let words: String = visible.chars().filter(|letter| letter.is_alphabetic()).collect();
            assert!(words.is_empty(), "{name}: {words}");
        }
    }

    #[test]
    fn values_replace_braces() {
        assert_eq!(with("{} of {}", &["1", "2"]), "1 of 2");
        assert_eq!((with("x", &["1"]), with("{}{}", &["1"])), ("x".to_owned(), "1".to_owned()));
    }
}
