//! The `elementkit` command as a library, which runs in the command itself and in the language packages that include
//! it.

// Printing goes through `output`, which escapes what terminals obey and handles readers that close the output.

mod args;
mod assets;
mod bulk;
mod catalog;
mod compare;
mod complete;
mod connect;
#[cfg(feature = "console")]
mod console;
mod demo;
mod doctor;
mod elements;
mod escape;
mod exit;
mod grant;
mod input;
mod instances;
mod maintenance;
mod man;
#[cfg(feature = "mcp")]
mod mcp;
mod memory;
mod organizations;
mod output;
mod platform;
mod progress;
mod records;
#[cfg(feature = "report")]
mod report;
mod request;
mod sandbox;
mod secrets;
mod serve;
mod sync;
mod table;
mod tap;

use std::ffi::OsString;
use std::fmt::Debug;
use std::io::{self, IsTerminal};

use args::{Args, Command, LogFormat};
use elementkit::environment;
use tracing_subscriber::field::MakeExt;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::{Writer, debug_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Runs the command with these arguments, the first of which is its own name, and returns the exit code.
pub fn run_command(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    exit_code(arguments.into_iter().collect())
}

/// Not generic: every program and package would compile the whole command again.
fn exit_code(arguments: Vec<OsString>) -> u8 {
    if complete::answered(&arguments) {
        return 0;
    }
    let args = match Args::read(arguments) {
        Ok(args) => args,
        Err(refusal) => {
            // Clap reports help and version as errors that succeed.
            let _ = refusal.print();
            return u8::try_from(refusal.exit_code()).unwrap_or(2);
        }
    };
    let served = match &args.command {
        Command::Serve(options) => Some(options.log_format),
        _ => None,
    };
    start_logging(args.verbose, served);
    if !is_server(&args.command) {
        memory::keep_freed_blocks();
    }
    let runtime = match threads(&args.command).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            output::note(&format!("error: no threads can be started: {error}"));
            return 1;
        }
    };
    let ends_itself = match &args.command {
        command if is_server(command) => true,
        Command::Bulk(command) => command.waits(),
        Command::Sync(_) | Command::Tap(_) => true,
        _ => false,
    };
    let outcome = runtime.block_on(async {
        tokio::select! {
            outcome = run(args) => outcome,
            () = interrupted(), if !ends_itself => Err(exit::Failure::interrupted()),
        }
    });
    match outcome {
        Ok(()) => 0,
        Err(failure) => failure.report(),
    }
}

/// Returns whether a command answers others until it is stopped.
fn is_server(command: &Command) -> bool {
    match command {
        Command::Serve(_) | Command::Sandbox(_) => true,
        #[cfg(feature = "console")]
        Command::Console(_) => true,
        #[cfg(feature = "mcp")]
        Command::Mcp(_) => true,
        _ => false,
    }
}

/// Returns the threads that a command needs. What is read by one thread and written by another has to move between
/// cores, which costs a fifth of the time of `records`; but a write to a pipe may wait for long, and while the only thread
/// waits, calls would run into their time limits.
fn threads(command: &Command) -> tokio::runtime::Builder {
    match command {
        Command::Records(_) if output::never_waits() => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    }
}

async fn run(args: Args) -> exit::Outcome {
    let target = args.target;
    match args.command {
        Command::Demo(options) => demo::run(options).await,
        Command::Sandbox(options) => sandbox::run(options).await,
        Command::Serve(options) => serve::run(&target, options).await,
        Command::Health(options) => serve::health(options).await,
        #[cfg(feature = "console")]
        Command::Console(options) => console::run(&target, options).await,
        #[cfg(feature = "mcp")]
        Command::Mcp(options) => mcp::run(&target, options).await,
        Command::Secrets(options) => secrets::run(&target, options).await,
        Command::Connect(options) => connect::run(&target, options).await,
        Command::Instances(command) => instances::run(&target, command).await,
        Command::Organizations(command) => organizations::run(&target, command).await,
        Command::Elements(options) => elements::run(&target, options).await,
        Command::Objects(options) => catalog::objects(&target, &options).await,
        Command::Records(options) => records::run(&target, options).await,
        #[cfg(feature = "report")]
        Command::Report(options) => report::run(&target, options).await,
        Command::Bulk(command) => bulk::run(&target, command).await,
        Command::Sync(options) => sync::run(&target, options).await,
        Command::Tap(options) => tap::run(target, options).await,
        Command::Request(options) => request::run(&target, options).await,
        Command::Vault(command) => maintenance::vault(&target, command).await,
        Command::Backup(options) => maintenance::backup(&target, options).await,
        Command::Restore(options) => maintenance::restore(&target, options).await,
        Command::Check(options) => maintenance::check(&target, &options).await,
        Command::Purge(options) => maintenance::purge(&target, options).await,
        Command::Import(options) => assets::import(&target, options).await,
        Command::Export(options) => assets::export(&target, options).await,
        Command::Compare(options) => compare::run(&target, options).await,
        Command::Transform(command) => assets::transform(&target, command).await,
        Command::Doctor(options) => doctor::run(&target, &options).await,
        Command::Completions { shell } => complete::script(&shell.to_string()),
        Command::Man { folder } => man::run(folder.as_deref()),
    }
}

/// Completes on an interrupt. Serving shuts down gracefully; everything else may stop anywhere, since files are atomic.
async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Returns a formatter of log fields that escapes untrusted text, such as the error message of a vendor.
fn escaped_fields() -> impl for<'writer> FormatFields<'writer> + Send + Sync + 'static {
    let fields = debug_fn(|out: &mut Writer<'_>, field, value: &dyn Debug| {
        let text = format!("{value:?}");
        let text = escape::escaped(&text, &[]);
        match field.name() {
            "message" => out.write_str(&text),
            name => write!(out, "{}={text}", name.strip_prefix("r#").unwrap_or(name)),
        }
    });
    fields.delimited(" ")
}

/// Starts the log of a command, or in this format that of a server.
fn start_logging(verbose: u8, served: Option<LogFormat>) {
    let level = match verbose {
        0 => LevelFilter::WARN,
        1 => LevelFilter::INFO,
        _ => LevelFilter::DEBUG,
    };
    let (given, wrong) =
        environment::log_filter::<Targets>().map_or_else(|wrong| (None, Some(wrong)), |given| (given, None));
    let filter = given.unwrap_or_else(|| {
        // Warnings of the platform, and the failure of a job that it waits for, are printed by the command.
        let jobs = if served.is_none() && verbose == 0 { LevelFilter::OFF } else { level };
        let targets = [("elementkit", level), ("elementkit::warnings", LevelFilter::OFF), ("elementkit::jobs", jobs)];
        Targets::new().with_targets(targets)
    });
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_target(false);
    match served.unwrap_or(LogFormat::Text) {
        LogFormat::Text => subscriber.fmt_fields(escaped_fields()).finish().with(filter).init(),
        // Every line of a call has its request id, in `span`.
        LogFormat::Json => subscriber.json().flatten_event(true).with_span_list(false).finish().with(filter).init(),
    }
    if let Some(wrong) = wrong {
        tracing::warn!("{wrong}");
    }
}
