//! `PUT` of a named instance, which is created if it does not exist (spec P 16.11).

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::body::{self, Naming, configuration_of};
use super::configuration::{self, Manner};
use super::login::{ProviderData, Provision, take_acquired};
use super::update::{Change, Verify};
use super::{known_element, no_instance, require_usable, show};
use crate::element::Element;
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::reply::Reply;
use crate::engine::store::{Creation, NewInstance};

/// Number of retries if the instance is deleted between two reads.
const ATTEMPTS: usize = 5;

/// `PUT /elements/{keyOrId}/instances` (spec P 16.11): always verifies the credentials with the vendor, then applies
/// configuration and tags to the account's oldest instance with this name, or creates one.
pub(crate) async fn connect(call: &Call) -> Result<Reply, Failure> {
    let body = call.json_object().await?;
    let Naming { name, tags } = Naming::of(&body)?;
    let name = name.ok_or_else(body::name_required)?;
    let mut given = configuration_of(&body)?.unwrap_or_default();
    let mut data = ProviderData::of(&body);
    let element = &known_element(call, call.param("keyOrId")).await?;
    let account_id = call.caller.user()?.account_id;
    for _ in 0..ATTEMPTS {
        let found = match call.engine.store.instance_named(account_id, element.info().id, &name).await? {
            Some(id) => id,
            None => match create(call, element, &name, tags.as_ref(), &given, &data).await? {
                (Creation::Created(row), _) => return show(call, &row).await,
                (Creation::Exists(id), acquired) => {
                    // The login was made already, and its code serves once.
                    given.extend(acquired.into_iter().map(|(key, value)| (key, Value::String(value))));
                    data = ProviderData::default();
                    id
                }
            },
        };
        let Some(row) = call.engine.store.instance(account_id, found).await? else { continue };
        let naming = Naming { name: None, tags: tags.clone() };
        let manner = Manner::Merge;
        let change = Change { naming, configuration: Some(given), manner, element: None, data };
        return show(call, &change.make_on(call, row, Verify::Always).await?).await;
    }
    Err(no_instance())
}

/// Creates the instance, unless another call has created it meanwhile. Returns what its login acquired, too.
async fn create(
    call: &Call,
    element: &Arc<dyn Element>,
    name: &str,
    tags: Option<&Vec<String>>,
    given: &Map<String, Value>,
    data: &ProviderData,
) -> Result<(Creation, BTreeMap<String, String>), Failure> {
    let user = call.caller.user()?;
    let defined = require_usable(call, &**element).await?;
    let mut given = given.clone();
    let acquired = take_acquired(&**element, &mut given);
    let configuration: BTreeMap<String, String> =
        configuration::for_new(&**element, &given, call.engine.options.allow_vendor_override)?;
    let acquired = Provision { call, element, data }.create(&configuration, acquired).await?;
    let new = NewInstance {
        account_id: user.account_id,
        user_id: user.id,
        element_id: element.info().id,
        defined,
        name: name.to_owned(),
        tags: tags.cloned().unwrap_or_else(|| vec![name.to_owned()]),
        configuration,
        acquired: acquired.clone(),
    };
    Ok((call.engine.store.create_unless_named(new).await?, acquired))
}
