//! The steps of a record one by one: in nanoseconds, or repeated for `valgrind --tool=callgrind` to count.

mod documents;

use std::hint::black_box;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use elementkit::elements::brighttalk::call::{Endpoint, Ids};
use elementkit::elements::brighttalk::xml::{ParseOptions, parse};
use elementkit::engine::bench_api::{Sealing, Shaping, Writing, has_comma_or_control, markup};
use elementkit::query::{Filter, Projection, parse_where};
use elementkit::record::{Batch, Schema, format_seconds, parse_vendor};
use serde_json::{Value, json};

use crate::shapes::{SCRIPT, TEN};
use crate::source::Source;
use crate::{Outcome, element, server};

const RECORDS: u64 = 200;
const LENGTH: Duration = Duration::from_millis(500);
const CONDITION: &str = "lastUpdated > '2020-01-01' AND (country = 'France' OR email LIKE '%@example.org')";
const CALL: &str = "GET /instances/{id} in the process";

#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    source: Source,
    /// Database for the step that needs a store.
    #[arg(long)]
    database: PathBuf,
    /// Run only the step of this name, without timing it.
    #[arg(long, requires = "rounds")]
    step: Option<String>,
    /// Number of repetitions.
    #[arg(long)]
    rounds: Option<u64>,
}

pub async fn run(options: &Options) -> Outcome {
    let page = server::whole_page(RECORDS);
    let text = std::str::from_utf8(&page)?;
    let ids = Ids { channel: Some(1001), ..Ids::default() };
    let parsed = || parse(black_box(text), Endpoint::ChannelSubscribers.info(), &ids, ParseOptions::default());
    let batch = parsed().map_err(|error| error.to_string())?.batch;
    tell(options, "tokenising with quick-xml, the floor", RECORDS, async || {
        elementkit_bench_floor::xml::tokenise(black_box(text), &mut 0)?;
        Ok(())
    })
    .await?;
    tell(options, "a page of XML to a batch", RECORDS, async || {
        black_box(parsed().map_err(|error| error.to_string())?);
        Ok(())
    })
    .await?;
    searching(options, text).await?;
    writing(options, &batch).await?;
    shaping(options, &batch).await?;
    conditions(options, &batch).await?;
    documents::run(options).await?;
    call(options).await
}

/// Searches the texts of a page, most of a few dozen bytes, with the code of core and with what could replace it.
async fn searching(options: &Options, page: &str) -> Outcome {
    let page = page.as_bytes();
    let texts: Vec<&[u8]> = memchr::memchr_iter(b'>', page).map(|at| &page[at + 1..]).collect();
    let values: Vec<&[u8]> = texts.iter().map(|text| &text[..markup(text).unwrap_or(text.len())]).collect();
    let sum =
        |search: fn(&[u8]) -> Option<usize>| texts.iter().filter_map(|text| search(black_box(text))).sum::<usize>();
    tell(options, "the ends of the texts of a record, sixteen bytes at a time", RECORDS, async || {
        black_box(sum(markup));
        Ok(())
    })
    .await?;
    tell(options, "the same with memchr2", RECORDS, async || {
        black_box(sum(|text| memchr::memchr2(b'<', b'&', text)));
        Ok(())
    })
    .await?;
    let count = |is_found: fn(&[u8]) -> bool| values.iter().filter(|value| is_found(black_box(value))).count();
    tell(options, "commas and control characters in its texts, by words", RECORDS, async || {
        black_box(count(has_comma_or_control));
        Ok(())
    })
    .await?;
    tell(options, "the same byte by byte", RECORDS, async || {
        black_box(count(|value| value.iter().any(|byte| *byte == b',' || *byte < b' ')));
        Ok(())
    })
    .await
}

async fn writing(options: &Options, batch: &Batch) -> Outcome {
    let schema = batch.schema();
    let names: Vec<String> = TEN.iter().map(|(_, vendor)| (*vendor).to_owned()).collect();
    let projection = Projection::compile(&names, schema);
    let mut out = Vec::new();
    tell(options, "a record to JSON", RECORDS, async || {
        out.clear();
        batch.rows().for_each(|row| row.write_json(false, &mut out));
        Ok(())
    })
    .await?;
    tell(options, "ten fields of it to JSON", RECORDS, async || {
        out.clear();
        batch.rows().for_each(|row| projection.write_json(row, false, &mut out));
        Ok(())
    })
    .await?;
    let (sealing, mut ten) = (Sealing::new()?, Vec::new());
    batch.rows().for_each(|row| projection.write_json(row, false, &mut ten));
    tell(options, "sealing those ten fields", RECORDS, async || {
        black_box(sealing.seal(&ten)?);
        Ok(())
    })
    .await?;
    for (name, writing) in [("a record to CSV", Writing::csv(schema)), ("a record to Arrow", Writing::arrow(schema))] {
        tell(options, name, RECORDS, async || {
            out.clear();
            Ok(writing.write(batch, &mut out)?)
        })
        .await?;
    }
    Ok(())
}

/// Maps and writes records, so that each figure can be compared with that of a record that is only written.
async fn shaping(options: &Options, batch: &Batch) -> Outcome {
    let plain = TEN.map(|(path, vendor)| json!({"path": path, "vendorPath": vendor}));
    let typed = TEN.map(|(path, vendor)| match vendor {
        "id" | "channelId" => json!({"path": path, "vendorPath": vendor, "type": "string"}),
        "lastSubscribed" => json!({"path": path, "vendorPath": vendor, "type": "date", "configuration": [
            {"type": "transformDate", "properties": {"pattern": "dd.MM.yyyy HH:mm"}}]}),
        _ => json!({"path": path, "vendorPath": vendor, "type": "string"}),
    });
    let nested = TEN.map(|(path, vendor)| json!({"path": format!("{path}[0]"), "vendorPath": vendor}));
    for (name, fields, script) in [
        ("ten fields of it mapped, to JSON", &plain[..], None),
        ("the same with types and a date mask", &typed, None),
        ("the same record by record, into arrays", &nested, None),
        ("two fields mapped, and the script of P 9.15", &plain[..2], Some(SCRIPT)),
    ] {
        let mut shaping = Shaping::new(recipe(fields, script), batch.schema())?;
        let mut out = Vec::new();
        tell(options, name, RECORDS, async || {
            out.clear();
            Ok(shaping.write_json(batch, &mut out).await?)
        })
        .await?;
    }
    Ok(())
}

fn recipe(fields: &[Value], script: Option<&str>) -> Value {
    let scripts: Vec<Value> = script
        .iter()
        .map(|body| json!({"level": "organization", "body": body, "legacy": false, "filter_empty_response": false}))
        .collect();
    json!({
        "name": "mapped", "vendor_name": "channelsContacts", "fields": fields,
        "settings": [{"type": "passThrough", "properties": {"fromVendor": false, "toVendor": false}}],
        "scripts": scripts,
    })
}

async fn conditions(options: &Options, batch: &Batch) -> Outcome {
    tell(options, "reading a condition of three comparisons", 1, async || {
        black_box(parse_where(black_box(CONDITION))?);
        Ok(())
    })
    .await?;
    let condition = parse_where(CONDITION)?.ok_or("no condition")?;
    let filter = Filter::compile(&condition, &Arc::<Schema>::clone(batch.schema()));
    tell(options, "a record against it", RECORDS, async || {
        black_box(batch.rows().filter(|row| filter.matches(*row)).count());
        Ok(())
    })
    .await?;
    let (date, mut out) = ("2025-12-31T23:59:59Z", Vec::new());
    tell(options, "a date read and written", 1, async || {
        out.clear();
        format_seconds(parse_vendor(black_box(date)).unwrap_or_default(), &mut out);
        Ok(())
    })
    .await
}

async fn call(options: &Options) -> Outcome {
    // Only this step opens the store.
    if !options.wants(CALL) {
        return Ok(());
    }
    let platform = element::open(&options.source, &options.database).await?;
    let outcome = async {
        let instance = element::create(&platform).await?;
        let id = instance.id().ok_or("the instance has no id")?;
        tell(options, CALL, 1, async || {
            black_box(platform.instances().get(id).await?);
            Ok(())
        })
        .await
    };
    let outcome = outcome.await;
    platform.close().await;
    outcome
}

impl Options {
    fn wants(&self, name: &str) -> bool {
        self.step.as_deref().is_none_or(|step| step == name)
    }
}

/// Prints the CPU time of the work for each of `things`, or repeats the work as often as requested.
async fn tell(options: &Options, name: &str, things: u64, mut work: impl AsyncFnMut() -> Outcome) -> Outcome {
    if !options.wants(name) {
        return Ok(());
    }
    if let Some(rounds) = options.rounds {
        for _ in 0..rounds {
            work().await?;
        }
        return Ok(());
    }
    let (mut rounds, started) = (0, Instant::now());
    let before = crate::measure::own_cpu_s();
    while started.elapsed() < LENGTH {
        for _ in 0..32 {
            work().await?;
        }
        rounds += 32;
    }
    let ns = (crate::measure::own_cpu_s() - before) * 1e9 / (rounds * things) as f64;
    println!("{}", json!({"name": name, "ns": (ns * 10.0).round() / 10.0, "things": things}));
    Ok(())
}
