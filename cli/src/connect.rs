//! Connecting an element: creates its instance, or gives it new credentials. They come from the environment or a
//! prompt, never from arguments.

use std::io::{self, IsTerminal};

use elementkit::element::ConfigurationType;
use elementkit::elements::brighttalk::ConnectOptions;
use elementkit::elements::registry;
use elementkit::model::NewInstance;

use crate::args::{Connect, Target};
use crate::exit::{Failure, Outcome};
use crate::{grant, output};

pub async fn run(target: &Target, options: Connect) -> Outcome {
    let is_known = registry::find(&options.element).is_some();
    let new = if is_known { Some(asked(described(&options)?.with_env())?) } else { None };
    if !is_known && (options.staging || options.keep_without_email) {
        return Err(Failure::usage(format!("--staging and --keep-without-email are not for {}", options.element)));
    }
    let platform = target.platform().await?;
    let outcome = match new {
        Some(new) => platform.instances().connect(&new).await.map_err(Failure::from),
        None => grant::connect(&platform, &options).await,
    };
    platform.close().await;
    let instance = outcome?;
    let Some(details) = instance.details() else { return Ok(()) };
    if options.json {
        return output::json(details);
    }
    output::line(&format!("Connected: instance {} ({}).", details.id, details.name))
}

/// Returns the instance as the arguments describe it.
fn described(options: &Connect) -> Outcome<NewInstance> {
    let name = options.name.clone();
    let (staging, keep_without_email) = (options.staging, options.keep_without_email);
    let described = ConnectOptions { name, staging, keep_without_email, ..ConnectOptions::default() };
    with_values(NewInstance { element: options.element.clone(), ..described.into() }, options)
}

/// Sets the configuration values of the arguments, and those of the environment variables that they name.
pub fn with_values(new: NewInstance, options: &Connect) -> Outcome<NewInstance> {
    let new = options.set.iter().try_fold(new, |new, pair| {
        let (key, value) =
            pair.split_once('=').ok_or_else(|| Failure::usage(format!("--set {pair} is not KEY=VALUE")))?;
        Outcome::Ok(new.set(key, value))
    })?;
    options.set_env.iter().try_fold(new, |new, pair| {
        let (key, variable) =
            pair.split_once('=').ok_or_else(|| Failure::usage(format!("--set-env {pair} is not KEY=VARIABLE")))?;
        let missing = |_| Failure::usage(format!("--set-env {pair}: the environment variable {variable} is not set"));
        Ok(new.set(key, std::env::var(variable).map_err(missing)?))
    })
}

/// Prompts for what the environment does not set, on a terminal.
fn asked(mut new: NewInstance) -> Outcome<NewInstance> {
    if io::stdin().is_terminal() {
        for info in new.missing() {
            new = new.set(info.key.clone(), typed(&info.name, info.kind == ConfigurationType::Password)?);
        }
    }
    new.check()?;
    Ok(new)
}

/// Prompts for a value.
pub fn typed(name: &str, is_secret: bool) -> Outcome<String> {
    let prompt = format!("{name}: ");
    if is_secret {
        return Ok(rpassword::prompt_password(prompt)?);
    }
    output::ask(&prompt)?;
    let mut text = String::new();
    io::stdin().read_line(&mut text)?;
    Ok(text.trim().to_owned())
}
