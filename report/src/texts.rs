//! All texts of a report in one place, so that they can be translated. A pair of braces is replaced by a value.

pub(crate) const TITLE: &str = "Engagement: {}";
pub(crate) const LANGUAGE: &str = "en";
pub(crate) const ALL_WEBINARS: &str = "All webinars of {}";
pub(crate) const CHANNEL: &str = "Channel {}";
pub(crate) const STARTED: &str = "Start {}";
pub(crate) const MADE: &str =
    "Read {}. A person counts once for each webinar. No names or e-mail addresses are in this report.";
pub(crate) const TABLE: &str = "Numbers";
pub(crate) const YES: &str = "Yes";
pub(crate) const NO: &str = "No";

pub(crate) const REGISTRATIONS: &str = "Registrations";
pub(crate) const ATTENDED: &str = "Attended";
pub(crate) const SHOW_UP: &str = "Show-up rate";
pub(crate) const SHOW_UP_OF: &str = "{} of {} registered before";
pub(crate) const WATCHED: &str = "Watched";
pub(crate) const AVERAGE: &str = "Average per person";
pub(crate) const HOURS: &str = "{} h";
pub(crate) const MINUTES: &str = "{} min";
pub(crate) const PERCENT: &str = "{} %";

pub(crate) const BY_DATE: &str = "Registrations over time";
pub(crate) const BY_DATE_LEAD: &str = "New registrations by date.";
pub(crate) const DATE: &str = "Date";
pub(crate) const ATTENDANCE: &str = "Attendance";
pub(crate) const ATTENDANCE_LEAD: &str = "People who registered or came, and what they watched.";
pub(crate) const GROUP: &str = "Group";
pub(crate) const PEOPLE: &str = "People";
pub(crate) const LEADS: &str = "Leads";
pub(crate) const ALL_LEADS: &str = "All leads";
pub(crate) const REGISTERED_BEFORE: &str = "Registered before";
pub(crate) const LIVE: &str = "Watched live";
pub(crate) const RECORDED: &str = "Watched the recording";
pub(crate) const WATCH_TIME: &str = "Watch time";
pub(crate) const WATCH_TIME_LEAD: &str = "Hours watched, live and recorded.";
pub(crate) const KIND: &str = "Kind";
pub(crate) const HOURS_COLUMN: &str = "Hours";
pub(crate) const LIVE_KIND: &str = "Live";
pub(crate) const RECORDED_KIND: &str = "Recording";
pub(crate) const DROP_OFF: &str = "Drop-off";
pub(crate) const DROP_OFF_LEAD: &str = "People who watched this share of the webinar or more.";
pub(crate) const SHARE: &str = "Share watched";
pub(crate) const WEBINARS: &str = "Webinars by attendance";
pub(crate) const WEBINARS_LEAD: &str = "The webinars with the most people.";
pub(crate) const WEBINAR: &str = "Webinar";
pub(crate) const COMPANIES: &str = "Leads by company";
pub(crate) const COMPANY: &str = "Company";
pub(crate) const COUNTRIES: &str = "Leads by country";
pub(crate) const COUNTRY: &str = "Country";
pub(crate) const GROUPS_LEAD: &str = "People who registered or attended.";
pub(crate) const OTHERS: &str = "All others";
pub(crate) const MISSING: &str =
    "There were more groups than are counted one by one: each may have up to {} leads more.";
pub(crate) const ANSWERS: &str = "Survey: {}";
pub(crate) const ANSWERS_LEAD: &str = "Answers of {} people. One person may give several.";
pub(crate) const FREE_TEXT: &str = "Answers of {} people in their own words, which are not in this report.";
pub(crate) const ANSWER: &str = "Answer";
pub(crate) const NOTHING: &str = "No records yet.";
pub(crate) const DESCRIBED: &str = "{} {}.";

/// Returns a text with its pairs of braces replaced by values.
pub(crate) fn with(text: &str, values: &[&str]) -> String {
    let mut values = values.iter();
    let mut parts = text.split("{}");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        filled.push_str(values.next().unwrap_or(&""));
        filled.push_str(part);
    }
    filled
}
