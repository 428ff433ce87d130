//! The `elementkit` command.

// What a command prints is its purpose.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod args;
mod bulk;
mod catalog;
mod connect;
mod demo;
mod exit;
mod instances;
mod output;
mod platform;
mod progress;
mod records;
mod sandbox;
mod secrets;
mod serve;

use std::io;
use std::process::ExitCode;

use args::{Args, Command};
use clap::{CommandFactory, Parser};

fn main() -> ExitCode {
    let args = Args::parse();
    start_logging(args.verbose);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: no threads can be started: {error}");
            return ExitCode::FAILURE;
        }
    };
    let outcome = runtime.block_on(async {
        tokio::select! {
            outcome = run(args) => outcome,
            () = interrupted() => Err(exit::Failure::interrupted()),
        }
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

async fn run(args: Args) -> exit::Outcome {
    let target = args.target;
    match args.command {
        Command::Demo(options) => demo::run(options).await,
        Command::Sandbox(options) => sandbox::run(options).await,
        Command::Serve(options) => serve::run(&target, options).await,
        Command::Secrets(options) => secrets::run(&target, &options).await,
        Command::Connect(options) => connect::run(&target, options).await,
        Command::Instances(command) => instances::run(&target, command).await,
        Command::Elements(options) => catalog::elements(&target, &options).await,
        Command::Objects(options) => catalog::objects(&target, &options).await,
        Command::Records(options) => records::run(&target, options).await,
        Command::Bulk(command) => bulk::run(&target, command).await,
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Args::command(), "elementkit", &mut io::stdout());
            Ok(())
        }
    }
}

/// Serving ends by itself, in order; everything else may stop where it is, since nothing is ever half-written.
async fn interrupted() {
    if std::env::args().any(|argument| argument == "serve" || argument == "sandbox") {
        std::future::pending::<()>().await;
    }
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

fn start_logging(verbose: u8) {
    let level = match verbose {
        0 => "warn",
        1 => "info",
        _ => "debug",
    };
    let filter = tracing_subscriber::EnvFilter::try_from_env("ELEMENTKIT_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(format!("elementkit={level}")));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_target(false).init();
}
