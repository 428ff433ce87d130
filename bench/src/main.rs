//! The parts of the benchmark that are written in Rust; `bench/run` combines them.

// What a command prints is its purpose.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod calls;
mod check;
mod element;
mod generator;
mod measure;
mod micro;
mod pages;
mod server;
mod shapes;
mod source;
mod uploads;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

type Outcome = Result<(), Box<dyn std::error::Error>>;

#[derive(Parser)]
enum Command {
    /// Serve the pages.
    Server(server::Options),
    /// Print the fingerprint of the rows of a CSV file.
    Check { file: PathBuf },
    /// Print the number of rows of a CSV file of items, and the sum of the ids of their persons.
    CheckItems { file: PathBuf },
    /// Print the fingerprint of the rows of a complete and correct pull.
    Expected { records: u64 },
    /// Time the opening of a store.
    Open {
        #[command(flatten)]
        source: source::Source,
        #[arg(long)]
        database: PathBuf,
    },
    /// Time single calls in this process.
    Calls {
        #[command(flatten)]
        source: source::Source,
        #[arg(long)]
        database: PathBuf,
        /// Instances in the store besides the one that is requested.
        #[arg(long, default_value_t = 0)]
        instances: usize,
    },
    /// Run several bulk jobs at once on the embedded engine.
    Jobs {
        #[command(flatten)]
        source: source::Source,
        #[arg(long)]
        output: PathBuf,
        #[arg(long)]
        database: PathBuf,
        #[arg(long)]
        jobs: usize,
    },
    /// Time the mapping of a record.
    Shapes {
        #[command(flatten)]
        source: source::Source,
        #[arg(long)]
        database: PathBuf,
    },
    /// Serve with a minimal JSON handler.
    Bare,
    /// Time the steps of a record.
    Micro(micro::Options),
    /// Send requests to a server repeatedly, and count them.
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
    /// Parts of the measurement of uploads (`tests/long/uploads.sh`).
    #[command(subcommand)]
    Uploads(uploads::Part),
    /// Run a command and write the resources of its whole process tree to a file as JSON.
    Measure {
        file: PathBuf,
        #[arg(last = true, required = true)]
        command: Vec<OsString>,
    },
}

fn main() -> ExitCode {
    let command = Command::parse();
    // Before anything is started that could be counted with the command.
    if let Command::Measure { file, command } = &command {
        return measure::run(file, command);
    }
    // The page server has one thread, so that it takes no more than one core from the measured program.
    let mut builder = match command {
        Command::Server(_) | Command::Uploads(uploads::Part::Vendor) => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    let runtime = match builder.enable_all().build() {
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
            Command::CheckItems { file } => check::items(&file),
            Command::Expected { records } => {
                let generator::Fingerprint { rows, sum } = generator::Population::new(records, 1).fingerprint();
                println!("{rows} {sum:016x}");
                Ok(())
            }
            Command::Open { source, database } => element::open_time(&source, &database).await,
            Command::Calls { source, database, instances } => element::calls(&source, &database, instances).await,
            Command::Jobs { source, output, database, jobs } => element::jobs(&source, &database, &output, jobs).await,
            Command::Shapes { source, database } => element::shapes(&source, &database).await,
            Command::Micro(options) => micro::run(&options).await,
            Command::Bare => calls::bare_server().await,
            Command::Load { address, path, authorization, connections, seconds } => {
                calls::load(&address, &path, &authorization, connections, seconds).await
            }
            Command::Uploads(part) => uploads::run(part).await,
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
