//! Password login, by which users obtain their secrets (spec P 2.5).

use http::StatusCode;
use serde_json::{Map, Value};

use super::instances::view::date_text;
use crate::auth::Secret;
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::login::{Who, broken_rule, too_many};
use crate::engine::reply::Reply;
use crate::model::account::{Secrets, Session};

/// `POST /authentication`
pub(crate) async fn login(call: &Call) -> Result<Reply, Failure> {
    let body = call.json_object().await?;
    let name = text(&body, &["username"])?;
    let password = Secret::new(text(&body, &["password"])?);
    let user_id = match_password(call, name, &password).await?.ok_or_else(wrong_password)?;
    let (token, expires_s) = call.engine.store.open_session(user_id).await?;
    Reply::json(&Session { token: token.expose(), username: name, expires: date_text(expires_s) })
}

/// `GET /authentication/secrets`
pub(crate) async fn secrets(call: &Call) -> Result<Reply, Failure> {
    let user = call.caller.user()?;
    let store = &call.engine.store;
    let (Some(user_secret), Some(organization_secret)) =
        (store.secret_of(user.id).await?, store.organization_secret(user.organization_id).await?)
    else {
        return Err(Failure::unauthorized());
    };
    Reply::json(&Secrets { user_secret: user_secret.expose(), organization_secret: organization_secret.expose() })
}

/// `POST /authentication/passwords` with `{"password": …}`: sets the caller's password and ends all other sessions.
pub(crate) async fn password(call: &Call) -> Result<Reply, Failure> {
    let body = call.json_object().await?;
    let new = Secret::new(text(&body, &["password", "newPassword"])?);
    let (user, session) = (call.caller.user()?, call.caller.session()?);
    if let Some(rule) = broken_rule(new.expose(), &[&user.first_name, &user.last_name, &user.email]) {
        return Err(Failure::bad_request(rule));
    }
    let hash = call.engine.passwords.hash(&new).await?;
    call.engine.store.set_password(user.id, &hash, session).await?;
    Ok(Reply::empty())
}

/// Returns the user with this name and password; consecutive failures are throttled.
pub(crate) async fn match_password(call: &Call, name: &str, password: &Secret) -> Result<Option<i64>, Failure> {
    let passwords = &call.engine.passwords;
    let mut who = vec![Who::account(name)];
    who.extend(call.peer.map(Who::Address));
    passwords.throttle.admit(&who).map_err(too_many)?;
    let (ids, hashes) = call.engine.store.passwords_of(name.trim()).await?.into_iter().unzip::<_, _, Vec<i64>, _>();
    let found = passwords.fits(password, hashes).await?.and_then(|position| ids.get(position).copied());
    if found.is_some() {
        passwords.throttle.forgive(&who);
    }
    Ok(found)
}

fn wrong_password() -> Failure {
    Failure::new(StatusCode::UNAUTHORIZED, "Invalid username or password provided.")
}

fn text<'a>(body: &'a Map<String, Value>, names: &[&str]) -> Result<&'a str, Failure> {
    let found = names.iter().find_map(|name| body.get(*name)).and_then(Value::as_str);
    found.filter(|text| !text.is_empty()).ok_or_else(|| Failure::bad_request(format!("{} is required", names[0])))
}
