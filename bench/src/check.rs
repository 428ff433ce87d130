//! Fingerprints of the rows of a file.

use std::path::Path;

use crate::Outcome;
use crate::generator::{COMPARED, Fingerprint};

/// Prints the fingerprint of a CSV file, its rows in any order.
pub fn run(file: &Path) -> Outcome {
    let Fingerprint { rows, sum } = fingerprint(file)?;
    println!("{rows} {sum:016x}");
    Ok(())
}

/// Prints the number of rows of a CSV file of items, and the sum of the ids of their persons.
pub fn items(file: &Path) -> Outcome {
    let mut reader = csv::Reader::from_path(file)?;
    let header = reader.byte_headers()?.clone();
    let id = header.iter().position(|column| column == b"person.id").ok_or("no column person.id")?;
    let (mut rows, mut sum) = (0_u64, 0_u64);
    let mut row = csv::ByteRecord::new();
    while reader.read_byte_record(&mut row)? {
        rows += 1;
        sum += std::str::from_utf8(row.get(id).unwrap_or_default())?.parse::<u64>()?;
    }
    println!("{{\"rows\": {rows}, \"sum\": {sum}}}");
    Ok(())
}

fn fingerprint(file: &Path) -> Result<Fingerprint, Box<dyn std::error::Error>> {
    let mut reader = csv::Reader::from_path(file)?;
    let header = reader.byte_headers()?.clone();
    let places = COMPARED.map(|name| header.iter().position(|column| column == name.as_bytes()));
    let mut found = Fingerprint::default();
    let mut row = csv::ByteRecord::new();
    while reader.read_byte_record(&mut row)? {
        let fields = COMPARED.iter().zip(places);
        let value = |place: Option<usize>| place.and_then(|at| row.get(at)).unwrap_or_default();
        found.add(fields.map(|(name, place)| (*name, value(place))).filter(|(_, value)| !value.is_empty()));
    }
    Ok(found)
}
