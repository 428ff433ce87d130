//! Discovery: the objects of an instance and their fields (spec P 7.6, 7.7).

use serde_json::{Value, json};

use crate::elements::brighttalk::table::{Field, OBJECTS, Object, ObjectInfo};
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::reply::Reply;
use crate::record::Kind;

/// `GET /objects` in both versions.
pub(crate) async fn names(call: &Call) -> Result<Reply, Failure> {
    let visible = || OBJECTS.iter().filter(|info| is_visible(call, info));
    let version = call.header("elements-version").unwrap_or_default();
    if !version.trim().eq_ignore_ascii_case("helium") {
        return Reply::json(&visible().map(|info| info.long_name).collect::<Vec<_>>());
    }
    Reply::json(&visible().map(helium).collect::<Vec<_>>())
}

/// `GET /objects/{name}/metadata`
pub(crate) async fn metadata(call: &Call) -> Result<Reply, Failure> {
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

fn is_visible(call: &Call, info: &ObjectInfo) -> bool {
    info.published || !call.engine.options.published_only
}

fn helium(info: &ObjectInfo) -> Value {
    json!({"name": info.long_name, "vendorName": info.long_name, "type": "ceCanonical"})
}

fn field_view(info: &ObjectInfo, field: &Field) -> Value {
    let (kind, native) = types(field.kind);
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
        view["mask"] = json!("yyyy-MM-dd'T'HH:mm:ss'Z'");
    }
    view
}

/// The type in the platform's words and in the vendor's.
fn types(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Id | Kind::Int => ("number", "integer"),
        Kind::Float => ("number", "decimal"),
        Kind::Bool => ("boolean", "boolean"),
        Kind::Date => ("date", "string"),
        Kind::Text => ("string", "string"),
        Kind::Json => ("array", "array"),
    }
}
