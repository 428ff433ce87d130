//! The accounts and users that a caller may see (spec P 11.2, 11.3). Their administration is stage 2.

use serde::Serialize;
use serde_json::Value;

use super::authentication::match_password;
use super::instances::view::date_text;
use crate::auth::Secret;
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::matching::matching;
use crate::engine::paging::{page, page_from};
use crate::engine::reply::Reply;
use crate::engine::store::{AccountRow, Person};
use crate::model::account::{Account, User};
use crate::record::Kind;
use crate::warning::{Warning, WarningCode};

pub(super) const NO_ACCOUNT: &str = "No account found";
const NO_USER: &str = "No user found";

const ACCOUNT_COLUMNS: [(&str, Kind); 9] = [
    ("id", Kind::Id),
    ("name", Kind::Text),
    ("description", Kind::Text),
    ("active", Kind::Bool),
    ("companyId", Kind::Id),
    ("createdDate", Kind::Date),
    ("externalId", Kind::Text),
    ("defaultAccount", Kind::Bool),
    ("type", Kind::Text),
];

const USER_COLUMNS: [(&str, Kind); 7] = [
    ("id", Kind::Id),
    ("createdDate", Kind::Date),
    ("firstName", Kind::Text),
    ("lastName", Kind::Text),
    ("email", Kind::Text),
    ("active", Kind::Bool),
    ("lastLoginDate", Kind::Date),
];

/// `GET /accounts`
pub(crate) async fn accounts(call: &Call) -> Result<Reply, Failure> {
    let inactive = call.query.flag("includeInactive");
    let rows = administered(call).await?;
    let views = rows.iter().filter(|row| row.active || inactive).map(|row| json(account_view(row))).collect();
    let offset = match call.query.filled("offset").map(str::parse) {
        None => 0,
        Some(Ok(offset)) => offset,
        Some(Err(_)) => return Err(Failure::bad_request("offset must be a whole number of at least 0")),
    };
    page_from(call, &matching(call, views, &ACCOUNT_COLUMNS)?, offset)
}

/// `GET /accounts/{id}`
pub(crate) async fn account(call: &Call) -> Result<Reply, Failure> {
    let id = call.id_param("id", NO_ACCOUNT)?;
    let rows = administered(call).await?;
    let found = rows.iter().find(|row| row.id == id).ok_or_else(|| Failure::not_found(NO_ACCOUNT))?;
    Reply::json(&account_view(found))
}

/// Returns the accounts that the caller administers: all of the organization, or the caller's own. A user who
/// administers none gets the response of an unauthenticated caller (spec P 2.4).
async fn administered(call: &Call) -> Result<Vec<AccountRow>, Failure> {
    let user = call.caller.user()?;
    let mut rows = call.engine.store.accounts(user.organization_id).await?;
    rows.retain(|row| user.is_administrator_of(row.id));
    if rows.is_empty() { Err(Failure::unauthorized()) } else { Ok(rows) }
}

/// `GET /users`: the users of the caller's account.
pub(crate) async fn users(call: &Call) -> Result<Reply, Failure> {
    let inactive = call.query.flag("includeInactive");
    let rows = call.engine.store.people(call.caller.user()?.account_id).await?;
    let views = rows.iter().filter(|row| row.active || inactive).map(|row| json(user_view(row))).collect();
    let views = matching(call, views, &USER_COLUMNS)?;
    if views.is_empty() { Err(Failure::not_found("No users found")) } else { page(call, &views) }
}

/// `GET /users/{emailOrId}`
pub(crate) async fn user(call: &Call) -> Result<Reply, Failure> {
    with_secret(call, &find(call).await?).await
}

/// Returns the user that the path names, of the caller's account.
pub(super) async fn find(call: &Call) -> Result<Person, Failure> {
    let mut rows = call.engine.store.people(call.caller.user()?.account_id).await?.into_iter();
    let wanted = call.param("emailOrId");
    let found = match wanted.parse::<i64>() {
        Ok(id) => rows.find(|row| row.id == id),
        Err(_) => rows.find(|row| row.email.eq_ignore_ascii_case(wanted)),
    };
    found.ok_or_else(no_user)
}

pub(super) fn no_user() -> Failure {
    Failure::not_found(NO_USER)
}

/// Shows a user, with the secret if the call sends the user's password (spec P 4.2).
async fn with_secret(call: &Call, row: &Person) -> Result<Reply, Failure> {
    let mut view = user_view(row);
    let Some(password) = call.text_header("elements-user-password")? else { return Reply::json(&view) };
    if match_password(call, &row.email, &Secret::new(password)).await? != Some(row.id) {
        let ignored = "Elements-User-Password is not the user's password and was ignored";
        let warning = Warning::new(WarningCode::IgnoredParameter, ignored).about("Elements-User-Password");
        return Ok(Reply::json(&view)?.warn([warning]));
    }
    view.secret = call.engine.store.secret_of(row.id).await?.map(|secret| secret.expose().to_owned());
    Reply::json(&view)
}

pub(super) fn account_view(row: &AccountRow) -> Account<'_> {
    Account {
        id: row.id,
        name: &row.name,
        description: &row.name,
        active: row.active,
        company_id: row.organization_id,
        created_date: day(row.created_s),
        external_id: row.id.to_string(),
        default_account: row.is_default,
        kind: if row.is_default { "Default" } else { "CompanyAccount" },
    }
}

fn user_view(row: &Person) -> User<'_> {
    User {
        id: row.id,
        created_date: day(row.created_s),
        first_name: &row.first_name,
        last_name: &row.last_name,
        full_name: format!("{} {}", row.first_name, row.last_name).trim().to_owned(),
        email: &row.email,
        active: row.active,
        account_expired: false,
        account_locked: false,
        credentials_expired: false,
        account_non_expired: true,
        account_non_locked: true,
        credentials_non_expired: true,
        email_valid: true,
        enabled: row.active,
        last_login_date: row.last_login_s.map(day),
        secret: None,
    }
}

/// A view as conditions look at it.
fn json(view: impl Serialize) -> Value {
    serde_json::to_value(view).unwrap_or_default()
}

/// Formats the date of a time as `YYYY-MM-DD` (spec P 1.4).
fn day(seconds: i64) -> String {
    date_text(seconds).chars().take(10).collect()
}
