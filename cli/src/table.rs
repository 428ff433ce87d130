//! Tables for people: columns with headers, fitted to the terminal.

use std::io::{self, IsTerminal};

use console::{Alignment, Term, measure_text_width, pad_str, truncate_str};

use crate::escape::escaped;
use crate::exit::Outcome;
use crate::output;

/// Number of blank columns between cells.
const GAP: usize = 2;
/// Maximum width of a cell, unless all of it is requested.
const WIDEST: usize = 60;
/// Width to which cells are shortened before columns are left out.
const NARROWEST: usize = 12;

/// Extent of a table that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// The columns that fit a terminal of this width; elsewhere all columns, with wide cells shortened.
    Fitting(Option<usize>, &'static str),
    /// Every cell in full.
    Wide,
}

impl Extent {
    /// Returns the extent that fits the terminal of the output. `more` describes how to see the rest.
    pub fn fitting(more: &'static str) -> Self {
        Self::Fitting(terminal_width(), more)
    }

    /// Returns the extent as [`fitting`](Self::fitting) does, for a command that has the option `--wide`.
    pub fn of(wide: bool) -> Self {
        if wide { Self::Wide } else { Self::fitting("use --wide for all, or --fields for some") }
    }
}

/// Returns the width of the terminal, or `None` if there is no terminal or its width is unknown.
fn terminal_width() -> Option<usize> {
    let (_, columns) = io::stdout().is_terminal().then(|| Term::stdout().size_checked())??;
    Some(usize::from(columns)).filter(|columns| *columns > 0)
}

/// Prints rows under a header. Columns that do not fit are left out, with a note on standard error.
pub fn print(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>, extent: Extent) -> Outcome {
    let header: Vec<String> = header.iter().map(|name| escaped(name, &[]).into_owned()).collect();
    let rows: Vec<Vec<String>> = rows.into_iter().map(|row| row.iter().map(|cell| one_line(cell)).collect()).collect();
    let widths = widths(&header, &rows, extent);
    for row in std::iter::once(&header).chain(&rows) {
        output::line(&laid_out(row, &widths))?;
    }
    let left_out = header.get(widths.len()..).unwrap_or_default();
    if let (Extent::Fitting(_, more), false) = (extent, left_out.is_empty()) {
        output::note(&format!("Not shown: {}; {more}.", left_out.join(", ")));
    }
    Ok(())
}

fn one_line(cell: &str) -> String {
    escaped(&cell.replace(['\n', '\t'], " "), &[]).into_owned()
}

/// Returns the widths of the columns that are shown.
fn widths(header: &[String], rows: &[Vec<String>], extent: Extent) -> Vec<usize> {
    let names: Vec<usize> = header.iter().map(|name| measure_text_width(name)).collect();
    let mut natural = names.clone();
    for row in rows {
        for (width, cell) in natural.iter_mut().zip(row) {
            *width = (*width).max(measure_text_width(cell));
        }
    }
    let Extent::Fitting(available, _) = extent else { return natural };
    let limited = |limit: usize| -> Vec<usize> {
        natural.iter().zip(&names).map(|(width, name)| (*width).min(limit.max(*name))).collect()
    };
    let Some(available) = available else { return limited(WIDEST) };
    let total = |widths: &[usize]| widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1);
    let mut widths = (NARROWEST..=WIDEST)
        .rev()
        .map(limited)
        .find(|widths| total(widths) <= available)
        .unwrap_or_else(|| limited(NARROWEST));
    while widths.len() > 1 && total(&widths) > available {
        widths.pop();
    }
    if let [only] = &mut widths[..] {
        *only = (*only).min(available);
    }
    widths
}

fn laid_out(row: &[String], widths: &[usize]) -> String {
    let cell = |(cell, width): (&String, &usize)| {
        pad_str(&truncate_str(cell, *width, "…"), *width, Alignment::Left, None).into_owned()
    };
    let cells: Vec<String> = row.iter().zip(widths).map(cell).collect();
    cells.join(&" ".repeat(GAP)).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(header: &[&str], row: &[&str], extent: Extent) -> Vec<String> {
        let texts = |cells: &[&str]| cells.iter().map(|cell| one_line(cell)).collect::<Vec<_>>();
        let (header, rows) = (texts(header), vec![texts(row)]);
        let widths = widths(&header, &rows, extent);
        [&header, &rows[0]].map(|row| laid_out(row, &widths)).to_vec()
    }

    #[test]
    fn wide_cells_are_cut_and_shown_whole_when_wanted() {
        let long = "x".repeat(100);
        let cut = shown(&["channelId", "text"], &["1", &long], Extent::Fitting(None, ""));
        assert_eq!(cut[0], "channelId  text");
        assert_eq!(measure_text_width(&cut[1]), 9 + GAP + WIDEST);
        assert!(cut[1].ends_with('…'));
        assert!(shown(&["channelId", "text"], &["1", &long], Extent::Wide)[1].ends_with(&long));
    }

    #[test]
    fn a_table_fits_its_terminal() {
        let long = "y".repeat(50);
        let header = ["id", "firstName", "emailAddress", "organisation"];
        for width in 1..120 {
            for line in shown(&header, &["1", &long, &long, "日本語日本語日本語"], Extent::Fitting(Some(width), ""))
            {
                assert!(measure_text_width(&line) <= width, "{width}: {line:?}");
            }
        }
        let narrow = shown(&header, &["1", &long, &long, "z"], Extent::Fitting(Some(30), ""));
        assert_eq!(narrow[0], "id  firstName     emailAddress");
    }

    #[test]
    fn cells_are_one_line() {
        assert_eq!(shown(&["a"], &["b\nc\u{1b}[2J"], Extent::Wide)[1], "b c\\x1b[2J");
    }
}
