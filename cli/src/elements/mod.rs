//! Commands for elements that are documents.

mod check;
mod excerpt;
mod new;
mod steps;
mod store;
mod tried;

use elementkit::elements::definition::schema;

use crate::args::{Elements, ElementsCommand, Target};
use crate::exit::Outcome;
use crate::{catalog, output};

pub async fn run(target: &Target, options: Elements) -> Outcome {
    match options.command {
        None => catalog::elements(target, &options.list).await,
        Some(ElementsCommand::List(options)) => catalog::elements(target, &options).await,
        Some(ElementsCommand::Import(options)) => store::import(target, &options).await,
        Some(ElementsCommand::Export(options)) => store::export(target, &options).await,
        Some(ElementsCommand::Remove(options)) => store::remove(target, &options).await,
        Some(ElementsCommand::Check(options)) => check::run(target, &options).await,
        Some(ElementsCommand::Schema) => output::line(&format!("{:#}", schema::json_schema())),
        Some(ElementsCommand::New(options)) => new::run(*options),
        Some(ElementsCommand::Try(options)) => tried::run(target, &options).await,
    }
}
