//! Prompts: tasks that users start by name.

use rmcp::model::{GetPromptResult, Prompt, PromptArgument, PromptMessage, Role};
use serde_json::{Map, Value};

/// A prompt: name, title, description, arguments with their descriptions (those with `true` are required), and text.
/// Arguments in braces are replaced.
type Entry = (&'static str, &'static str, &'static str, &'static [(&'static str, &'static str, bool)], &'static str);

const ALL: &[Entry] = &[
    (
        "webinar_report",
        "Report about a webinar",
        "Numbers of a webinar or of a channel: registrations, attendance, viewing time, industries and countries.",
        &[("webinar", "Id or title of the webcast, or id of a channel", true)],
        "Write a report about the webinar {webinar}.\n\
         1. Find it with list_objects and search_records (webcasts).\n\
         2. Count registrations, activities and viewings of it with count_records: people by distinct userId, live and recorded \
            viewings, the mean of totalViewingDuration, the largest industries and countries.\n\
         3. Compare with the mean of the other webinars of the channel.\n\
         Give numbers with the condition by which you counted them. Name no people.",
    ),
    (
        "lead_list",
        "List of leads",
        "A table of the people who meet a condition, saved to a file.",
        &[
            ("condition", "Who is wanted, in your words", true),
            ("file", "Name of the file, for instance leads.csv", false),
        ],
        "Make a list of leads: {condition}.\n\
         1. Find the object with the people and its fields with list_objects and describe_object.\n\
         2. Count them with count_records and tell me the number and the condition before you go on.\n\
         3. Save them with save_table to {file}, if that tool is there; otherwise show the first page with search_records.\n\
         Tell me which fields are masked.",
    ),
    (
        "clean_up",
        "Clean up records",
        "Records with missing, doubtful or double values, and a proposal for each group.",
        &[("object", "Name of the object", true)],
        "Look for records of {object} that should be cleaned up.\n\
         1. Describe the object, then count missing values (IS NULL) of its fields that are not masked, and values that occur in \
            several spellings (count_records with group_by).\n\
         2. Show a few examples of each problem with search_records.\n\
         3. Propose changes. Make none unless I agree to each dry run of update_record.",
    ),
];

/// Returns the prompts.
pub fn listed() -> Vec<Prompt> {
    let prompt = |(name, title, description, arguments, _): &Entry| {
        let argument = |(name, description, required): &(&str, &str, bool)| {
            PromptArgument::new(*name).with_description(*description).with_required(*required)
        };
        Prompt::new(*name, Some(*description), Some(arguments.iter().map(argument).collect())).with_title(*title)
    };
    ALL.iter().map(prompt).collect()
}

/// Returns a prompt with its arguments. `None` if there is none of this name, or an argument is missing.
pub fn get(name: &str, given: &Map<String, Value>) -> Option<GetPromptResult> {
    let (_, _, description, arguments, text) = ALL.iter().find(|(known, ..)| *known == name)?;
    let mut text = (*text).to_owned();
    for (name, _, required) in *arguments {
        let value = given.get(*name).and_then(Value::as_str).map(str::trim).filter(|value| !value.is_empty());
        if *required && value.is_none() {
            return None;
        }
        text = text.replace(&format!("{{{name}}}"), value.unwrap_or("a file with a fitting name"));
    }
    let result = GetPromptResult::new(vec![PromptMessage::new_text(Role::User, text)]);
    Some(result.with_description(*description))
}
