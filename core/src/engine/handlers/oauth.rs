//! The address at which a user grants access, for elements with OAuth 2 (spec E 4.24–4.31).

use std::collections::BTreeMap;

use serde_json::Value;

use super::instances::known_element;
use crate::element::ElementInfo;
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::reply::Reply;
use crate::model::OauthUrl;
use crate::vendor::oauth2::{AuthorizationRequest, Kind};

/// `GET /elements/{keyOrId}/oauth/url`
pub(crate) async fn url(call: &Call) -> Result<Reply, Failure> {
    let parameters = call.query.pairs().into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    address(call, parameters).await
}

/// `POST /elements/{keyOrId}/oauth/url`: keeps the client secret out of addresses (spec E 4.62).
pub(crate) async fn url_of_body(call: &Call) -> Result<Reply, Failure> {
    let mut parameters = BTreeMap::new();
    for (name, value) in call.json_object().await? {
        let text = match value {
            Value::Null => continue,
            Value::String(text) => text,
            Value::Bool(_) | Value::Number(_) => value.to_string(),
            Value::Array(_) | Value::Object(_) => {
                return Err(Failure::bad_request(format!("{name} must be a text")));
            }
        };
        parameters.insert(name, text);
    }
    address(call, parameters).await
}

/// `GET /elements/{keyOrId}/oauth/token`: the first step of OAuth 1.
pub(crate) async fn token(call: &Call) -> Result<Reply, Failure> {
    let element = known_element(call, call.param("keyOrId")).await?;
    Err(Failure::bad_request(format!("{} does not use OAuth 1", element.info().name)))
}

async fn address(call: &Call, parameters: BTreeMap<String, String>) -> Result<Reply, Failure> {
    let element = known_element(call, call.param("keyOrId")).await?;
    let info = element.info();
    let without = || Failure::bad_request(format!("{} does not use OAuth", info.name));
    let kind = Kind::named(&info.authentication).filter(|kind| kind.needs_user()).ok_or_else(without)?;
    let defaults = defaults_of(info);
    let request = AuthorizationRequest { element: &info.key, kind, defaults: &defaults, parameters: &parameters };
    let address = request.build().map_err(Failure::bad_request)?;
    if let Some(verifier) = &address.verifier {
        let organization = call.caller.user()?.organization_id;
        call.engine.store.keep_verifier(organization, info.id, &address.state, verifier).await?;
    }
    Reply::json(&OauthUrl {
        oauth_url: address.url.into(),
        element: info.key.to_string(),
        state: Some(address.state),
        ..OauthUrl::default()
    })
}

fn defaults_of(info: &ElementInfo) -> BTreeMap<String, String> {
    let default = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let infos = info.configuration.iter();
    infos.filter_map(|info| info.default.as_deref().map(|value| default(&info.key, value))).collect()
}
