//! The engagement of webinars, as a document with pictures or as figures.

use elementkit::atomic_file::{self, Readers};
use elementkit_report::{Progress, Scope};

use crate::args::{Report, Target};
use crate::exit::Outcome;
use crate::output;

pub async fn run(target: &Target, options: Report) -> Outcome {
    if let Some(path) = &options.output {
        output::check_place(path)?;
    }
    let platform = target.with_instances().await?;
    let instance = options.which.find(&platform).await?;
    let scope = Scope { channel: options.channel, webcast: options.webcast };
    let progress = Progress::default();
    let figures = elementkit_report::read(&instance, &scope, &progress).await;
    platform.close().await;
    let figures = figures?;
    if let Some(path) = &options.output {
        atomic_file::write(path, elementkit_report::document(&figures)?.as_bytes(), Readers::Umask)?;
        if !options.json {
            output::written(path, &format!("Wrote {}, from {} records.", path.display(), progress.records()))?;
        }
    }
    if options.json { output::json(&figures) } else { Ok(()) }
}
