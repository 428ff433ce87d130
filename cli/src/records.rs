//! Reading records.

use std::io::{self, IsTerminal};

use elementkit::Platform;
use futures::{StreamExt, TryStreamExt};

use crate::args::{Records, Target};
use crate::exit::Outcome;
use crate::output;

/// Number of records in a table on a terminal if no limit is given.
const ON_A_TERMINAL: usize = 100;

pub async fn run(target: &Target, options: Records) -> Outcome {
    let platform = target.with_instances().await?;
    let outcome = show(&platform, options).await;
    platform.close().await;
    outcome
}

async fn show(platform: &Platform, options: Records) -> Outcome {
    let instance = options.which.find(platform).await?;
    let mut list = instance.records(options.resource.as_str());
    if let Some(condition) = condition(options.channel, options.condition) {
        list = list.filter(condition);
    }
    if let Some(since) = &options.since {
        list = list.param("since", since);
    }
    if let Some(fields) = &options.fields {
        list = list.fields(fields);
    }
    let limit = options.limit.unwrap_or(usize::MAX);
    // Otherwise the platform chooses: the largest page that both it and the vendor allow.
    if let Some(few) = options.limit.and_then(|limit| u32::try_from(limit).ok()).filter(|limit| *limit < 200) {
        list = list.page_size(few.max(1));
    }
    if options.json {
        // Lines are printed as they arrive.
        let mut records = std::pin::pin!(list.json_lines().take(limit));
        while let Some(record) = records.try_next().await? {
            output::json_line(&record)?;
        }
        return Ok(());
    }
    if options.csv {
        return csv(list, options.limit).await;
    }
    table(list, options.limit, options.wide).await
}

/// Prints a table; on a terminal a limited one, with a note if there are more records.
async fn table(list: elementkit::Records, limit: Option<usize>, wide: bool) -> Outcome {
    let shown = match limit {
        Some(limit) => limit,
        None if io::stdout().is_terminal() => ON_A_TERMINAL,
        None => usize::MAX,
    };
    let asked = if limit.is_none() { shown.saturating_add(1) } else { shown };
    let mut records: Vec<String> = list.json_lines().take(asked).try_collect().await?;
    if records.is_empty() && shown > 0 {
        output::note("There are no such records.");
        return Ok(());
    }
    let is_cut = records.len() > shown;
    records.truncate(shown);
    output::records_table(&records, wide)?;
    if is_cut {
        output::note(&format!("These are the first {shown} records; use --limit for more, --csv or --json for all."));
    }
    Ok(())
}

/// Returns the condition as it was given, so that positions in errors refer to it.
fn condition(channel: Option<u64>, condition: Option<String>) -> Option<String> {
    match (channel, condition) {
        (None, condition) => condition,
        (Some(id), None) => Some(format!("channelId = {id}")),
        (Some(id), Some(condition)) => Some(format!("({condition}) AND channelId = {id}")),
    }
}

/// Prints pages of lines as they come. A limit may end within a page, so it counts records.
async fn csv(list: elementkit::Records, limit: Option<usize>) -> Outcome {
    let mut rows = FirstRows::new(limit);
    let mut rest = Rest::default();
    let mut pages = std::pin::pin!(list.csv_table().await?);
    while let Some(lines) = pages.try_next().await? {
        let lines = rows.of(&lines);
        rest.read(lines);
        output::content(lines)?;
        if rows.are_complete() {
            break;
        }
    }
    if rest.is_filled {
        output::note(
            "Some records have members without a column of their own: the last column has them as JSON. `elementkit bulk \
             query` makes a column of each.",
        );
    }
    Ok(())
}

/// The last column of lines in which the platform writes, as a JSON object, what has no other column.
#[derive(Default)]
struct Rest {
    /// Whether there is one. `None` before the header.
    is_there: Option<bool>,
    is_filled: bool,
}

impl Rest {
    fn read(&mut self, lines: &[u8]) {
        let line = || lines.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let last = || line().rsplit(|byte| *byte == b',').next().unwrap_or_default();
        let is_rest = || last().strip_prefix(b"additional").is_some_and(|end| end.iter().all(|byte| *byte == b'_'));
        if *self.is_there.get_or_insert_with(is_rest) && !self.is_filled {
            // Only the quotes of a cell that is a JSON object end so before a line end.
            self.is_filled = memchr::memmem::find(lines, b"}\"\n").is_some();
        }
    }
}

/// The header and the first rows of a CSV file that arrives in parts.
struct FirstRows {
    /// Number of lines that are still wanted. `None` for all.
    left: Option<usize>,
    is_quoted: bool,
}

impl FirstRows {
    fn new(rows: Option<usize>) -> Self {
        Self { left: rows.map(|rows| rows.saturating_add(1)), is_quoted: false }
    }

    /// Returns the wanted lines of the next part. A line end in quotes belongs to its cell.
    fn of<'a>(&mut self, part: &'a [u8]) -> &'a [u8] {
        let Some(left) = &mut self.left else { return part };
        for (at, byte) in part.iter().enumerate() {
            match byte {
                _ if *left == 0 => return &part[..at],
                b'"' => self.is_quoted = !self.is_quoted,
                b'\n' if !self.is_quoted => *left -= 1,
                _ => {}
            }
        }
        part
    }

    fn are_complete(&self) -> bool {
        self.left == Some(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_column_is_noticed() {
        let filled = |parts: &[&str]| {
            let mut rest = Rest::default();
            parts.iter().for_each(|part| rest.read(part.as_bytes()));
            rest.is_filled
        };
        assert!(!filled(&["id,additional\n1,\n", "\"}\"\"\n\",\n"]));
        assert!(filled(&["id,additional\n1,\n", "2,\"{\"\"a\"\":1}\"\n"]));
        assert!(filled(&["additional,additional_\n,\"{\"\"a\"\":{}}\"\n"]));
        assert!(!filled(&["id,tags\n1,\"{\"\"a\"\":1}\"\n"]));
    }

    #[test]
    fn rows_are_cut_at_line_ends_outside_of_quotes() {
        let cut = |limit, parts: &[&str]| {
            let mut rows = FirstRows::new(limit);
            let kept: Vec<_> = parts.iter().map(|part| String::from_utf8_lossy(rows.of(part.as_bytes()))).collect();
            (kept.concat(), rows.are_complete())
        };
        let parts = ["id,text\n1,\"two\nli", "nes, \"\"\n\"\n2,b\n3,c\n"];
        assert_eq!(cut(Some(0), &parts), ("id,text\n".to_owned(), true));
        assert_eq!(cut(Some(1), &parts), ("id,text\n1,\"two\nlines, \"\"\n\"\n".to_owned(), true));
        assert_eq!(cut(Some(9), &parts), (parts.concat(), false));
        assert_eq!(cut(None, &parts), (parts.concat(), false));
    }
}
