//! Connecting an element: its instance is made, or given new credentials. They come from the environment or a prompt,
//! never from arguments.

use std::io::{self, IsTerminal, Write};

use elementkit::model::{Configuration, NewInstance};
use elementkit::{Error, ErrorKind};

use crate::args::{Connect, Target};
use crate::exit::Outcome;
use crate::output;

pub async fn run(target: &Target, options: Connect) -> Outcome {
    let mut configuration = Configuration::new();
    configuration.insert("brighttalk.api.key".to_owned(), given("BRIGHTTALK_API_KEY", "API key: ", false)?);
    configuration.insert("brighttalk.api.secret".to_owned(), given("BRIGHTTALK_API_SECRET", "API secret: ", true)?);
    configuration.insert("brighttalk.isstaging".to_owned(), options.staging.to_string());
    let ignore = !options.keep_without_email;
    configuration.insert("brighttalk.bulkignore.emailnotpresent".to_owned(), ignore.to_string());
    let platform = target.platform().await?;
    let new = NewInstance { element: options.element, name: options.name, tags: None, configuration };
    let outcome = platform.instances().connect(&new).await;
    platform.close().await;
    let instance = outcome?;
    let Some(details) = instance.details() else { return Ok(()) };
    if options.json {
        return output::json(details);
    }
    output::line(&format!("Connected: instance {} ({}).", details.id, details.name))
}

/// What a variable holds, else what is typed.
fn given(variable: &str, prompt: &str, hidden: bool) -> Outcome<String> {
    if let Ok(value) = std::env::var(variable)
        && !value.trim().is_empty()
    {
        return Ok(value);
    }
    if !io::stdin().is_terminal() {
        let missing =
            Error::new(ErrorKind::Config, format!("{variable} is not set and there is no terminal to ask on"));
        return Err(missing.with_hint(format!("Set {variable}.")).into());
    }
    if hidden {
        return Ok(rpassword::prompt_password(prompt)?);
    }
    eprint!("{prompt}");
    io::stderr().flush()?;
    let mut text = String::new();
    io::stdin().read_line(&mut text)?;
    Ok(text.trim().to_owned())
}
