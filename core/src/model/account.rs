//! Organizations, accounts, users, sessions, usage and failures, as the platform sends them (spec P 2.5, 3.1, 11, 12.1).

use schemars::JsonSchema;
use serde::Serialize;

/// A session.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Session<'a> {
    /// The session token, for the header `Authorization`.
    pub token: &'a str,
    /// The user name.
    pub username: &'a str,
    /// Time of its end.
    pub expires: String,
}

/// The secrets for the header `Authorization`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Secrets<'a> {
    /// Names the user.
    pub user_secret: &'a str,
    /// Names the organization.
    pub organization_secret: &'a str,
}

/// A secret that has taken the place of another one.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RotatedSecret<'a> {
    /// The secret.
    pub secret: &'a str,
    /// Time until which the one before is accepted; absent if it no longer is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub former_until: Option<String>,
}

/// An organization.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Organization<'a> {
    /// The organization.
    pub id: i64,
    /// Its name.
    pub name: &'a str,
    /// Its secret.
    pub secret: &'a str,
    /// The version of its object definitions, `v1` or `v2`.
    pub vdr_version: &'a str,
    /// Whether it is active.
    pub active: bool,
}

/// An account.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Account<'a> {
    /// The account.
    pub id: i64,
    /// Its name.
    pub name: &'a str,
    /// Description of the account.
    pub description: &'a str,
    /// Whether it is active.
    pub active: bool,
    /// The organization.
    pub company_id: i64,
    /// When it was created, `YYYY-MM-DD`.
    pub created_date: String,
    /// Its id elsewhere.
    pub external_id: String,
    /// Whether it is the default account of the organization.
    pub default_account: bool,
    /// `Default` or `CompanyAccount`.
    #[serde(rename = "type")]
    pub kind: &'a str,
}

/// A user.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct User<'a> {
    /// The user.
    pub id: i64,
    /// When it was created, `YYYY-MM-DD`.
    pub created_date: String,
    /// First name.
    pub first_name: &'a str,
    /// Last name.
    pub last_name: &'a str,
    /// Both names.
    pub full_name: String,
    /// E-mail address.
    pub email: &'a str,
    /// Whether the user may call.
    pub active: bool,
    /// Whether the account has expired.
    pub account_expired: bool,
    /// Whether the account is locked.
    pub account_locked: bool,
    /// Whether the credentials have expired.
    pub credentials_expired: bool,
    /// The opposite of `accountExpired`.
    pub account_non_expired: bool,
    /// The opposite of `accountLocked`.
    pub account_non_locked: bool,
    /// The opposite of `credentialsExpired`.
    pub credentials_non_expired: bool,
    /// Whether the e-mail address was checked.
    pub email_valid: bool,
    /// The same as `active`.
    pub enabled: bool,
    /// When the user last logged in, `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_login_date: Option<String>,
    /// The user's secret, where the call shows the password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

/// One call.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Usage<'a> {
    /// The call.
    pub traffic_id: String,
    /// Time of the call.
    pub traffic_date: String,
    /// Its request id.
    pub request_id: &'a str,
    /// Its path.
    pub request_uri: &'a str,
    /// Its verb.
    pub request_method: &'a str,
    /// The address it came from.
    pub request_ip: &'a str,
    /// `SUCCESS` or `FAILED`.
    pub request_status: &'a str,
    /// Its HTTP status.
    pub response_code: u16,
    /// Duration, in milliseconds.
    pub process_time: i64,
    /// Its verb and the template of its path.
    pub element_api: String,
    /// The caller.
    pub user_id: i64,
    /// The account of the user.
    pub account_id: i64,
    /// The organization.
    pub company_id: i64,
    /// The organization's id elsewhere.
    pub company_external_id: String,
    /// The organization's name.
    pub company_external_name: &'a str,
    /// The element, where the call names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub element_key: Option<&'a str>,
    /// The element's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub element_name: Option<&'a str>,
    /// The instance, where the call names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub element_instance_id: Option<i64>,
}

/// A failure.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Error<'a> {
    /// The call, to quote to support.
    pub request_id: &'a str,
    /// The message, which describes what went wrong.
    pub message: &'a str,
    /// The vendor's own text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider_message: Option<&'a str>,
    /// The kind of error, where the status alone would give another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<&'a str>,
    /// A hint about what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<&'a str>,
    /// The problems of a definition, in document order.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub details: &'a [String],
}
