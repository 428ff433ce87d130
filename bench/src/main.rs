//! The parts of the benchmark that are written in Rust; `bench/run` puts them together.

// What a command prints is its purpose.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod calls;
mod check;
mod element;
mod fetch;
mod floor;
mod generator;
mod measure;
mod micro;
mod server;
mod shapes;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

type Outcome = Result<(), Box<dyn std::error::Error>>;

#[derive(Parser)]
enum Command {
    /// Serves the pages.
    Server(server::Options),
    /// Prints what the rows of a CSV file add up to.
    Check { file: PathBuf },
    /// Prints what the rows of a complete and correct pull add up to.
    Expected { records: u64 },
    /// A floor.
    Floor {
        depth: floor::Depth,
        #[command(flatten)]
        source: fetch::Source,
        #[arg(long)]
        output: PathBuf,
    },
    /// ElementKit embedded: live records to a CSV file.
    Records {
        #[command(flatten)]
        source: fetch::Source,
        #[arg(long)]
        output: PathBuf,
        #[arg(long)]
        database: PathBuf,
    },
    /// Connects an instance, so that a command that is measured finds one.
    Connect {
        #[command(flatten)]
        source: fetch::Source,
        #[arg(long)]
        database: PathBuf,
    },
    /// Times the opening of a store.
    Open {
        #[command(flatten)]
        source: fetch::Source,
        #[arg(long)]
        database: PathBuf,
    },
    /// Times single calls in this process.
    Calls {
        #[command(flatten)]
        source: fetch::Source,
        #[arg(long)]
        database: PathBuf,
        /// Instances in the store besides the one that is asked for.
        #[arg(long, default_value_t = 0)]
        instances: usize,
    },
    /// ElementKit embedded: several bulk jobs at once.
    Jobs {
        #[command(flatten)]
        source: fetch::Source,
        #[arg(long)]
        output: PathBuf,
        #[arg(long)]
        database: PathBuf,
        #[arg(long)]
        jobs: usize,
    },
    /// Times what shaping a record costs.
    Shapes {
        #[command(flatten)]
        source: fetch::Source,
        #[arg(long)]
        database: PathBuf,
    },
    /// A server with nothing but a JSON handler.
    Bare,
    /// Times the steps of a record.
    Micro(micro::Options),
    /// Asks a server again and again, and counts.
    Load {
        #[arg(long)]
        address: String,
        #[arg(long)]
        path: String,
        #[arg(long, default_value = "")]
        authorization: String,
        #[arg(long, default_value_t = 4)]
        connections: usize,
        #[arg(long, default_value_t = 3.0)]
        seconds: f64,
    },
    /// Runs a command and writes what its whole process tree used, as JSON, to a file.
    Measure {
        file: PathBuf,
        #[arg(last = true, required = true)]
        command: Vec<OsString>,
    },
    /// The page server's limit: pages fetched and thrown away over several connections.
    Ceiling {
        #[command(flatten)]
        source: fetch::Source,
    },
}

fn main() -> ExitCode {
    let command = Command::parse();
    // Before anything is started that could be counted with the command.
    if let Command::Measure { file, command } = &command {
        return measure::run(file, command);
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    };
    let outcome = runtime.block_on(async {
        match command {
            Command::Server(options) => server::run(options).await,
            Command::Check { file } => check::run(&file),
            Command::Expected { records } => {
                let generator::Fingerprint { rows, sum } = generator::Population::new(records, 1).fingerprint();
                println!("{rows} {sum:016x}");
                Ok(())
            }
            Command::Floor { depth, source, output } => floor::run(&source, depth, &output).await,
            Command::Records { source, output, database } => element::records(&source, &database, &output).await,
            Command::Connect { source, database } => element::connect(&source, &database).await,
            Command::Open { source, database } => element::open_time(&source, &database).await,
            Command::Calls { source, database, instances } => element::calls(&source, &database, instances).await,
            Command::Jobs { source, output, database, jobs } => element::jobs(&source, &database, &output, jobs).await,
            Command::Shapes { source, database } => element::shapes(&source, &database).await,
            Command::Micro(options) => micro::run(&options).await,
            Command::Bare => calls::bare_server().await,
            Command::Load { address, path, authorization, connections, seconds } => {
                calls::load(&address, &path, &authorization, connections, seconds).await
            }
            Command::Ceiling { source } => ceiling(&source).await,
            Command::Measure { .. } => Ok(()),
        }
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The ids of the channels, from the vendor's list.
async fn channel_ids(fetcher: &fetch::Fetcher) -> Result<Vec<u64>, Box<dyn std::error::Error>> {
    let page = fetcher.get("/v1/my/channels").await?;
    let text = std::str::from_utf8(&page)?;
    let ids = text.split("<channel id=\"").skip(1).map(|rest| rest.split('"').next().unwrap_or_default().parse());
    Ok(ids.collect::<Result<_, _>>()?)
}

async fn ceiling(source: &fetch::Source) -> Outcome {
    const CONNECTIONS: usize = 4;
    const PAGES: usize = 500;
    let fetcher = fetch::Fetcher::new(source)?;
    let channel = *channel_ids(&fetcher).await?.first().ok_or("the server has no channel")?;
    let started = std::time::Instant::now();
    let fetch = async || {
        let mut bytes = 0;
        for _ in 0..PAGES {
            bytes += fetcher.subscribers(channel, None).await?.len();
        }
        Ok::<usize, reqwest::Error>(bytes)
    };
    let bytes: usize = futures::future::try_join_all((0..CONNECTIONS).map(|_| fetch())).await?.into_iter().sum();
    let seconds = started.elapsed().as_secs_f64();
    let pages = (CONNECTIONS * PAGES) as f64 / seconds;
    println!("{{\"pages_per_s\": {pages:.0}, \"megabytes_per_s\": {:.0}}}", bytes as f64 / seconds / 1e6);
    Ok(())
}
