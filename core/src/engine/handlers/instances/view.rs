//! Instances as responses show them (spec P 6.1).

use std::collections::BTreeMap;

use serde_json::Value;

use super::configuration::shown;
use super::mapped::Mapped;
use crate::element::{Element, ElementInfo};
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::live::merged;
use crate::engine::store::{InstanceRow, UserRow, now_s};
use crate::model::{ElementSummary, Instance, Other, User};
use crate::record::format_seconds;
use crate::vendor::is_oauth;

/// Returns instances as JSON in order; lists that are not hydrated omit `configuration`.
pub(crate) async fn views(
    call: &Call,
    rows: &[InstanceRow],
    with_configuration: bool,
) -> Result<Vec<Instance>, Failure> {
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
        let element = call.element_by_id(row.element_id).await?;
        views.push(view(row, element.as_deref(), owner, with_configuration, mapped.data(row)));
    }
    Ok(views)
}

fn view(
    row: &InstanceRow,
    element: Option<&dyn Element>,
    owner: &UserRow,
    with_configuration: bool,
    transformation_data: Vec<Value>,
) -> Instance {
    let configuration = element.filter(|_| with_configuration).map(|element| shown(element, &merged(row)));
    Instance {
        id: row.id,
        name: row.name.clone(),
        created_date: Some(date_text(row.created_s)),
        token: Some(row.token.expose().to_owned()),
        // An element that this version does not know has its id alone.
        element: element.map_or_else(
            || ElementSummary { id: row.element_id, ..Default::default() },
            |element| element_summary(element.info()),
        ),
        element_id: Some(row.element_id),
        tags: row.tags.clone(),
        provision_interactions: Some(Vec::new()),
        valid: row.valid,
        disabled: row.disabled,
        max_cache_size: Some(0),
        cache_time_to_live: Some(0),
        caching_enabled: Some(false),
        configuration,
        events_enabled: Some(false),
        trace_logging_enabled: Some(row.trace_until_s > now_s()),
        external_authentication: Some("none".to_owned()),
        user: User {
            id: owner.id,
            email_address: owner.email.clone(),
            first_name: owner.first_name.clone(),
            last_name: owner.last_name.clone(),
        },
        transformation_data: Some(transformation_data),
        objects: None,
        other: Other::new(),
    }
}

/// Returns the short form of an element (spec P 5.1).
fn element_summary(info: &ElementInfo) -> ElementSummary {
    ElementSummary {
        id: info.id,
        name: info.name.to_string(),
        hook_name: Some(info.name.to_string()),
        key: info.key.to_string(),
        description: Some(info.description.to_string()),
        image: Some(info.image.to_string()),
        active: Some(true),
        deleted: Some(false),
        type_oauth: Some(is_oauth(&info.authentication)),
        trial_account: Some(false),
        signup_url: Some(info.signup_url.to_string()),
        default_transformations: Some(Vec::new()),
        hub: Some(info.hub.key.to_string()),
        other: Other::new(),
    }
}

/// Formats seconds since the epoch as `YYYY-MM-DDTHH:MM:SSZ`.
pub(crate) fn date_text(seconds: i64) -> String {
    let mut out = Vec::with_capacity(20);
    format_seconds(seconds, &mut out);
    String::from_utf8(out).unwrap_or_default()
}
