//! The `elementkit` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(elementkit_cli::run_command(std::env::args_os()))
}
