//! `elementkit elements import`, `export` and `remove`: definitions as elements of the platform.

use elementkit::elements::definition::document::Definition;
use elementkit::elements::definition::shapes::{self, Loaded, folder_name, write_folder};
use elementkit::model::Element;
use elementkit::{ErrorKind, Platform};
use serde_json::Value;

use crate::args::{ExportElement, ImportElements, RemoveElement, Target};
use crate::exit::{Failure, Outcome};
use crate::output;

/// Imports definitions. All files are read and checked before the first call.
pub async fn import(target: &Target, options: &ImportElements) -> Outcome {
    let mut all = Vec::new();
    for path in &options.paths {
        for loaded in shapes::read(path)? {
            all.push((checked(&loaded)?, loaded));
        }
    }
    let platform = target.platform().await?;
    let outcome = import_all(&platform, &all, options).await;
    platform.close().await;
    outcome
}

/// Returns the key of a definition that an import takes.
fn checked(loaded: &Loaded) -> Outcome<String> {
    match Definition::read(&loaded.document) {
        Ok(definition) => Ok(definition.key),
        Err(problems) => {
            let first = problems.first().map(ToString::to_string).unwrap_or_default();
            Err(Failure::refused(format!("{}: {first}", loaded.file.display())))
        }
    }
}

async fn import_all(platform: &Platform, all: &[(String, Loaded)], options: &ImportElements) -> Outcome {
    let mut elements = Vec::new();
    for (key, loaded) in all {
        let (done, element) = import_one(platform, key, &loaded.document, options.replace).await?;
        if options.json {
            elements.push(element);
            continue;
        }
        let other = |member: &str| element.other.get(member).cloned().unwrap_or_default();
        output::line(&format!("{done} {key}, id {}, revision {}", element.id, other("revision")))?;
        loaded.remarks.iter().for_each(|remark| output::note(&format!("{key}: {remark}")));
        for remark in other("warnings").as_array().into_iter().flatten() {
            let text = |member: &str| remark[member].as_str().unwrap_or_default().to_owned();
            output::note(&format!("{key}{}: {}", text("pointer"), text("message")));
        }
    }
    if options.json { output::json(&elements) } else { Ok(()) }
}

async fn import_one(
    platform: &Platform,
    key: &str,
    document: &Value,
    replace: bool,
) -> Outcome<(&'static str, Element)> {
    match platform.elements().import(document).await {
        Ok(element) => Ok(("imported", element)),
        Err(error) if replace && error.kind() == ErrorKind::Conflict => {
            Ok(("replaced", platform.elements().replace(key, document).await?))
        }
        Err(error) if error.kind() == ErrorKind::Conflict => {
            Err(error.with_hint("Pass --replace to replace its definition.").into())
        }
        Err(error) => Err(error.into()),
    }
}

/// Writes the definition of an element to standard output, or into a folder.
pub async fn export(target: &Target, options: &ExportElement) -> Outcome {
    let platform = target.platform().await?;
    let outcome = platform.elements().export(&options.key).await;
    platform.close().await;
    let document = outcome?;
    let Some(folder) = &options.folder else { return output::line(&format!("{document:#}")) };
    let folder = folder.join(folder_name(&document, &[]));
    let files = write_folder(&document, &folder)?;
    output::line(&format!("wrote {} files to {}", files.len(), folder.display()))
}

pub async fn remove(target: &Target, options: &RemoveElement) -> Outcome {
    let platform = target.platform().await?;
    let outcome = platform.elements().remove(&options.key).await;
    platform.close().await;
    outcome?;
    output::line(&format!("removed {}", options.key))
}
