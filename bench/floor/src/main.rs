//! The floors of the benchmark: the minimum work for reading the page server's lists.
//!
//! `floor DEPTH URL OUTPUT [CA]` reads every contact over one connection with one thread, and `floor split URL OUTPUT [CA]`
//! every item of the JSON service. CA is a PEM file, for a URL of `https`. Nothing else is compiled in: no async runtime,
//! no connection pool, so that a ratio to a floor compares with the least possible work.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod http;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::process::ExitCode;

use elementkit_bench_floor::Result;
use elementkit_bench_floor::json;
use elementkit_bench_floor::xml::{self, Depth};

/// Size of a CSV file of the contacts, as a share of the size of its pages.
const CSV_SHARE: f64 = 0.37;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.as_slice() {
        [depth, url, output, authority @ ..] if authority.len() < 2 => {
            let server = http::Connection::open(url, authority.first().map(String::as_str));
            server.and_then(|server| if depth == "split" { split(server) } else { run(depth, server, output) })
        }
        _ => Err("usage: floor fetch|tokenise|write|csv|split URL OUTPUT [CA]".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(depth: &str, mut server: http::Connection, output: &str) -> Result<()> {
    let depth = Depth::parse(depth)?;
    let mut out = BufWriter::with_capacity(256 << 10, File::create(output)?);
    if depth == Depth::Csv {
        writeln!(out, "{}", xml::header())?;
    }
    let (mut rows, mut bytes, zeros) = (0_u64, 0_u64, vec![b'0'; 1 << 20]);
    for channel in channel_ids(&mut server)? {
        let mut cursor = None;
        loop {
            let more = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
            let page = server.get(&format!("/v1/channel/{channel}/subscribers?pageSize=200{more}"))?;
            bytes += page.len() as u64;
            let text = std::str::from_utf8(page)?;
            cursor = match depth {
                Depth::Fetch => xml::next_at_end(text),
                Depth::Tokenise => xml::tokenise(text, &mut rows)?,
                Depth::Write => {
                    let next = xml::tokenise(text, &mut rows)?;
                    out.write_all(&zeros[..(page.len() as f64 * CSV_SHARE) as usize])?;
                    next
                }
                Depth::Csv => xml::to_csv(text, &mut rows, &mut out)?,
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

/// Reads every item of the JSON service and finds the boundaries of the records.
fn split(mut server: http::Connection) -> Result<()> {
    let (mut rows, mut bytes, mut page) = (0, 0_u64, Some(1));
    while let Some(number) = page {
        let body = server.get(&format!("/items?page={number}&per_page=100"))?;
        bytes += body.len() as u64;
        page = json::split(body, &mut rows)?;
    }
    println!("{{\"rows\": {rows}, \"bytes\": {bytes}}}");
    Ok(())
}

/// Returns the ids of the channels, from the vendor's list.
fn channel_ids(server: &mut http::Connection) -> Result<Vec<u64>> {
    let page = server.get("/v1/my/channels")?;
    let text = std::str::from_utf8(page)?;
    let ids = text.split("<channel id=\"").skip(1).map(|rest| rest.split('"').next().unwrap_or_default().parse());
    Ok(ids.collect::<std::result::Result<_, _>>()?)
}
