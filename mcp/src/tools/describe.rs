//! Tools about the connected services and their objects.

use futures::FutureExt;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Definition, Needs};
use crate::agent::Shared;
use crate::answer::{Answer, shorten};
use crate::arguments;
use crate::catalogue::{Field, Object};
use crate::failure::Outcome;
use crate::schema::{self, list, object, text};

/// Lists the connected instances with their objects.
pub const LIST: Definition = Definition {
    name: "list_objects",
    title: "List connected services and their objects",
    description: "Lists the connected services (instances) and the names of the objects of each, such as contacts, webcasts or \
                  tickets. Call this first to learn what there is to ask about.",
    needs: Needs::Reading,
    input: |_| object([]),
    output: || {
        let instance = object([
            ("instance", json!({"type": "integer"}), true),
            ("name", text("Name of the instance."), true),
            ("element", text("Key of the service."), true),
            ("objects", list(&json!({"type": "string"}), "Names of its objects."), true),
        ]);
        object([("instances", list(&instance.into(), "The connected instances."), true), schema::warnings()])
    },
    run: |shared, arguments, _| list_objects(shared, arguments::read::<Nothing>(arguments)).boxed(),
};

/// Describes an object.
pub const DESCRIBE: Definition = Definition {
    name: "describe_object",
    title: "Describe the fields of an object",
    description: "Describes one object: its fields with types, which of them identify a record (key), and which are masked. Masked \
                  fields are shown as [masked] and cannot be used in conditions, orders or groups; all other fields can. Call \
                  this before you write a condition.",
    needs: Needs::Reading,
    input: |view| {
        let (instance, required) = view.instance();
        object([("instance", instance, required), ("object", view.object(), true)])
    },
    output: || {
        let field = object([
            ("name", text("Name."), true),
            ("type", text("Type of its values."), true),
            ("key", schema::flag("Whether it identifies a record, or is a part of the key."), true),
            ("masked", schema::flag("Whether its values are masked."), true),
            ("filterable", schema::flag("Whether conditions, orders and groups may use it."), true),
            ("writable", schema::flag("Whether it can be written."), true),
        ]);
        let names = json!({"type": "string"});
        object([
            ("instance", json!({"type": "integer"}), true),
            ("object", text("The object."), true),
            ("fields", list(&field.into(), "Its fields."), true),
            ("primaryKey", list(&names, "Fields that together identify a record."), true),
            ("lastModified", list(&names, "Fields with the time of the last change."), true),
            ("open", schema::flag("Whether records may have further fields."), true),
        ])
    },
    run: |shared, arguments, _| describe_object(shared, arguments::read(arguments)).boxed(),
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Described {
    instance: Option<i64>,
    object: String,
}

async fn list_objects(shared: &Shared, arguments: Outcome<Nothing>) -> Outcome<Answer> {
    arguments?;
    let connected = shared.catalogue.connected().await?;
    let instances = connected.iter().map(|instance| {
        json!({"instance": instance.id, "name": instance.name, "element": instance.element, "objects": instance.objects})
    });
    let silent = connected.iter().filter(|instance| instance.objects.is_empty());
    let silent = silent.map(|instance| format!("the objects of instance {} cannot be listed now", instance.id));
    let mut value = json!({"instances": instances.collect::<Vec<_>>(), "warnings": silent.collect::<Vec<_>>()});
    for instance in value["instances"].as_array_mut().into_iter().flatten() {
        shorten(&mut instance["name"]);
    }
    Ok(Answer::new(value))
}

async fn describe_object(shared: &Shared, arguments: Outcome<Described>) -> Outcome<Answer> {
    let arguments = arguments?;
    let instance = shared.catalogue.instance(arguments.instance).await?;
    let object = shared.catalogue.object(&instance, &arguments.object).await?;
    Ok(Answer::new(described(instance.id, &object)))
}

/// Returns the description of an object.
pub fn described(instance: i64, object: &Object) -> Value {
    let field = |field: &Field| {
        let name = &field.vendor_path;
        let masked = object.privacy.is_masked(name);
        json!({
            "name": name, "type": field.kind, "key": object.primary_key.contains(name), "masked": masked,
            "filterable": !masked, "writable": !field.vendor_read_only,
        })
    };
    json!({
        "instance": instance,
        "object": object.name,
        "fields": object.fields.iter().map(field).collect::<Vec<_>>(),
        "primaryKey": object.primary_key,
        "lastModified": object.last_modified,
        "open": object.open,
    })
}
