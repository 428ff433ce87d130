//! Progress of a bulk job: a bar on a terminal, no output elsewhere.

use std::time::Duration;

use elementkit::Job;
use elementkit::model::BulkJob;
use indicatif::{ProgressBar, ProgressStyle};

use crate::escape::escaped;
use crate::exit::Outcome;

/// Waits for a job and shows its progress. `expected` is the number of records, if it is known.
pub async fn wait(job: &Job, expected: Option<u64>) -> Outcome<BulkJob> {
    let bar = match expected {
        Some(expected) => ProgressBar::new(expected).with_style(style("{bar:40} {pos}/{len} records  {msg}")),
        None => ProgressBar::new_spinner().with_style(style("{spinner} {pos} records  {msg}")),
    };
    bar.enable_steady_tick(Duration::from_millis(200));
    let outcome = job.wait_with(|status| show(&bar, status)).await;
    bar.finish_and_clear();
    Ok(outcome?)
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

fn show(bar: &ProgressBar, status: &BulkJob) {
    let Some(progress) = &status.progress else {
        return bar.set_position(status.records_count.unwrap_or_default());
    };
    bar.set_position(progress.rows_written + progress.rows_ignored);
    let lists = match progress.parents_total {
        Some(total) => format!("{}/{total} lists", progress.parents_done),
        None => String::new(),
    };
    bar.set_message(format!("{} {lists}", escaped(&progress.phase, &[])));
}
