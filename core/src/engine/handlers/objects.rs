//! Discovery: the objects of an instance and their fields (spec P 7.6, 7.7).

use http::Method;
use serde_json::{Value, json};

use super::discovery::{own_fields, own_objects};
use super::instances::mapped::Mapped;
use super::source::recipe;
use crate::element::{Element, FieldInfo, FoundObject, ObjectInfo, Text};
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::reply::Reply;
use crate::engine::store::InstanceRow;
use crate::engine::transform::{DEFAULT_TYPE, MappedField, MappingSpec};
use crate::model::ObjectItem;
use crate::model::discovery::{FieldMetadata, ObjectKeys, ObjectMetadata};
use crate::privacy::{Privacy, PrivacyRules};
use crate::record::Kind;

const ISO_MASK: &str = "yyyy-MM-dd'T'HH:mm:ss'Z'";

/// `GET /objects` in both versions: the objects of the account or the element, then the common resources mapped for the
/// instance.
pub(crate) async fn names(call: &Call) -> Result<Reply, Failure> {
    let instance = call.instance()?;
    let version = call.text_header("elements-version")?.unwrap_or_default();
    let objects = match own_objects(call).await? {
        Some(found) => found,
        None => listed(call, &**call.element()?),
    };
    let mapped = Mapped::of(call, std::slice::from_ref(instance)).await?;
    let mapped = mapped.names(instance);
    if version.trim().eq_ignore_ascii_case("helium") {
        return Reply::json(&with_common(objects, &mapped));
    }
    let mut names: Vec<&str> = objects.iter().map(|object| &*object.name).collect();
    for (name, _) in mapped {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Reply::json(&names)
}

/// Returns the objects of an instance in the Helium form, without a call of the vendor.
pub(crate) async fn described(call: &Call, instance: &InstanceRow) -> Result<Vec<Value>, Failure> {
    let mapped = Mapped::of(call, std::slice::from_ref(instance)).await?;
    let element = call.element_by_id(instance.element_id).await?;
    let objects = element.map(|element| listed(call, &*element)).unwrap_or_default();
    Ok(with_common(objects, &mapped.names(instance)))
}

/// Returns the objects of an element that discovery lists.
fn listed(call: &Call, element: &dyn Element) -> Vec<FoundObject> {
    let objects = element.objects().iter().filter(|info| info.listed && is_visible(call, info));
    let found = objects.map(|info| {
        let vendor_name = element.describe().and_then(|own| own.vendor_name(&info.name)).unwrap_or(&info.long_name);
        FoundObject { name: info.long_name.clone().into_owned(), vendor_name: vendor_name.to_owned() }
    });
    found.collect()
}

/// Returns objects and common resources in the Helium form. A common resource replaces the object of the same name.
fn with_common(objects: Vec<FoundObject>, common: &[(&str, &str)]) -> Vec<Value> {
    let replaced = |object: &FoundObject| common.iter().any(|(name, _)| *name == object.name);
    let own = objects.into_iter().filter(|object| !replaced(object));
    let own = own.map(|object| item(&object.name, &object.vendor_name, "ceCanonical"));
    let common = common.iter().map(|(name, vendor)| item(name, vendor, "vdr"));
    own.chain(common).map(|item| serde_json::to_value(item).unwrap_or_default()).collect()
}

/// `GET /objects/{name}/metadata`
pub(crate) async fn metadata(call: &Call) -> Result<Reply, Failure> {
    if let Some(recipe) = recipe(call, call.param("name")).await? {
        let (fields, keys) = (common_fields(call, &recipe)?, common_keys(call, &recipe)?);
        return Reply::json(&ObjectMetadata { fields, experimental: None, open: None, keys });
    }
    let (name, element) = (call.param("name"), call.element()?);
    let unknown = || Failure::not_found("No object found").with_meant_object(name, element.objects());
    let info = visible(call, name)?;
    let keys = info.map(keys_of).unwrap_or_default();
    if let Some(fields) = own_fields(call, info.map_or(name, |info| &info.name)).await? {
        return Reply::json(&described_object(&fields.ok_or_else(unknown)?, true, &keys));
    }
    let info = info.ok_or_else(unknown)?;
    if let Some(fields) = element.describe().and_then(|own| own.fields(&info.name)) {
        return Reply::json(&described_object(&fields, info.open, &keys));
    }
    let verbs = writing_verbs(call, &info.long_name)?;
    let fields = info.fields.iter().map(|field| field_view(info, field, &verbs)).collect();
    let (experimental, open) = (info.experimental.then_some(true), info.open.then_some(true));
    Reply::json(&ObjectMetadata { fields, experimental, open, keys })
}

/// Returns the metadata of an object whose fields the element or the vendor describes.
fn described_object(fields: &[Value], open: bool, keys: &ObjectKeys) -> Value {
    let mut members = serde_json::to_value(keys).unwrap_or_default();
    members["fields"] = json!(fields);
    if open {
        members["open"] = json!(true);
    }
    members
}

/// Returns the names of an object, and the key fields that its records are known to have.
fn keys_of(info: &ObjectInfo) -> ObjectKeys {
    let known = |names: &[Text]| {
        let known = names.iter().filter(|name| info.field(name).is_some());
        known.map(ToString::to_string).collect()
    };
    // A part of a key identifies nothing.
    let whole = info.primary_key.iter().all(|name| info.field(name).is_some());
    let primary_key = if whole { known(&info.primary_key) } else { Vec::new() };
    let mut names: Vec<String> = Vec::new();
    for name in info.names() {
        if names.iter().all(|known| known != name) {
            names.push(name.to_owned());
        }
    }
    let names = if names.len() > 1 { names } else { Vec::new() };
    ObjectKeys { primary_key, last_modified: known(&info.last_modified), names }
}

/// Returns the key fields of a common resource, in its own names. A key of which a part is not mapped is none.
fn common_keys(call: &Call, recipe: &MappingSpec) -> Result<ObjectKeys, Failure> {
    let Some(info) = visible(call, &recipe.vendor_name)? else { return Ok(ObjectKeys::default()) };
    let ObjectKeys { primary_key, last_modified, .. } = keys_of(info);
    let passes = recipe.passes("fromVendor");
    let shown = |vendor: &String| {
        let mut fields = recipe.shown_fields();
        let mapped = fields.find(|field| field.vendor_path.as_ref() == Some(vendor)).map(|field| field.path.clone());
        mapped.or_else(|| (passes && !recipe.takes(vendor)).then(|| vendor.clone()))
    };
    let all: Option<Vec<String>> = primary_key.iter().map(shown).collect();
    Ok(ObjectKeys {
        primary_key: all.unwrap_or_default(),
        last_modified: last_modified.iter().filter_map(shown).collect(),
        names: Vec::new(),
    })
}

/// Returns the mapped fields of a common resource, and the fields of its object that pass through.
fn common_fields<'a>(call: &'a Call, recipe: &'a MappingSpec) -> Result<Vec<FieldMetadata<'a>>, Failure> {
    let info = visible(call, &recipe.vendor_name)?;
    let verbs = writing_verbs(call, &recipe.vendor_name)?;
    let shown = recipe.shown_fields().map(|field| mapped_view(info, field, &verbs));
    let mut views: Vec<FieldMetadata<'a>> = shown.collect();
    if let Some(info) = info.filter(|_| recipe.passes("fromVendor")) {
        let passing = info.fields.iter().filter(|field| !recipe.takes(&field.name));
        let verbs = if recipe.passes("toVendor") { &verbs[..] } else { &[] };
        views.extend(passing.map(|field| field_view(info, field, verbs)));
    }
    Ok(views)
}

/// Returns the object with this name, unless it is hidden.
fn visible<'a>(call: &'a Call, name: &str) -> Result<Option<&'a ObjectInfo>, Failure> {
    let element = call.element()?;
    let found = element.find_object(name).map(|object| element.object(object));
    Ok(found.filter(|info| is_visible(call, info)))
}

/// Returns the verbs that take records of an object.
fn writing_verbs<'a>(call: &'a Call, object: &str) -> Result<Vec<&'a Method>, Failure> {
    let element = call.element()?;
    let object = element.find_object(object);
    let hides = call.engine.options.published_only;
    let mut verbs = Vec::new();
    for resource in element.resources().iter().filter(|resource| object == Some(resource.object)) {
        let is_new = !verbs.contains(&&resource.method);
        if is_new && resource.kind.takes_record() && (resource.published || !hides) {
            verbs.push(&resource.method);
        }
    }
    Ok(verbs)
}

fn mapped_view<'a>(info: Option<&'a ObjectInfo>, field: &'a MappedField, verbs: &[&Method]) -> FieldMetadata<'a> {
    let kind = field.kind.as_deref().unwrap_or(DEFAULT_TYPE);
    let vendor = field.vendor_path.as_deref().unwrap_or_default();
    let native = info.and_then(|info| info.field(vendor));
    let is_sent = native.is_some_and(|native| !native.read_only) && !field.is_suppressed("toVendor");
    let pattern = field.setting("transformDate").and_then(|setting| setting.text("pattern"));
    // Another name does not make a value less personal.
    let named = || Privacy::new(info.map_or("", |info| &info.name), [], &PrivacyRules::default()).is_masked(vendor);
    FieldMetadata {
        personal: (native.is_some_and(|native| native.personal) || named()).then_some(true),
        vendor_native_type: native.map_or("string", |native| &*native.native_type),
        primary_key: info.is_some_and(|info| is_key(info, vendor)),
        mask: (kind == "date").then(|| pattern.unwrap_or(ISO_MASK)),
        ..view(&field.path, kind, is_sent, verbs)
    }
}

/// Describes a field of records that these verbs take; `is_sent` is whether such a record may have the field.
fn view<'a>(name: &'a str, kind: &'a str, is_sent: bool, verbs: &[&Method]) -> FieldMetadata<'a> {
    let method = |name: &str, request: bool| json!({"name": name, "response": true, "request": request});
    let writes = verbs.iter().map(|verb| method(verb.as_str(), is_sent));
    FieldMetadata {
        kind,
        vendor_path: name,
        vendor_display_name: name,
        vendor_native_type: kind,
        vendor_required: false,
        vendor_read_only: !is_sent || verbs.is_empty(),
        hidden: false,
        primary_key: false,
        method: std::iter::once(method("GET", false)).chain(writes).collect(),
        personal: None,
        mask: None,
    }
}

fn is_visible(call: &Call, info: &ObjectInfo) -> bool {
    info.published || !call.engine.options.published_only
}

fn item(name: &str, vendor_name: &str, kind: &str) -> ObjectItem {
    ObjectItem { name: name.to_owned(), vendor_name: vendor_name.to_owned(), kind: kind.to_owned() }
}

fn is_key(info: &ObjectInfo, field: &str) -> bool {
    info.primary_key.iter().any(|key| key == field)
}

fn field_view<'a>(info: &ObjectInfo, field: &'a FieldInfo, verbs: &[&Method]) -> FieldMetadata<'a> {
    FieldMetadata {
        vendor_native_type: &field.native_type,
        primary_key: is_key(info, &field.name),
        personal: field.personal.then_some(true),
        mask: (field.kind == Kind::Date).then_some(ISO_MASK),
        ..view(&field.name, kind_of(field), !field.read_only, verbs)
    }
}

/// Returns the type in the terms of the platform.
fn kind_of(field: &FieldInfo) -> &'static str {
    match field.kind {
        Kind::Id | Kind::Int | Kind::Float => "number",
        Kind::Bool => "boolean",
        Kind::Date => "date",
        Kind::Text => "string",
        Kind::Json if field.native_type == "object" => "object",
        Kind::Json => "array",
    }
}
