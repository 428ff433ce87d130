//! Connecting an element: creates its instance, or gives it new credentials. They come from the environment or a
//! prompt, never from arguments.

use std::io::{self, IsTerminal};

use elementkit::element::{ConfigurationInfo, ConfigurationType};
use elementkit::elements::brighttalk::ConnectOptions;
use elementkit::model::NewInstance;

use crate::args::{Connect, Target};
use crate::exit::Outcome;
use crate::output;

pub async fn run(target: &Target, options: Connect) -> Outcome {
    let new = asked(described(&options).with_env())?;
    let platform = target.platform().await?;
    let outcome = platform.instances().connect(&new).await;
    platform.close().await;
    let instance = outcome?;
    let Some(details) = instance.details() else { return Ok(()) };
    if options.json {
        return output::json(details);
    }
    output::line(&format!("Connected: instance {} ({}).", details.id, details.name))
}

/// Returns the instance as the arguments describe it.
fn described(options: &Connect) -> NewInstance {
    let name = options.name.clone();
    let (staging, keep_without_email) = (options.staging, options.keep_without_email);
    let described = ConnectOptions { name, staging, keep_without_email, ..ConnectOptions::default() };
    NewInstance { element: options.element.clone(), ..described.into() }
}

/// Prompts for what the environment does not set, on a terminal.
fn asked(mut new: NewInstance) -> Outcome<NewInstance> {
    if io::stdin().is_terminal() {
        for info in new.missing() {
            new = new.set(info.key.clone(), typed(info)?);
        }
    }
    new.check()?;
    Ok(new)
}

fn typed(info: &ConfigurationInfo) -> Outcome<String> {
    let prompt = format!("{}: ", info.name);
    if info.kind == ConfigurationType::Password {
        return Ok(rpassword::prompt_password(prompt)?);
    }
    output::ask(&prompt)?;
    let mut text = String::new();
    io::stdin().read_line(&mut text)?;
    Ok(text.trim().to_owned())
}
