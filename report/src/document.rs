//! The report as HTML: a part of a page, or a document that needs no other file.

use std::fmt;

use askama::Template;
use elementkit::{Error, ErrorKind, Result};

use crate::figures::{Engagement, Question, Webinar};
use crate::picture::{bars, columns, curve, described};
use crate::texts::{self, with};
use crate::top::Ranking;

/// The style of [`pictures`]. It uses the colours `--accent`, `--text`, `--muted`, `--line` and `--surface`.
pub const STYLE: &str = include_str!("../assets/report.css");

/// Most bars of a picture; the table beside it has more.
const BARS: usize = 10;

/// A picture with its numbers.
struct Section {
    id: String,
    title: String,
    lead: String,
    svg: Option<String>,
    /// Names of the columns; without any there is nothing to count.
    head: Vec<&'static str>,
    rows: Vec<Vec<String>>,
    note: Option<String>,
}

/// A number at the top of the report.
struct Fact {
    name: &'static str,
    value: String,
    hint: String,
}

#[derive(Template)]
#[template(path = "pictures.html")]
struct Pictures {
    subtitle: Vec<String>,
    facts: Vec<Fact>,
    sections: Vec<Section>,
}

#[derive(Template)]
#[template(path = "document.html")]
struct Document<'a> {
    title: String,
    heading: &'a str,
    style: &'static str,
    pictures: Pictures,
}

/// Returns the pictures and tables as a part of a page, which has [`STYLE`] and a heading of its own.
///
/// # Errors
/// `internal` if a picture cannot be drawn.
pub fn pictures(figures: &Engagement) -> Result<String> {
    Pictures::of(figures)?.render().map_err(failed)
}

/// Returns the report as one HTML document, which can be printed and needs no other file.
///
/// # Errors
/// As [`pictures`].
pub fn document(figures: &Engagement) -> Result<String> {
    let heading = heading(figures);
    let title = with(texts::TITLE, &[&heading]);
    let pictures = Pictures::of(figures)?;
    Document { title, heading: &heading, style: STYLE, pictures }.render().map_err(failed)
}

fn failed(error: impl fmt::Display) -> Error {
    Error::new(ErrorKind::Internal, format!("the report could not be written: {error}"))
}

fn heading(figures: &Engagement) -> String {
    match &figures.webinar {
        Some(webinar) => webinar.title.clone(),
        None => with(texts::ALL_WEBINARS, &[&figures.channel]),
    }
}

impl Pictures {
    fn of(figures: &Engagement) -> Result<Self> {
        let mut subtitle = Vec::new();
        if let Some(webinar) = &figures.webinar {
            subtitle.push(with(texts::CHANNEL, &[&figures.channel]));
            subtitle.extend(webinar.start.as_deref().map(|start| with(texts::STARTED, &[&minute(start)])));
            subtitle.extend(webinar.duration_s.map(minutes));
        }
        subtitle.push(with(texts::MADE, &[&minute(&figures.made)]));
        // In pairs of about the same height, which are side by side.
        let mut sections = vec![by_date(figures)?, drop_off(figures)?, attendance(figures)?, watch_time(figures)?];
        if figures.webinar.is_none() {
            sections.push(webinars(&figures.webinars)?);
        }
        sections.push(ranking("companies", texts::COMPANIES, texts::COMPANY, &figures.companies)?);
        sections.push(ranking("countries", texts::COUNTRIES, texts::COUNTRY, &figures.countries)?);
        for (at, question) in figures.questions.iter().enumerate() {
            sections.push(answers(at, question)?);
        }
        Ok(Self { subtitle, facts: facts(figures), sections })
    }
}

fn facts(figures: &Engagement) -> Vec<Fact> {
    let audience = &figures.audience;
    let fact = |name, value: String, hint: String| Fact { name, value, hint };
    let rate = (audience.registered_attended * 100).checked_div(audience.registered);
    let of = [number(audience.registered_attended), number(audience.registered)];
    let rate_text = rate.map_or_else(|| "–".to_owned(), |rate| with(texts::PERCENT, &[&rate.to_string()]));
    vec![
        fact(texts::REGISTRATIONS, number(figures.registrations.total), String::new()),
        fact(texts::ATTENDED, number(audience.attended), String::new()),
        fact(texts::SHOW_UP, rate_text, with(texts::SHOW_UP_OF, &[&of[0], &of[1]])),
        fact(texts::WATCHED, with(texts::HOURS, &[&hours(audience.live_s + audience.recorded_s)]), String::new()),
        fact(texts::AVERAGE, minutes(audience.average_s()), String::new()),
    ]
}

impl Section {
    /// Returns a section. The description of its picture is what it shows, and its first rows.
    fn new(
        id: &str,
        title: impl Into<String>,
        lead: impl Into<String>,
        head: &[&'static str],
        rows: Vec<Vec<String>>,
        draw: impl FnOnce() -> Result<String>,
    ) -> Result<Self> {
        let (title, lead) = (title.into(), lead.into());
        let svg = if rows.is_empty() { None } else { Some(draw()?) };
        let first = rows.iter().take(BARS).map(|row| row.join(" "));
        let description = with(texts::DESCRIBED, &[&lead, &first.collect::<Vec<_>>().join(", ")]);
        let svg = svg.map(|svg| described(&svg, id, &title, &description));
        Ok(Self { id: id.to_owned(), title, lead, svg, head: head.to_vec(), rows, note: None })
    }
}

fn by_date(figures: &Engagement) -> Result<Section> {
    let dates = &figures.registrations.by_date;
    let rows = dates.iter().map(|(date, count)| vec![date.clone(), number(*count)]).collect();
    let head = [texts::DATE, texts::REGISTRATIONS];
    Section::new("by-date", texts::BY_DATE, texts::BY_DATE_LEAD, &head, rows, || columns(dates))
}

fn attendance(figures: &Engagement) -> Result<Section> {
    let audience = &figures.audience;
    let groups = [
        (texts::ALL_LEADS, audience.leads),
        (texts::REGISTERED_BEFORE, audience.registered),
        (texts::ATTENDED, audience.attended),
        (texts::LIVE, audience.live),
        (texts::RECORDED, audience.recorded),
    ];
    let groups = groups.map(|(name, people)| (name.to_owned(), people));
    let rows = if audience.leads == 0 { Vec::new() } else { counted(&groups) };
    let head = [texts::GROUP, texts::PEOPLE];
    Section::new("attendance", texts::ATTENDANCE, texts::ATTENDANCE_LEAD, &head, rows, || bars(&groups))
}

fn watch_time(figures: &Engagement) -> Result<Section> {
    let audience = &figures.audience;
    let kinds = [(texts::LIVE_KIND, audience.live_s), (texts::RECORDED_KIND, audience.recorded_s)];
    let is_empty = kinds.iter().all(|(_, seconds)| *seconds == 0);
    let rows = kinds.iter().map(|(kind, seconds)| vec![(*kind).to_owned(), hours(*seconds)]);
    let rows = if is_empty { Vec::new() } else { rows.collect() };
    let whole = kinds.map(|(kind, seconds)| (kind.to_owned(), (seconds + 1800) / 3600));
    let head = [texts::KIND, texts::HOURS_COLUMN];
    Section::new("watch-time", texts::WATCH_TIME, texts::WATCH_TIME_LEAD, &head, rows, || bars(&whole))
}

fn drop_off(figures: &Engagement) -> Result<Section> {
    let points: Vec<(u8, u64)> = figures.remaining.iter().map(|step| (step.percent, step.people)).collect();
    let length = figures.webinar.as_ref().and_then(|webinar| webinar.duration_s);
    let share = |percent: u8| {
        let text = with(texts::PERCENT, &[&percent.to_string()]);
        match length {
            Some(length) => format!("{text} ({})", minutes(length * u64::from(percent) / 100)),
            None => text,
        }
    };
    // Every second step is enough to read.
    let read = points.iter().filter(|(percent, _)| percent % 10 == 0);
    let rows = read.map(|(percent, people)| vec![share(*percent), number(*people)]).collect();
    let head = [texts::SHARE, texts::PEOPLE];
    Section::new("drop-off", texts::DROP_OFF, texts::DROP_OFF_LEAD, &head, rows, || curve(&points))
}

fn webinars(all: &[Webinar]) -> Result<Section> {
    let row = |webinar: &Webinar| {
        let numbers = [number(webinar.attended), number(webinar.leads), hours(webinar.watched_s)];
        [vec![webinar.title.clone()], numbers.to_vec()].concat()
    };
    let head = [texts::WEBINAR, texts::ATTENDED, texts::LEADS, texts::HOURS_COLUMN];
    let drawn: Vec<_> = all.iter().take(BARS).map(|webinar| (webinar.title.clone(), webinar.attended)).collect();
    let rows = all.iter().map(row).collect();
    Section::new("webinars", texts::WEBINARS, texts::WEBINARS_LEAD, &head, rows, || bars(&drawn))
}

fn ranking(id: &str, title: &str, name: &'static str, ranking: &Ranking) -> Result<Section> {
    let others = crate::Group { name: texts::OTHERS.to_owned(), counts: ranking.others };
    let others = (ranking.others.leads > 0 && !ranking.groups.is_empty()).then_some(others);
    let row = |group: &crate::Group| {
        let counts = &group.counts;
        vec![group.name.clone(), number(counts.leads), number(counts.attended), hours(counts.watched_s)]
    };
    let rows = ranking.groups.iter().chain(&others).map(row).collect();
    let head = [name, texts::LEADS, texts::ATTENDED, texts::HOURS_COLUMN];
    let drawn: Vec<_> =
        ranking.groups.iter().take(BARS).map(|group| (group.name.clone(), group.counts.leads)).collect();
    let mut section = Section::new(id, title, texts::GROUPS_LEAD, &head, rows, || bars(&drawn))?;
    section.note = (ranking.missing_at_most > 0).then(|| with(texts::MISSING, &[&number(ranking.missing_at_most)]));
    Ok(section)
}

fn answers(at: usize, question: &Question) -> Result<Section> {
    let answers: Vec<_> = question.answers.iter().map(|answer| (answer.text.clone(), answer.people)).collect();
    let (lead, head): (_, &[_]) = match answers.is_empty() {
        true => (texts::FREE_TEXT, &[]),
        false => (texts::ANSWERS_LEAD, &[texts::ANSWER, texts::PEOPLE]),
    };
    let (title, lead) = (with(texts::ANSWERS, &[&question.text]), with(lead, &[&number(question.people)]));
    Section::new(&format!("question-{at}"), title, lead, head, counted(&answers), || bars(&answers))
}

fn counted(groups: &[(String, u64)]) -> Vec<Vec<String>> {
    groups.iter().map(|(name, people)| vec![name.clone(), number(*people)]).collect()
}

/// Returns a number with separators: `1,234,567`.
pub fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Returns seconds in hours, with one digit after the point.
fn hours(seconds: u64) -> String {
    let tenths = (seconds + 180) / 360;
    format!("{}.{}", number(tenths / 10), tenths % 10)
}

fn minutes(seconds: u64) -> String {
    with(texts::MINUTES, &[&number((seconds + 30) / 60)])
}

/// Returns a time to the minute, or the text as it is.
fn minute(text: &str) -> String {
    let time = text.parse::<jiff::Timestamp>();
    time.map_or_else(|_| text.to_owned(), |time| time.strftime("%Y-%m-%d %H:%M UTC").to_string())
}

/// Returns a text as HTML and SVG write it.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
