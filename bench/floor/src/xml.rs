//! Reading the pages of contacts with quick-xml: every event, or a plain loop that copies the fields out.

use std::io::Write;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::Result;

/// Amount of work of a floor.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Fetches the pages and looks for the next link at their end.
    Fetch,
    /// Reads every event of every page.
    Tokenise,
    /// Reads every event, and writes as many bytes as the CSV file has.
    Write,
    /// A plain loop from events to a CSV file: no types, no checks, nothing durable.
    Csv,
}

impl Depth {
    /// Reads the name of a depth.
    pub fn parse(text: &str) -> Result<Self> {
        Ok(match text {
            "fetch" => Self::Fetch,
            "tokenise" => Self::Tokenise,
            "write" => Self::Write,
            "csv" => Self::Csv,
            _ => return Err(format!("no such depth: {text}").into()),
        })
    }
}

/// Returns the first line of the CSV file.
pub fn header() -> String {
    COLUMNS.map(|(_, _, name)| name).join(",")
}

/// Returns the cursor of the next link, which is after all records.
pub fn next_at_end(text: &str) -> Option<String> {
    let link = &text[text.rfind("<link rel=\"next\"")?..];
    let cursor = &link[link.find("cursor=")? + "cursor=".len()..];
    cursor.split(['&', '"']).next().map(str::to_owned)
}

/// Reads every event of a page, counts its records and returns the cursor of the next link.
pub fn tokenise(text: &str, rows: &mut u64) -> Result<Option<String>> {
    let mut reader = Reader::from_str(text);
    let mut next = None;
    loop {
        match reader.read_event()? {
            Event::Start(tag) if tag.name().as_ref() == "channelSubscriber" => *rows += 1,
            Event::Empty(tag) if tag.name().as_ref() == "link" => next = cursor_of(&tag).or(next),
            Event::Eof => return Ok(next),
            event => {
                std::hint::black_box(event);
            }
        }
    }
}

fn cursor_of(tag: &BytesStart<'_>) -> Option<String> {
    let raw = tag.attributes_raw();
    raw.contains("rel=\"next\"").then(|| next_at_end(&format!("<link {}", raw.trim_start())))?
}

/// Parent element, element and column.
const COLUMNS: [(&str, &str, &str); 19] = [
    ("", "", "id"),
    ("channelSubscriber", "lastSubscribed", "lastSubscribed"),
    ("channelSubscriber", "unsubscribed", "unsubscribed"),
    ("embed", "url", "embedUrl"),
    ("embed", "track", "embedTrack"),
    ("", "", "userId"),
    ("user", "email", "email"),
    ("", "", "realmId"),
    ("user", "realmUserId", "realmUserId"),
    ("user", "firstName", "firstName"),
    ("user", "lastName", "lastName"),
    ("user", "phone", "phone"),
    ("user", "jobTitle", "jobTitle"),
    ("user", "level", "level"),
    ("user", "companyName", "companyName"),
    ("user", "companySize", "companySize"),
    ("user", "industry", "industry"),
    ("user", "country", "country"),
    ("user", "stateProvince", "stateProvince"),
];

/// Writes the records of a page as lines of CSV and returns the cursor of the next link.
pub fn to_csv(text: &str, rows: &mut u64, out: &mut impl Write) -> Result<Option<String>> {
    let mut reader = Reader::from_str(text);
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(out);
    let mut row = vec![String::new(); COLUMNS.len()];
    let (mut next, mut parent, mut column) = (None, "", None);
    loop {
        match reader.read_event()? {
            Event::Start(tag) => match tag.name().as_ref() {
                "channelSubscriber" => {
                    parent = "channelSubscriber";
                    row.iter_mut().for_each(String::clear);
                    row[0] = id_of(&tag)?;
                }
                "embed" => parent = "embed",
                "user" => {
                    parent = "user";
                    row[5] = id_of(&tag)?;
                }
                name => column = COLUMNS.iter().position(|(above, element, _)| *above == parent && *element == name),
            },
            Event::Empty(tag) => match tag.name().as_ref() {
                "realm" => row[7] = id_of(&tag)?,
                "link" => next = cursor_of(&tag).or(next),
                _ => {}
            },
            Event::Text(piece) => {
                if let Some(column) = column {
                    row[column].push_str(&piece.xml10_content());
                }
            }
            Event::GeneralRef(reference) => {
                if let Some(column) = column {
                    row[column].push_str(match &*reference {
                        "amp" => "&",
                        "lt" => "<",
                        "gt" => ">",
                        "quot" => "\"",
                        _ => "'",
                    });
                }
            }
            Event::End(tag) => match tag.name().as_ref() {
                "channelSubscriber" => {
                    *rows += 1;
                    writer.write_record(&row)?;
                }
                "embed" | "user" => parent = "channelSubscriber",
                _ => column = None,
            },
            Event::Eof => {
                writer.flush()?;
                return Ok(next);
            }
            _ => {}
        }
    }
}

fn id_of(tag: &BytesStart<'_>) -> Result<String> {
    let id = tag.try_get_attribute("id")?;
    Ok(id.map(|id| id.value.into_owned()).unwrap_or_default())
}
