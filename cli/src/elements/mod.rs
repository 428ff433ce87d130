//! Commands for elements that are documents.

mod check;
mod new;

use elementkit::elements::definition::schema;

use crate::args::{Elements, ElementsCommand, Target};
use crate::exit::Outcome;
use crate::{catalog, output};

pub async fn run(target: &Target, options: Elements) -> Outcome {
    match options.command {
        None => catalog::elements(target, &options.list).await,
        Some(ElementsCommand::Check(options)) => check::run(&options),
        Some(ElementsCommand::Schema) => output::line(&format!("{:#}", schema::json_schema())),
        Some(ElementsCommand::New(options)) => new::run(*options),
    }
}
