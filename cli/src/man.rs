//! Man pages.

use std::path::Path;

use clap::{Command, CommandFactory};
use clap_mangen::Man;

use crate::args::{Args, shape};
use crate::exit::Outcome;
use crate::output;

/// Writes a page for every command into a folder, or prints that of the command itself.
pub fn run(folder: Option<&Path>) -> Outcome {
    let mut command = shape::shaped(Args::command());
    command.build();
    let Some(folder) = folder else { return output::bytes(&page(&command)?) };
    std::fs::create_dir_all(folder)?;
    let written = write(&command, folder)?;
    output::line(&format!("Wrote {written} pages to {}.", folder.display()))
}

fn write(command: &Command, folder: &Path) -> Outcome<usize> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name());
    std::fs::write(folder.join(format!("{name}.1")), page(command)?)?;
    let below = command.get_subcommands().filter(|each| each.get_name() != "help");
    below.map(|each| write(each, folder)).try_fold(1, |sum, each| Ok(sum + each?))
}

fn page(command: &Command) -> Outcome<Vec<u8>> {
    let mut page = Vec::new();
    Man::new(command.clone()).render(&mut page)?;
    Ok(page)
}
