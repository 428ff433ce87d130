//! The steps of a record one by one, in nanoseconds; under `valgrind --tool=callgrind` in instructions.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use elementkit::elements::brighttalk::call::{Endpoint, Ids};
use elementkit::elements::brighttalk::xml::{ParseOptions, parse};
use elementkit::query::{Filter, parse_where};
use elementkit::record::{format_seconds, parse_vendor};

use crate::generator::Population;
use crate::{Outcome, floor, server};

const RECORDS: u64 = 200;
const LENGTH: Duration = Duration::from_millis(500);

pub fn run() -> Outcome {
    let page = server::xml_page(&Population::new(RECORDS, 1), 0, 0, RECORDS);
    let text = std::str::from_utf8(&page)?;
    let ids = Ids { channel: Some(1001), ..Ids::default() };
    let parsed = || parse(black_box(text), Endpoint::ChannelSubscribers.info(), &ids, ParseOptions::default());
    let batch = parsed().map_err(|error| error.to_string())?.batch;
    let condition = parse_where("lastUpdated > '2020-01-01' AND (country = 'France' OR email LIKE '%@example.org')")?;
    let filter = Filter::compile(&condition.ok_or("no condition")?, &Arc::clone(batch.schema()));
    let date = "2025-12-31T23:59:59Z";
    let mut out = Vec::new();

    tell("tokenising with quick-xml, the floor", RECORDS, || drop(black_box(floor::tokenise(text, &mut 0))));
    tell("a page of XML to a batch", RECORDS, || drop(black_box(parsed())));
    tell("a batch to JSON", RECORDS, || {
        out.clear();
        batch.rows().for_each(|row| row.write_json(false, &mut out));
    });
    tell("a condition of three comparisons", RECORDS, || {
        black_box(batch.rows().filter(|row| filter.matches(*row)).count());
    });
    tell("a date read and written", 1, || {
        out.clear();
        format_seconds(parse_vendor(black_box(date)).unwrap_or_default(), &mut out);
    });
    Ok(())
}

/// Prints how much CPU the work takes for each of so many things.
fn tell(name: &str, things: u64, mut work: impl FnMut()) {
    let (mut rounds, started) = (0, Instant::now());
    let before = crate::measure::own_cpu_s();
    while started.elapsed() < LENGTH {
        (0..32).for_each(|_| work());
        rounds += 32;
    }
    let ns = (crate::measure::own_cpu_s() - before) * 1e9 / (rounds * things) as f64;
    println!("{{\"name\": \"{name}\", \"ns\": {ns:.1}}}");
}
