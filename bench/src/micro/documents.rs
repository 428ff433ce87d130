//! Records that are JSON documents of about 0.8 KB, nested, 100 in a page: against trees, and against a plain copy.

use std::hint::black_box;
use std::ops::Range;

use elementkit::engine::bench_api::{Writing, is_utf8, string_stop};
use elementkit::query::{Filter, parse_where};
use elementkit::record::{Batch, Schema, strip_nulls};
use serde_json::{Value, json};

use super::{Options, tell};
use crate::Outcome;

const RECORDS: u64 = 100;

pub async fn run(options: &Options) -> Outcome {
    let (page, ranges) = page();
    let filled = || {
        let mut batch = Batch::of_page(black_box(&page).clone()).map_err(|error| error.to_string())?;
        ranges.iter().for_each(|range| batch.push_slice(range.clone()));
        Ok::<Batch, Box<dyn std::error::Error>>(batch)
    };
    let batch = filled()?;
    tell(options, "a document checked, in its page", RECORDS, async || {
        black_box(filled()?);
        Ok(())
    })
    .await?;
    tell(options, "a document checked and copied", RECORDS, async || {
        let mut batch = Batch::new(Schema::documents());
        for range in &ranges {
            batch.push_document(&black_box(&page)[range.clone()])?;
        }
        black_box(batch);
        Ok(())
    })
    .await?;
    tell(options, "a plain copy of a document", RECORDS, async || {
        black_box(black_box(&page).clone());
        Ok(())
    })
    .await?;
    tell(options, "a tree of a document", RECORDS, async || {
        for range in &ranges {
            black_box(serde_json::from_str::<Value>(&black_box(&page)[range.clone()])?);
        }
        Ok(())
    })
    .await?;
    searching(options, &page).await?;
    writing(options, &page, &ranges, &batch).await?;
    let condition = parse_where("user.country = 'FR' AND total > 10")?.ok_or("no condition")?;
    let filter = Filter::compile(&condition, batch.schema());
    tell(options, "a document against two comparisons", RECORDS, async || {
        black_box(batch.rows().filter(|row| filter.matches(*row)).count());
        Ok(())
    })
    .await
}

/// Checks and searches a page with the code of core and with what could replace it.
async fn searching(options: &Options, page: &str) -> Outcome {
    let bytes = page.as_bytes();
    tell(options, "the UTF-8 of a document", RECORDS, async || {
        black_box(is_utf8(black_box(bytes)));
        Ok(())
    })
    .await?;
    tell(options, "the same with the standard library", RECORDS, async || {
        black_box(std::str::from_utf8(black_box(bytes)).is_ok());
        Ok(())
    })
    .await?;
    let count = |stop: fn(&[u8], usize) -> usize| {
        let (mut at, mut found) = (0, 0);
        while at < bytes.len() {
            at = stop(black_box(bytes), at) + 1;
            found += 1;
        }
        found
    };
    tell(options, "the ends of the strings of a document", RECORDS, async || {
        black_box(count(string_stop));
        Ok(())
    })
    .await?;
    tell(options, "the same ends with memchr2", RECORDS, async || {
        black_box(count(|bytes, at| {
            memchr::memchr2(b'"', b'\\', &bytes[at..]).map_or(bytes.len(), |found| at + found)
        }));
        Ok(())
    })
    .await
}

async fn writing(options: &Options, page: &str, ranges: &[Range<usize>], batch: &Batch) -> Outcome {
    let mut out = Vec::new();
    tell(options, "a document to JSON without nulls", RECORDS, async || {
        out.clear();
        batch.rows().for_each(|row| row.write_json(false, &mut out));
        Ok(())
    })
    .await?;
    tell(options, "the same with a tree", RECORDS, async || {
        out.clear();
        for range in ranges {
            let mut record: Value = serde_json::from_str(&page[range.clone()])?;
            strip_nulls(&mut record);
            serde_json::to_writer(&mut out, &record)?;
        }
        Ok(())
    })
    .await?;
    tell(options, "the columns of a document", RECORDS, async || {
        black_box(Writing::documents(batch));
        Ok(())
    })
    .await?;
    let table = Writing::documents(batch);
    tell(options, "a document to CSV", RECORDS, async || {
        out.clear();
        Ok(table.write(batch, &mut out)?)
    })
    .await
}

/// Returns a page, an array of records, and the range of each record.
fn page() -> (String, Vec<Range<usize>>) {
    let (mut page, mut ranges) = (String::from("["), Vec::new());
    for number in 0..RECORDS {
        if number > 0 {
            page.push(',');
        }
        let start = page.len();
        page.push_str(&record(number).to_string());
        ranges.push(start..page.len());
    }
    page.push(']');
    (page, ranges)
}

fn record(number: u64) -> Value {
    json!({
        "id": format!("ord_{number:08}"), "number": number, "total": number as f64 * 1.25, "currency": "EUR",
        "paid": number.is_multiple_of(2), "note": null, "createdAt": "2025-11-02T09:30:00Z", "updatedAt": "2025-11-03T10:00:00Z",
        "user": {
            "id": number + 100_000, "name": "Jean-Baptiste Grenouille", "email": "jean-baptiste@example.org",
            "country": "FR", "phone": null, "address": {"street": "Rue de la Ferronnerie 12", "city": "Paris", "zip": "75001"},
        },
        "items": [
            {"sku": "A-1001", "name": "Essence of lavender, 50 ml", "quantity": 2, "price": 12.5, "discount": null},
            {"sku": "B-2002", "name": "Enfleurage plates", "quantity": 1, "price": 99.9, "discount": 10},
        ],
        "shipping": {"method": "express", "carrier": "La Poste", "tracking": "FR123456789FR", "eta": null},
        "tags": ["new", "priority"], "status": "shipped", "source": {"campaign": "autumn", "referrer": null},
    })
}
