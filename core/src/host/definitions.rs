//! Definitions of elements for host languages: JSON in, JSON out.

#[cfg(feature = "embedded")]
mod present {
    use super::super::{from_json, to_json};
    use crate::elements::definition::{check, shapes};
    use crate::error::{Error, ErrorKind, Result};

    /// Checks a definition without a platform. Returns `problems`, with which no import succeeds, and `remarks` about what
    /// the engine does not run, as JSON (spec E 1.10).
    ///
    /// # Errors
    /// `config` if it is not JSON.
    pub fn check_definition(json: &str) -> Result<Vec<u8>> {
        to_json(&check::check(&from_json(json)?))
    }

    /// Returns the definition in a file or folder of any form as one JSON (spec E 1.91).
    ///
    /// # Errors
    /// `storage` if a file cannot be read; `config` if there is no definition, or several.
    pub fn read_definition(path: &str) -> Result<Vec<u8>> {
        match shapes::read(path)?.as_slice() {
            [one] => to_json(&one.document),
            several => {
                let message = format!("{path} has {} definitions, not one", several.len());
                Err(Error::new(ErrorKind::Config, message).with_hint("Pass one of them as a document."))
            }
        }
    }
}

#[cfg(not(feature = "embedded"))]
mod present {
    use crate::error::{Error, ErrorKind, Result};

    /// Fails, since this build has no engine.
    ///
    /// # Errors
    /// `unsupported`.
    pub fn check_definition(_json: &str) -> Result<Vec<u8>> {
        Err(absent())
    }

    /// Fails, since this build has no engine.
    ///
    /// # Errors
    /// `unsupported`.
    pub fn read_definition(_path: &str) -> Result<Vec<u8>> {
        Err(absent())
    }

    fn absent() -> Error {
        Error::new(ErrorKind::Unsupported, "this build has no engine, which knows the form of definitions")
    }
}

pub use present::{check_definition, read_definition};
