//! Uploads: a vendor that accepts every record at once, a file of records, and a plain loop that sends them.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use axum::Router;
use axum::routing::post;
use futures::{StreamExt, stream};
use serde_json::{Value, json};

use crate::Outcome;

/// Number of requests at a time, as in an upload.
const CONCURRENCY: usize = 4;

#[derive(Clone, clap::Subcommand)]
pub enum Part {
    /// Serve the vendor, and print its address.
    Vendor,
    /// Write a CSV file of records.
    File { rows: usize, output: PathBuf },
    /// Send the requests of an upload from a plain loop.
    Loop { address: String, rows: usize },
}

pub async fn run(part: Part) -> Outcome {
    match part {
        Part::Vendor => vendor().await,
        Part::File { rows, output } => file(rows, &output),
        Part::Loop { address, rows } => plain(&format!("{address}/items"), rows).await,
    }
}

async fn vendor() -> Outcome {
    let accept = async || ([("content-type", "application/json")], "{\"id\":\"1\"}");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    axum::serve(listener, Router::new().route("/items", post(accept))).await?;
    Ok(())
}

fn email(number: usize) -> String {
    format!("u{number}@example.org")
}

fn name(number: usize) -> String {
    format!("Name of number {number}, and more")
}

fn file(rows: usize, output: &Path) -> Outcome {
    let mut out = BufWriter::new(std::fs::File::create(output)?);
    writeln!(out, "email,name,number")?;
    for number in 0..rows {
        writeln!(out, "{},\"{}\",{number}", email(number), name(number))?;
    }
    out.flush()?;
    Ok(())
}

async fn plain(url: &str, rows: usize) -> Outcome {
    // Another part may have installed it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::new();
    let send = |number: usize| {
        let request = client.post(url).header("content-type", "application/json");
        async move {
            let record = json!({"email": email(number), "name": name(number), "number": number.to_string()});
            let answer = request.body(record.to_string()).send().await?.error_for_status()?.bytes().await?;
            Ok::<_, Box<dyn std::error::Error>>(serde_json::from_slice::<Value>(&answer)?)
        }
    };
    let mut answers = stream::iter((0..rows).map(send)).buffer_unordered(CONCURRENCY);
    let mut accepted = 0;
    while let Some(answer) = answers.next().await {
        accepted += usize::from(answer?["id"] == "1");
    }
    if accepted == rows { Ok(()) } else { Err(format!("{accepted} of {rows} records were accepted").into()) }
}
