//! The main job, shown against a sandbox in this process: it uses only loopback.

use std::path::Path;

use brighttalk_sim::{Config, Simulator};
use elementkit::model::NewInstance;
use elementkit::{EmbeddedOptions, Error, ErrorKind, Format, InstanceHandle, Platform};
use futures::{StreamExt, TryStreamExt};

use crate::args::Demo;
use crate::exit::{Failure, Outcome};
use crate::{output, progress};

/// Prints a line as `println!` does, and ends quietly if the reader is gone.
macro_rules! say {
    ($($text:tt)+) => { output::line(&format!($($text)+))? };
}

const LIST: &str = "channelSubscribers";

pub async fn run(options: Demo) -> Outcome {
    check(&options.output)?;
    output::check_place(&options.output)?;
    say!("1. Starting a sandbox: a simulated BrightTALK with {} contacts.", options.contacts);
    let config = Config { subscribers: options.contacts, admin: false, ..Config::default() };
    let (key, secret) = (config.api_key.clone(), config.api_secret.clone());
    let sandbox = Simulator::start(config).await?;

    say!("2. Opening a private engine in a temporary folder.");
    let folder = tempfile::tempdir()?;
    let database = folder.path().join("demo.db");
    let platform = Platform::embedded(EmbeddedOptions::new(database).brighttalk_url(sandbox.url())).await?;
    let outcome = show(&platform, &sandbox, &options, key, secret).await;
    platform.close().await;
    outcome
}

async fn show(platform: &Platform, sandbox: &Simulator, options: &Demo, key: String, secret: String) -> Outcome {
    let new = NewInstance {
        element: "brighttalk".to_owned(),
        name: "Demo".to_owned(),
        configuration: [("brighttalk.api.key".to_owned(), key), ("brighttalk.api.secret".to_owned(), secret)].into(),
        ..NewInstance::default()
    };
    let instance = platform.instances().create(&new).await?;
    say!("3. Created an instance of the element:");
    instance_table(&instance)?;

    say!("\n4. Its channels:");
    let channels = instance.records("channels").fields("id,name,organisation,lastUpdated");
    let channels: Vec<String> = channels.json_lines().take(100).try_collect().await?;
    output::records_table(&channels, false)?;

    say!("\n5. Pulling every contact of every channel in bulk.");
    let job = instance.bulk().query("select * from contacts").await?;
    progress::wait(&job, Some(options.contacts)).await?;
    let replaced = options.output.exists();
    job.download(&options.output, Format::Csv).await?;
    let report = job.report().await?;

    let rows = rows_of(&options.output)?;
    let expected = sandbox.stats().total(LIST);
    let verb = if replaced { "Overwrote" } else { "Wrote" };
    say!("6. {verb} {}: {rows} rows.", options.output.display());
    say!(
        "   {rows} written + {} ignored because they have no email = {}; the sandbox has {expected}.",
        report.rows_ignored,
        rows + report.rows_ignored
    );
    if rows != report.rows_written || rows + report.rows_ignored != expected {
        return Err(Failure::new("the numbers do not agree; please report this"));
    }
    say!("\nDone. Next: elementkit connect brighttalk, with your own API key and secret.");
    Ok(())
}

/// Checks that the output is CSV, since it is read back.
fn check(output: &Path) -> Outcome {
    let is_csv = matches!(Format::of_file(output), None | Some(Format::Csv));
    if is_csv && (output.is_file() || !output.exists()) {
        return Ok(());
    }
    let error = Error::new(ErrorKind::Config, format!("{} cannot be the output of the demo", output.display()));
    Err(error.with_hint("The demo writes CSV and reads it again: name a file that ends in .csv.").into())
}

fn instance_table(instance: &InstanceHandle) -> Outcome {
    let Some(details) = instance.details() else { return Ok(()) };
    let mut rows = vec![
        vec!["id".to_owned(), details.id.to_string()],
        vec!["name".to_owned(), details.name.clone()],
        vec!["element".to_owned(), format!("{} ({})", details.element.key, details.element.id)],
    ];
    rows.extend(details.configuration.iter().flatten().map(|(name, value)| vec![name.clone(), value.clone()]));
    rows.iter().try_for_each(|row| output::line(&format!("{:<40}  {}", row[0], row[1])))
}

/// Returns the number of rows of the file, read back from disk.
fn rows_of(path: &Path) -> Outcome<u64> {
    let unreadable = |error: csv::Error| Failure::new(format!("{} cannot be read back: {error}", path.display()));
    let mut reader = csv::Reader::from_path(path).map_err(unreadable)?;
    let mut rows = 0;
    for record in reader.byte_records() {
        record.map_err(unreadable)?;
        rows += 1;
    }
    Ok(rows)
}
