//! Sums over the records of a report. No record is kept.

use std::collections::{BTreeMap, HashMap};

use jiff::Span;
use jiff::civil::Date;

use crate::figures::{Answer, Audience, Engagement, Question, Registrations, Remaining, Webinar};
use crate::source::{Activity, Answered, Asked, Id, Registration, Survey, Webcast};
use crate::top::{Counts, Top, shortened};

/// Number of groups that are counted exactly; above twice as many, the smallest are dropped.
const GROUPS: usize = 10_000;
/// Number of groups of a report.
const SHOWN: usize = 20;
/// Steps of the share of a webinar that people watched.
const STEPS: usize = 20;
/// Days of a picture; from so many on they are months.
const DATES: i64 = 62;
/// Days of a picture by months; from so many on they are years.
const MONTHS: i64 = 62 * 31;

/// A question with the numbers of its answers, by their places in the options.
#[derive(Debug)]
struct Counted {
    asked: Asked,
    people: u64,
    answers: Vec<u64>,
}

impl Counted {
    fn is_checkbox(&self) -> bool {
        self.asked.kind.as_deref() == Some("checkbox")
    }

    fn options(&self) -> &[String] {
        self.asked.options.as_deref().unwrap_or_default()
    }

    fn add(&mut self, answers: &[String]) {
        if answers.is_empty() {
            return;
        }
        self.people += 1;
        for at in 0..self.answers.len() {
            let is_chosen = |answer: &String| match self.is_checkbox() {
                true => (answer == "1") == (at == 0),
                false => self.options().get(at) == Some(answer),
            };
            self.answers[at] += u64::from(answers.iter().any(is_chosen));
        }
    }
}

#[derive(Debug)]
struct Talk {
    webcast: Webcast,
    counts: Counts,
}

/// Sums so far.
#[derive(Debug)]
pub(crate) struct Tally {
    talks: HashMap<Id, Talk>,
    questions: Vec<Counted>,
    /// Places of the questions, by the ids of their surveys and their own.
    places: HashMap<(Id, Id), usize>,
    registrations: u64,
    dates: BTreeMap<Date, u64>,
    audience: Audience,
    /// People by the whole steps that they watched.
    steps: [u64; STEPS + 1],
    companies: Top,
    countries: Top,
}

impl Tally {
    pub fn new(webcasts: Vec<Webcast>, surveys: Vec<Survey>) -> Self {
        let talk = |webcast: Webcast| (webcast.id.clone(), Talk { webcast, counts: Counts::default() });
        let (mut questions, mut places) = (Vec::new(), HashMap::new());
        for survey in surveys {
            for asked in survey.questions.unwrap_or_default() {
                places.insert((survey.id.clone(), asked.id.clone()), questions.len());
                let answers = match asked.kind.as_deref() {
                    Some("checkbox") => 2,
                    _ => asked.options.as_ref().map_or(0, Vec::len),
                };
                questions.push(Counted { asked, people: 0, answers: vec![0; answers] });
            }
        }
        Self {
            talks: webcasts.into_iter().map(talk).collect(),
            questions,
            places,
            registrations: 0,
            dates: BTreeMap::new(),
            audience: Audience::default(),
            steps: [0; STEPS + 1],
            companies: Top::new(GROUPS),
            countries: Top::new(GROUPS),
        }
    }

    /// Counts what a person did in a webinar.
    pub fn activity(&mut self, activity: &Activity) {
        let some = |number: Option<u64>| number.unwrap_or_default();
        let (live_s, recorded_s) = (some(activity.live_viewing_duration), some(activity.recorded_viewing_duration));
        let has_attended = some(activity.total_viewings) > 0;
        let counts = Counts { leads: 1, attended: u64::from(has_attended), watched_s: live_s + recorded_s };
        let audience = &mut self.audience;
        audience.leads += 1;
        audience.attended += counts.attended;
        audience.live += u64::from(some(activity.live_viewings) > 0);
        audience.recorded += u64::from(some(activity.recorded_viewings) > 0);
        audience.live_s += live_s;
        audience.recorded_s += recorded_s;
        if activity.preregistered == Some(true) {
            audience.registered += 1;
            audience.registered_attended += counts.attended;
        }
        self.companies.add(activity.company_name.as_deref(), counts);
        self.countries.add(activity.country.as_deref(), counts);
        let talk = activity.webcast_id.as_ref().and_then(|id| self.talks.get_mut(id));
        if let Some(talk) = talk {
            talk.counts += counts;
            let length = talk.webcast.duration.filter(|length| *length > 0 && has_attended);
            if let Some(length) = length {
                let steps = counts.watched_s.saturating_mul(STEPS as u64) / length;
                self.steps[usize::try_from(steps).map_or(STEPS, |steps| steps.min(STEPS))] += 1;
            }
        }
        for response in activity.survey_responses.iter().flatten() {
            let Some(survey) = &response.survey_id else { continue };
            for Answered { id, answers } in response.questions.iter().flatten() {
                if let Some(place) = self.places.get(&(survey.clone(), id.clone())) {
                    self.questions[*place].add(answers.as_deref().unwrap_or_default());
                }
            }
        }
    }

    /// Counts a registration.
    pub fn registration(&mut self, registration: &Registration) {
        self.registrations += 1;
        let date = registration.created.as_deref().and_then(|text| text.get(..10)?.parse().ok());
        if let Some(date) = date {
            *self.dates.entry(date).or_default() += 1;
        }
    }

    /// Returns the figures of a channel, or of one of its webinars.
    pub fn figures(mut self, channel: String, webcast: Option<&str>, made: String) -> Engagement {
        let webinar = webcast.and_then(|id| self.talks.values().find(|talk| talk.webcast.id() == id)).map(webinar);
        let mut webinars: Vec<Webinar> = match webinar {
            Some(_) => Vec::new(),
            None => self.talks.values().filter(|talk| talk.counts.leads > 0).map(self::webinar).collect(),
        };
        webinars.sort_by(|a, b| b.attended.cmp(&a.attended).then_with(|| a.id.cmp(&b.id)));
        webinars.truncate(SHOWN);
        self.questions.retain(|question| question.people > 0);
        Engagement {
            channel: shortened(&channel),
            webinar,
            made,
            registrations: Registrations { total: self.registrations, by_date: by_date(&self.dates) },
            audience: self.audience,
            remaining: remaining(&self.steps),
            webinars,
            companies: self.companies.ranking(SHOWN),
            countries: self.countries.ranking(SHOWN),
            questions: self.questions.into_iter().map(question).collect(),
        }
    }
}

fn webinar(talk: &Talk) -> Webinar {
    let id = talk.webcast.id();
    Webinar {
        title: talk.webcast.title.as_deref().map(shortened).unwrap_or_else(|| id.clone()),
        id,
        start: talk.webcast.start.clone(),
        duration_s: talk.webcast.duration,
        leads: talk.counts.leads,
        attended: talk.counts.attended,
        watched_s: talk.counts.watched_s,
    }
}

fn question(counted: Counted) -> Question {
    let options: Vec<String> = match counted.is_checkbox() {
        true => vec![crate::texts::YES.to_owned(), crate::texts::NO.to_owned()],
        false => counted.options().iter().map(|option| shortened(option)).collect(),
    };
    let answers = options.into_iter().zip(&counted.answers).map(|(text, people)| Answer { text, people: *people });
    let id = counted.asked.id.to_string();
    let text = counted.asked.text.as_deref().map(shortened).filter(|text| !text.is_empty());
    Question { text: text.unwrap_or(id), people: counted.people, answers: answers.collect() }
}

/// Returns how many people watched each share or more; empty if the length of no webinar is known.
fn remaining(steps: &[u64]) -> Vec<Remaining> {
    let mut people = steps.iter().sum();
    if people == 0 {
        return Vec::new();
    }
    let percent = |at: usize| u8::try_from(at * 100 / STEPS).unwrap_or(100);
    let step = |(at, left): (usize, &u64)| {
        let step = Remaining { percent: percent(at), people };
        people -= left;
        step
    };
    steps.iter().enumerate().map(step).collect()
}

/// Returns the numbers by day, by month if those are too many, else by year, with those between that have none.
fn by_date(dates: &BTreeMap<Date, u64>) -> Vec<(String, u64)> {
    let (Some((first, _)), Some((last, _))) = (dates.first_key_value(), dates.last_key_value()) else {
        return Vec::new();
    };
    let days = first.duration_until(*last).as_hours() / 24;
    // The beginning of a date that names the day, the month or the year.
    let (length, start, step) = match days {
        ..DATES => (10, *first, Span::new().days(1)),
        DATES..MONTHS => (7, first.first_of_month(), Span::new().months(1)),
        _ => (4, first.first_of_year(), Span::new().years(1)),
    };
    let name = |date: Date| date.to_string().chars().take(length).collect::<String>();
    let mut named: BTreeMap<String, u64> =
        start.series(step).take_while(|date| date <= last).map(|date| (name(date), 0)).collect();
    for (date, number) in dates {
        *named.entry(name(*date)).or_default() += number;
    }
    named.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn tally() -> Tally {
        let webcasts =
            json!([{"id": 7, "title": "First", "duration": 1000}, {"id": "x", "title": null, "duration": 0}]);
        let surveys = json!([{"id": 61, "questions": [
            {"id": 3, "type": "select", "text": "Budget?", "options": ["Low", "High"]},
            {"id": 1, "type": "checkbox", "text": "News?"}, {"id": 2, "type": "text", "text": "More?"},
            {"id": 9, "type": "select", "text": "Unanswered?", "options": ["A"]}]}]);
        Tally::new(serde_json::from_value(webcasts).unwrap(), serde_json::from_value(surveys).unwrap())
    }

    fn activity(value: serde_json::Value) -> Activity {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn figures_are_sums() {
        let mut tally = tally();
        tally.activity(&activity(json!({"webcastId": 7, "companyName": "Acme", "country": "Brazil",
            "preregistered": true, "totalViewings": 2, "liveViewings": 1, "liveViewingDuration": 400,
            "recordedViewings": 1, "recordedViewingDuration": 100, "surveyResponses": [{"surveyId": 61, "questions": [
                {"id": 3, "answers": ["High", "High", "Other"]}, {"id": 1, "answers": ["0"]},
                {"id": 2, "answers": ["call me at 555"]}, {"id": 77, "answers": ["x"]}]}]})));
        tally.activity(&activity(
            json!({"webcastId": 7, "companyName": "acme", "preregistered": true, "totalViewings": 0}),
        ));
        tally.activity(&activity(
            json!({"webcastId": "x", "totalViewings": 1, "recordedViewings": 1, "surveyResponses": [{"id": 1}]}),
        ));
        tally.activity(&activity(json!({"webcastId": 404, "country": null})));
        let figures = tally.figures("Channel".into(), None, "now".into());
        let audience = &figures.audience;
        assert_eq!((audience.leads, audience.attended, audience.live, audience.recorded), (4, 2, 1, 2));
        assert_eq!((audience.registered, audience.registered_attended), (2, 1));
        assert_eq!((audience.live_s, audience.recorded_s, audience.average_s()), (400, 100, 250));
        assert_eq!((figures.companies.groups[0].name.as_str(), figures.companies.groups[0].counts.leads), ("Acme", 2));
        assert_eq!((figures.countries.groups.len(), figures.countries.others.leads), (1, 3));
        let ids: Vec<_> = figures.webinars.iter().map(|webinar| (webinar.id.as_str(), webinar.leads)).collect();
        assert_eq!(ids, [("7", 2), ("x", 1)]);
        // One person of a known length, who watched half of it.
        let at = |percent| figures.remaining.iter().find(|step| step.percent == percent).unwrap().people;
        assert_eq!((at(0), at(50), at(55), at(100)), (1, 1, 0, 0));
        let questions: Vec<_> =
            figures.questions.iter().map(|question| (question.text.as_str(), question.people)).collect();
        assert_eq!(questions, [("Budget?", 1), ("News?", 1), ("More?", 1)]);
        let answers =
            |at: usize| -> Vec<u64> { figures.questions[at].answers.iter().map(|answer| answer.people).collect() };
        assert_eq!((answers(0), answers(1), answers(2)), (vec![0, 1], vec![0, 1], vec![]));
        assert!(!serde_json::to_string(&figures).unwrap().contains("555"), "free text may contain personal data");
    }

    #[test]
    fn times_that_cannot_be_do_not_overflow() {
        let webcast = json!([{"id": 7, "title": "First", "duration": u64::MAX}]);
        let mut tally = Tally::new(serde_json::from_value(webcast).unwrap(), Vec::new());
        for _ in 0..2 {
            tally.activity(&activity(json!({"webcastId": 7, "totalViewings": 1,
                "liveViewingDuration": u64::MAX, "recordedViewingDuration": u64::MAX})));
        }
        let figures = tally.figures("Channel".into(), Some("7"), "now".into());
        assert_eq!(figures.audience.live_s, 2 * u64::from(u32::MAX));
        assert!(crate::document(&figures).is_ok_and(|page| page.contains("Channel")));
    }

    #[test]
    fn dates_without_registrations_are_between_the_others() {
        let mut tally = tally();
        for created in ["2026-01-30T10:00:00Z", "2026-02-01T10:00:00Z", "2026-02-01T11:00:00Z"] {
            tally.registration(&Registration { created: Some(created.to_owned()) });
        }
        let days = tally.figures("Channel".into(), None, "now".into()).registrations.by_date;
        let expected = [("2026-01-30", 1), ("2026-01-31", 0), ("2026-02-01", 2)];
        assert_eq!(days, expected.map(|(day, number)| (day.to_owned(), number)));
    }

    #[test]
    fn many_dates_become_months_and_years() {
        let mut tally = tally();
        for day in 0..3000 {
            let date = jiff::civil::date(2020, 1, 1).checked_add(jiff::Span::new().days(day)).unwrap();
            tally.registration(&Registration { created: Some(format!("{date}T10:00:00Z")) });
        }
        for created in [None, Some("soon".to_owned()), Some("2020-99-99T00:00:00Z".to_owned())] {
            tally.registration(&Registration { created });
        }
        let figures = tally.figures("Channel".into(), Some("7"), "now".into());
        assert_eq!(figures.registrations.total, 3003);
        assert_eq!(figures.registrations.by_date[0], ("2020".to_owned(), 366));
        assert_eq!(figures.webinar.map(|webinar| webinar.title).as_deref(), Some("First"));
        assert!(figures.webinars.is_empty() && figures.remaining.is_empty());
    }
}
