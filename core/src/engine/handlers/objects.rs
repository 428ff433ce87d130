//! Discovery: the objects of an instance and their fields (spec P 7.6, 7.7).

use serde_json::{Value, json};

use super::instances::mapped::Mapped;
use super::source::recipe;
use crate::elements::brighttalk::table::{Field, OBJECTS, Object, ObjectInfo};
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::reply::Reply;
use crate::engine::store::InstanceRow;
use crate::engine::transform::{DEFAULT_TYPE, MappedField, MappingSpec};
use crate::record::Kind;

const ISO_MASK: &str = "yyyy-MM-dd'T'HH:mm:ss'Z'";

/// `GET /objects` in both versions: the element's objects, then the common resources mapped for the instance.
pub(crate) async fn names(call: &Call) -> Result<Reply, Failure> {
    let instance = call.instance()?;
    let version = call.text_header("elements-version")?.unwrap_or_default();
    if version.trim().eq_ignore_ascii_case("helium") {
        return Reply::json(&described(call, instance).await?);
    }
    let mapped = Mapped::of(call, std::slice::from_ref(instance)).await?;
    let mut names: Vec<&str> =
        OBJECTS.iter().filter(|info| is_visible(call, info)).map(|info| info.long_name).collect();
    for (name, _) in mapped.names(instance) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Reply::json(&names)
}

/// Returns the objects of an instance in the Helium form. A common resource replaces the object of the same name.
pub(crate) async fn described(call: &Call, instance: &InstanceRow) -> Result<Vec<Value>, Failure> {
    let mapped = Mapped::of(call, std::slice::from_ref(instance)).await?;
    let mapped = mapped.names(instance);
    let replaced = |info: &&ObjectInfo| mapped.iter().any(|(name, _)| *name == info.long_name);
    let own = OBJECTS.iter().filter(|info| is_visible(call, info) && !replaced(info)).map(helium);
    let common = mapped.iter().map(|(name, vendor)| json!({"name": name, "vendorName": vendor, "type": "vdr"}));
    Ok(own.chain(common).collect())
}

/// `GET /objects/{name}/metadata`
pub(crate) async fn metadata(call: &Call) -> Result<Reply, Failure> {
    if let Some(recipe) = recipe(call, call.param("name")).await? {
        return Reply::json(&json!({"fields": common_fields(call, &recipe)}));
    }
    let object = Object::find(call.param("name")).filter(|object| is_visible(call, object.info()));
    let info = object.ok_or_else(|| Failure::not_found("No object found"))?.info();
    let derived = call.engine.options.derived_activity_fields;
    let fields: Vec<Value> = info.object.fields(derived).map(|field| field_view(info, field)).collect();
    let mut view = json!({"fields": fields});
    if info.experimental {
        view["experimental"] = json!(true);
    }
    Reply::json(&view)
}

/// Returns the mapped fields of a common resource, and the fields of its object that pass through.
fn common_fields(call: &Call, recipe: &MappingSpec) -> Vec<Value> {
    let info = Object::find(&recipe.vendor_name).filter(|object| is_visible(call, object.info())).map(Object::info);
    let mut views: Vec<Value> = recipe.shown_fields().map(|field| mapped_view(info, field)).collect();
    if let Some(info) = info.filter(|_| recipe.passes("fromVendor")) {
        let fields = info.object.fields(call.engine.options.derived_activity_fields);
        let passing = fields.filter(|field| !recipe.takes(field.name));
        views.extend(passing.map(|field| field_view(info, field)));
    }
    views
}

fn mapped_view(info: Option<&ObjectInfo>, field: &MappedField) -> Value {
    let kind = field.kind.as_deref().unwrap_or(DEFAULT_TYPE);
    let vendor = field.vendor_path.as_deref().unwrap_or_default();
    let native = info.and_then(|info| info.fields.iter().find(|known| known.name == vendor));
    let mut view = json!({
        "type": kind,
        "vendorPath": field.path,
        "vendorDisplayName": field.path,
        "vendorNativeType": native.map_or("string", |native| types(native).1),
        "vendorRequired": false,
        "vendorReadOnly": true,
        "hidden": false,
        "primaryKey": info.is_some_and(|info| info.primary_key.contains(&vendor)),
        "method": [{"name": "GET", "response": true, "request": false}],
    });
    if kind == "date" {
        let pattern = field.setting("transformDate").and_then(|setting| setting.text("pattern"));
        view["mask"] = json!(pattern.unwrap_or(ISO_MASK));
    }
    view
}

fn is_visible(call: &Call, info: &ObjectInfo) -> bool {
    info.published || !call.engine.options.published_only
}

fn helium(info: &ObjectInfo) -> Value {
    json!({"name": info.long_name, "vendorName": info.long_name, "type": "ceCanonical"})
}

fn field_view(info: &ObjectInfo, field: &Field) -> Value {
    let (kind, native) = types(field);
    let mut view = json!({
        "type": kind,
        "vendorPath": field.name,
        "vendorDisplayName": field.name,
        "vendorNativeType": native,
        "vendorRequired": false,
        "vendorReadOnly": true,
        "hidden": false,
        "primaryKey": info.primary_key.contains(&field.name),
        "method": [{"name": "GET", "response": true, "request": false}],
    });
    if field.kind == Kind::Date {
        view["mask"] = json!(ISO_MASK);
    }
    view
}

/// Returns the type in the terms of the platform and of the vendor.
fn types(field: &Field) -> (&'static str, &'static str) {
    match field.kind {
        Kind::Id | Kind::Int => ("number", "integer"),
        Kind::Float => ("number", "decimal"),
        Kind::Bool => ("boolean", "boolean"),
        Kind::Date => ("date", "string"),
        Kind::Text => ("string", "string"),
        // The only column that contains an object (spec BT 2.2).
        Kind::Json if field.name == "additional" => ("object", "object"),
        Kind::Json => ("array", "array"),
    }
}
