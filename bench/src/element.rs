//! ElementKit's own rows, written as a user would write them.

use std::path::Path;
use std::time::Instant;

use elementkit::model::NewInstance;
use elementkit::{EmbeddedOptions, Format, InstanceHandle, Platform};
use futures::{StreamExt, TryStreamExt};

use crate::Outcome;
use crate::source::Source;

pub async fn open(source: &Source, database: &Path) -> Result<Platform, Box<dyn std::error::Error>> {
    let mut options = EmbeddedOptions::new(database).brighttalk_url(&source.url);
    if let Some(file) = &source.ca {
        options = options.ca_file(file);
    }
    Ok(Platform::embedded(options).await?)
}

/// Creates the instance that a measurement uses.
pub async fn create(platform: &Platform) -> Result<InstanceHandle, Box<dyn std::error::Error>> {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let new = NewInstance {
        element: "brighttalk".to_owned(),
        name: "Bench".to_owned(),
        configuration: [
            pair("brighttalk.api.key", "1"),
            pair("brighttalk.api.secret", "secret"),
            // Every row is compared, including those without an email address.
            pair("brighttalk.bulkignore.emailnotpresent", "false"),
        ]
        .into(),
        ..NewInstance::default()
    };
    Ok(platform.instances().create(&new).await?)
}

/// Times the opening of an existing store.
pub async fn open_time(source: &Source, database: &Path) -> Outcome {
    let started = Instant::now();
    let platform = open(source, database).await?;
    println!("{{\"open_ms\": {:.2}}}", started.elapsed().as_secs_f64() * 1e3);
    platform.close().await;
    Ok(())
}

/// Times single calls in a store with this many more instances.
pub async fn calls(source: &Source, database: &Path, instances: usize) -> Outcome {
    let platform = open(source, database).await?;
    let outcome = async {
        let instance = create(&platform).await?;
        let more = futures::stream::iter(0..instances).map(|_| create(&platform)).buffer_unordered(4);
        more.try_for_each(|_| std::future::ready(Ok(()))).await?;
        crate::calls::in_process(&platform, &instance).await
    };
    let outcome = outcome.await;
    platform.close().await;
    outcome
}

/// Reads contacts unmapped, mapped, and mapped with a script.
pub async fn shapes(source: &Source, database: &Path) -> Outcome {
    let platform = open(source, database).await?;
    let outcome = async { crate::shapes::run(&platform, &create(&platform).await?).await };
    let outcome = outcome.await;
    platform.close().await;
    outcome
}

/// Runs this many bulk jobs at once on one engine, each writing all contacts to its own file.
pub async fn jobs(source: &Source, database: &Path, output: &Path, jobs: usize) -> Outcome {
    let platform = open(source, database).await?;
    let outcome = async {
        let instance = create(&platform).await?;
        let one = async |number: usize| {
            let job = instance.bulk().query("select * from contacts").await?;
            job.wait().await?;
            let file = output.with_extension(format!("{number}.csv"));
            job.download(&file, Format::Csv).await?;
            // The last one keeps the name that is checked.
            Ok::<_, Box<dyn std::error::Error>>(std::fs::rename(&file, output)?)
        };
        futures::future::try_join_all((0..jobs).map(one)).await
    };
    let outcome = outcome.await;
    platform.close().await;
    outcome.map(drop)
}
