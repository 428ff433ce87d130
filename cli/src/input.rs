//! Values of arguments: the text itself, a file after `@`, or standard input.

use std::io::{self, IsTerminal, Read};

use elementkit::{Error, ErrorKind};

use crate::exit::Outcome;
use crate::output;

/// Returns the text of an argument, for JSON.
pub fn text(argument: &str, what: &str) -> Outcome<String> {
    let wrong = |error: Error| match argument.strip_prefix('@') {
        Some(path) => Error::new(error.kind(), format!("{path}: {}", error.message())),
        None => error,
    };
    Ok(elementkit::text::decode(read(argument, what)?).map_err(wrong)?)
}

/// Returns the bytes of an argument; `what` names them in the prompt for typing them.
pub fn read(argument: &str, what: &str) -> Outcome<Vec<u8>> {
    if argument == "-" {
        if io::stdin().is_terminal() {
            output::note(&format!("Type {what}, and end it with Ctrl-D:"));
        }
        let mut bytes = Vec::new();
        io::stdin().read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    let Some(path) = argument.strip_prefix('@') else { return Ok(argument.as_bytes().to_vec()) };
    std::fs::read(path).map_err(|error| {
        Error::new(ErrorKind::Storage, format!("{path} cannot be read: {error}"))
            .with_hint(format!("`@` must be followed by the path of a file with {what}."))
            .into()
    })
}
