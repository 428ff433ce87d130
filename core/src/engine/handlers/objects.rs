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
use crate::model::ObjectItem;
use crate::model::discovery::{FieldMetadata, ObjectMetadata};
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
    let own = OBJECTS.iter().filter(|info| is_visible(call, info) && !replaced(info));
    let own = own.map(|info| item(info.long_name, info.long_name, "ceCanonical"));
    let common = mapped.iter().map(|(name, vendor)| item(name, vendor, "vdr"));
    Ok(own.chain(common).map(|item| serde_json::to_value(item).unwrap_or_default()).collect())
}

/// `GET /objects/{name}/metadata`
pub(crate) async fn metadata(call: &Call) -> Result<Reply, Failure> {
    if let Some(recipe) = recipe(call, call.param("name")).await? {
        return Reply::json(&ObjectMetadata { fields: common_fields(call, &recipe), experimental: None });
    }
    let object = Object::find(call.param("name")).filter(|object| is_visible(call, object.info()));
    let info = object.ok_or_else(|| Failure::not_found("No object found"))?.info();
    let derived = call.engine.options.derived_activity_fields;
    let fields = info.object.fields(derived).map(|field| field_view(info, field)).collect();
    Reply::json(&ObjectMetadata { fields, experimental: info.experimental.then_some(true) })
}

/// Returns the mapped fields of a common resource, and the fields of its object that pass through.
fn common_fields<'a>(call: &Call, recipe: &'a MappingSpec) -> Vec<FieldMetadata<'a>> {
    let info = Object::find(&recipe.vendor_name).filter(|object| is_visible(call, object.info())).map(Object::info);
    let mut views: Vec<FieldMetadata<'a>> = recipe.shown_fields().map(|field| mapped_view(info, field)).collect();
    if let Some(info) = info.filter(|_| recipe.passes("fromVendor")) {
        let fields = info.object.fields(call.engine.options.derived_activity_fields);
        let passing = fields.filter(|field| !recipe.takes(field.name));
        views.extend(passing.map(|field| field_view(info, field)));
    }
    views
}

fn mapped_view<'a>(info: Option<&ObjectInfo>, field: &'a MappedField) -> FieldMetadata<'a> {
    let kind = field.kind.as_deref().unwrap_or(DEFAULT_TYPE);
    let vendor = field.vendor_path.as_deref().unwrap_or_default();
    let native = info.and_then(|info| info.fields.iter().find(|known| known.name == vendor));
    let pattern = field.setting("transformDate").and_then(|setting| setting.text("pattern"));
    FieldMetadata {
        vendor_native_type: native.map_or("string", |native| types(native).1),
        primary_key: info.is_some_and(|info| info.primary_key.contains(&vendor)),
        mask: (kind == "date").then(|| pattern.unwrap_or(ISO_MASK)),
        ..read_only(&field.path, kind)
    }
}

/// A field that is only read, as every field of the element is.
fn read_only<'a>(name: &'a str, kind: &'a str) -> FieldMetadata<'a> {
    FieldMetadata {
        kind,
        vendor_path: name,
        vendor_display_name: name,
        vendor_native_type: kind,
        vendor_required: false,
        vendor_read_only: true,
        hidden: false,
        primary_key: false,
        method: vec![json!({"name": "GET", "response": true, "request": false})],
        mask: None,
    }
}

fn is_visible(call: &Call, info: &ObjectInfo) -> bool {
    info.published || !call.engine.options.published_only
}

fn item(name: &str, vendor_name: &str, kind: &str) -> ObjectItem {
    ObjectItem { name: name.to_owned(), vendor_name: vendor_name.to_owned(), kind: kind.to_owned() }
}

fn field_view(info: &ObjectInfo, field: &'static Field) -> FieldMetadata<'static> {
    let (kind, native) = types(field);
    FieldMetadata {
        vendor_native_type: native,
        primary_key: info.primary_key.contains(&field.name),
        mask: (field.kind == Kind::Date).then_some(ISO_MASK),
        ..read_only(field.name, kind)
    }
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
