//! Instances as responses show them (spec P 6.1).

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::configuration::shown;
use super::mapped::Mapped;
use crate::elements::catalog::{self, ElementInfo};
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::store::{InstanceRow, UserRow, now_s};
use crate::record::format_seconds;

/// Returns instances as JSON in order; lists that are not hydrated omit `configuration`.
pub(crate) async fn views(call: &Call, rows: &[InstanceRow], with_configuration: bool) -> Result<Vec<Value>, Failure> {
    let mut owners: BTreeMap<i64, UserRow> = call.caller.user.iter().map(|user| (user.id, user.clone())).collect();
    // A list never contains more than one account.
    let mapped = Mapped::of(call, rows).await?;
    let mut views = Vec::with_capacity(rows.len());
    for row in rows {
        if !owners.contains_key(&row.user_id) {
            owners.extend(call.engine.store.user(row.user_id).await?.map(|owner| (owner.id, owner)));
        }
        // A row always has its user unless the user was deleted just now; then the instance is omitted.
        let Some(owner) = owners.get(&row.user_id) else { continue };
        let view = InstanceView::new(row, owner, with_configuration, mapped.data(row));
        views.push(serde_json::to_value(view).unwrap_or_default());
    }
    Ok(views)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct InstanceView<'a> {
    id: i64,
    name: &'a str,
    created_date: String,
    token: &'a str,
    element: Value,
    element_id: i64,
    tags: &'a [String],
    provision_interactions: [(); 0],
    valid: bool,
    disabled: bool,
    max_cache_size: u32,
    cache_time_to_live: u32,
    caching_enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    configuration: Option<BTreeMap<String, String>>,
    events_enabled: bool,
    trace_logging_enabled: bool,
    external_authentication: &'static str,
    user: Value,
    transformation_data: Vec<Value>,
}

impl<'a> InstanceView<'a> {
    fn new(row: &'a InstanceRow, owner: &UserRow, with_configuration: bool, transformation_data: Vec<Value>) -> Self {
        let element = catalog::find(&row.element_id.to_string());
        let configuration = element.filter(|_| with_configuration).map(|element| shown(element, &row.configuration));
        Self {
            id: row.id,
            name: &row.name,
            created_date: date_text(row.created_s),
            token: row.token.expose(),
            element: element.map(element_summary).unwrap_or_default(),
            element_id: row.element_id,
            tags: &row.tags,
            provision_interactions: [],
            valid: row.valid,
            disabled: row.disabled,
            max_cache_size: 0,
            cache_time_to_live: 0,
            caching_enabled: false,
            configuration,
            events_enabled: false,
            trace_logging_enabled: row.trace_until_s > now_s(),
            external_authentication: "none",
            user: json!({
                "id": owner.id,
                "emailAddress": owner.email,
                "firstName": owner.first_name,
                "lastName": owner.last_name,
            }),
            transformation_data,
        }
    }
}

/// Returns the short form of an element (spec P 5.1).
fn element_summary(info: &ElementInfo) -> Value {
    json!({
        "id": info.id,
        "name": info.name,
        "hookName": info.name,
        "key": info.key,
        "description": info.description,
        "image": info.image,
        "active": true,
        "deleted": false,
        "typeOauth": false,
        "trialAccount": false,
        "signupURL": info.signup_url,
        "defaultTransformations": [],
        "hub": info.hub.key,
    })
}

/// Formats seconds since the epoch as `YYYY-MM-DDTHH:MM:SSZ`.
pub(crate) fn date_text(seconds: i64) -> String {
    let mut out = Vec::with_capacity(20);
    format_seconds(seconds, &mut out);
    String::from_utf8(out).unwrap_or_default()
}
