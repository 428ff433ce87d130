//! What an argument holds: the text itself, a file behind `@`, or the standard input.

use std::io::{self, IsTerminal, Read};

use elementkit::{Error, ErrorKind};

use crate::exit::Outcome;
use crate::output;

/// The text of an argument, for what is JSON.
pub fn text(argument: &str, what: &str) -> Outcome<String> {
    Ok(elementkit::text::decode(read(argument, what)?)?)
}

/// The bytes of an argument; `what` names them to who has to type them.
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
            .with_hint(format!("After the @ comes the path of a file with {what}."))
            .into()
    })
}
