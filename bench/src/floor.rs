//! The floors: what no reader of these pages can do without, and a plain loop that only copies the fields out.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::fetch::{Fetcher, Source};
use crate::{Outcome, channel_ids};

/// How far a floor goes.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Depth {
    /// Fetches the pages and looks for the next link at their end.
    Fetch,
    /// Reads every event of every page.
    Tokenise,
    /// The same, and writes as many bytes as the CSV file has.
    Write,
    /// A plain loop from events to a CSV file: no types, no checks, nothing durable.
    Csv,
}

/// A CSV file of the contacts has this share of the bytes of its pages.
const CSV_SHARE: f64 = 0.37;

pub async fn run(source: &Source, depth: Depth, output: &Path) -> Outcome {
    let fetcher = Fetcher::new(source)?;
    let mut out = BufWriter::with_capacity(256 << 10, File::create(output)?);
    if depth == Depth::Csv {
        writeln!(out, "{}", COLUMNS.map(|(_, _, name)| name).join(","))?;
    }
    let (mut rows, mut bytes, zeros) = (0_u64, 0_u64, vec![b'0'; 1 << 20]);
    for channel in channel_ids(&fetcher).await? {
        let mut cursor = None;
        loop {
            let page = fetcher.subscribers(channel, cursor.as_deref()).await?;
            bytes += page.len() as u64;
            let text = std::str::from_utf8(&page)?;
            cursor = match depth {
                Depth::Fetch => next_at_end(text),
                Depth::Tokenise => tokenise(text, &mut rows)?,
                Depth::Write => {
                    let next = tokenise(text, &mut rows)?;
                    out.write_all(&zeros[..(page.len() as f64 * CSV_SHARE) as usize])?;
                    next
                }
                Depth::Csv => to_csv(text, &mut rows, &mut out)?,
            };
            if cursor.is_none() {
                break;
            }
        }
    }
    out.flush()?;
    println!("{{\"rows\": {rows}, \"bytes\": {bytes}}}");
    Ok(())
}

fn next_at_end(text: &str) -> Option<String> {
    let link = &text[text.rfind("<link rel=\"next\"")?..];
    let cursor = &link[link.find("cursor=")? + "cursor=".len()..];
    cursor.split(['&', '"']).next().map(str::to_owned)
}

/// Every event is looked at; of what they hold only the next link is kept.
pub fn tokenise(text: &str, rows: &mut u64) -> Result<Option<String>, quick_xml::Error> {
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

/// Parent, element and column.
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

fn to_csv(text: &str, rows: &mut u64, out: &mut impl Write) -> Result<Option<String>, Box<dyn std::error::Error>> {
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

fn id_of(tag: &BytesStart<'_>) -> Result<String, Box<dyn std::error::Error>> {
    let id = tag.try_get_attribute("id")?;
    Ok(id.map(|id| id.value.into_owned()).unwrap_or_default())
}
