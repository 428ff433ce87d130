//! Figures of a report.

use serde::Serialize;

use crate::top::Ranking;

/// Figures of a webinar, or of all webinars of a channel.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Engagement {
    /// Name of the channel.
    pub channel: String,
    /// The webinar, if the report is about one.
    pub webinar: Option<Webinar>,
    /// When the records were read, as `2026-01-31T09:30:00Z`.
    pub made: String,
    /// Registrations.
    pub registrations: Registrations,
    /// Attendance and time watched.
    pub audience: Audience,
    /// People who attended, by the share of the webinar that they watched at least.
    pub remaining: Vec<Remaining>,
    /// Webinars with the most attendance, if the report is about a channel.
    pub webinars: Vec<Webinar>,
    /// Companies with the most leads.
    pub companies: Ranking,
    /// Countries with the most leads.
    pub countries: Ranking,
    /// Questions of surveys with their answers.
    pub questions: Vec<Question>,
}

/// A webinar.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Webinar {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// When it began, as the service says.
    pub start: Option<String>,
    /// Its length in seconds.
    pub duration_s: Option<u64>,
    /// People who registered or attended.
    pub leads: u64,
    /// People who attended.
    pub attended: u64,
    /// Seconds watched.
    pub watched_s: u64,
}

/// Registrations.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Registrations {
    /// All of them.
    pub total: u64,
    /// By day, month or year, whichever is short enough to be shown: the beginning of the date, and how many.
    pub by_date: Vec<(String, u64)>,
}

/// Attendance and time watched. A person counts once for each webinar.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Audience {
    /// People who registered or attended.
    pub leads: u64,
    /// People who registered before the live date.
    pub registered: u64,
    /// Those of them who attended.
    pub registered_attended: u64,
    /// People who attended.
    pub attended: u64,
    /// People who watched it live.
    pub live: u64,
    /// People who watched the recording.
    pub recorded: u64,
    /// Seconds watched live.
    pub live_s: u64,
    /// Seconds watched of recordings.
    pub recorded_s: u64,
}

impl Audience {
    /// Returns the seconds that a person watched on average.
    pub fn average_s(&self) -> u64 {
        (self.live_s + self.recorded_s).checked_div(self.attended).unwrap_or_default()
    }
}

/// People who watched a share of the webinar or more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Remaining {
    /// Share of the webinar, in percent.
    pub percent: u8,
    /// Number of people.
    pub people: u64,
}

/// A question of a survey.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Question {
    /// The question.
    pub text: String,
    /// Number of people who answered it.
    pub people: u64,
    /// Answers that can be chosen, with their numbers. Empty for free text, which may contain personal data.
    pub answers: Vec<Answer>,
}

/// An answer that can be chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// The answer.
    pub text: String,
    /// Number of people who chose it.
    pub people: u64,
}
