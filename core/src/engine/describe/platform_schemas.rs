//! The platform's own schemas, made of the types that are sent and read. They are in `platform_schemas.json`, since making
//! them takes half a megabyte of code; this test says when the file is old.

use schemars::generate::{Contract, SchemaSettings};
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::own_elements;
use super::schemas::of;
use super::tidy::{tidy_answer, tidy_request};
use crate::model::vdr::{Snippet, VdrView};
use crate::model::{
    BulkJob, BulkReport, CommonResource, ConfigurationItem, Element, ElementMetadata, Hub, Instance, InstanceCounts,
    MappedElement, OauthToken, OauthUrl, ObjectDefinition, Transformation,
};
use crate::model::{account, bulk, discovery, formula, requests};

const PREFIX: &str = "#/";

fn platform_schemas() -> Map<String, Value> {
    let mut all = requests();
    all.extend(answers());
    all.insert("Swagger".to_owned(), swagger());
    all.extend(own_elements::schemas(PREFIX));
    all.insert("ObjectList".to_owned(), object_list());
    all
}

/// One schema in a line.
#[test]
fn the_file_has_the_schemas_of_the_types() {
    let lines: Vec<String> =
        platform_schemas().iter().map(|(name, schema)| format!("{}:{schema}", json!(name))).collect();
    let expected = format!("{{\n{}\n}}\n", lines.join(",\n"));
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/engine/describe/platform_schemas.json");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, &expected).unwrap_or_else(|error| panic!("{error}"));
    }
    let read = std::fs::read_to_string(path).unwrap_or_default();
    assert!(read == expected, "{path} is old: run this test with UPDATE=1");
}

/// Returns the schemas of types that are only sent, and of the types inside.
fn answers() -> Map<String, Value> {
    let mut generator = generator(Contract::Serialize);
    add::<(BulkJob, BulkReport, bulk::BulkStarted, bulk::BulkListed, bulk::BulkError)>(&mut generator);
    add::<(Element, ElementMetadata, Hub, Instance, InstanceCounts, ConfigurationItem, OauthToken, OauthUrl)>(
        &mut generator,
    );
    add::<(account::Session<'_>, account::Secrets<'_>, account::Usage<'_>, account::Error<'_>)>(&mut generator);
    add::<(account::Organization<'_>, account::Account<'_>, account::User<'_>, account::RotatedSecret<'_>)>(
        &mut generator,
    );
    add::<MappedElement<'_>>(&mut generator);
    add::<(formula::Formula, formula::FormulaPart)>(&mut generator);
    add::<(VdrView, Snippet)>(&mut generator);
    add::<(discovery::ObjectMetadata<'_>, discovery::Ping<'_>, discovery::Usages)>(&mut generator);
    let mut schemas = generator.take_definitions(true);
    schemas.values_mut().for_each(tidy_answer);
    schemas
}

/// Returns the schemas of types that are accepted, also where the same type is sent.
fn requests() -> Map<String, Value> {
    let mut generator = generator(Contract::Deserialize);
    add::<(ObjectDefinition, Transformation, CommonResource)>(&mut generator);
    add::<(requests::Login, requests::NewPassword, requests::PropertyValue)>(&mut generator);
    add::<(requests::NewInstance, requests::InstanceUpdate, requests::OauthRequest)>(&mut generator);
    add::<(requests::Rename, requests::NewName, requests::Execution, requests::Grace)>(&mut generator);
    add::<formula::NewFormula>(&mut generator);
    add::<(requests::NewVdr, requests::NewSnippet)>(&mut generator);
    add::<(requests::BulkQuery, requests::BulkDownload)>(&mut generator);
    let mut schemas = generator.take_definitions(true);
    schemas.values_mut().for_each(tidy_request);
    schemas
}

fn generator(contract: Contract) -> SchemaGenerator {
    let path = PREFIX.trim_start_matches('#').trim_end_matches('/').to_owned();
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = path.into();
        settings.meta_schema = None;
        settings.contract = contract;
    });
    settings.into_generator()
}

/// Adds the types of a tuple to the definitions.
fn add<Types: JsonSchema>(generator: &mut SchemaGenerator) {
    generator.subschema_for::<Types>();
}

fn swagger() -> Value {
    json!({
        "type": "object",
        "description": "A Swagger 2.0 document.",
        "required": ["swagger", "info", "host", "basePath", "schemes", "tags", "paths", "definitions"],
        "properties": {
            "swagger": {"type": "string"},
            "info": {"type": "object"},
            "host": {"type": "string"},
            "basePath": {"type": "string"},
            "schemes": {"type": "array", "items": {"type": "string"}},
            "tags": {"type": "array", "items": {}},
            "paths": {"type": "object"},
            "definitions": {"type": "object"},
        },
    })
}

/// Returns the schema of an object list: names, or with version Helium names and kinds.
fn object_list() -> Value {
    json!({"type": "array", "items": {"anyOf": [{"type": "string"}, of(PREFIX, "ObjectItem")]}})
}
