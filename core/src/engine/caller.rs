//! Authentication (spec P 2.3, 2.4): verifies the credentials of the header against the store.

use http::header::AUTHORIZATION;
use http::{HeaderMap, StatusCode};

use super::contract::Auth;
use super::failure::Failure;
use super::store::{InstanceRow, OrganizationRow, Store, UserRow};
use crate::auth::{Authorization, Secret};

/// The authenticated caller.
#[derive(Debug, Default)]
pub(crate) struct Caller {
    pub user: Option<UserRow>,
    pub organization: Option<OrganizationRow>,
    /// Instance of a valid Element token.
    pub instance: Option<InstanceRow>,
    /// Token of a session that has not ended.
    pub session: Option<Secret>,
}

impl Caller {
    /// Verifies the header against the requirement of the call.
    pub async fn authenticate(store: &Store, headers: &HeaderMap, need: Auth) -> Result<Self, Failure> {
        if need == Auth::Open {
            return Ok(Self::default());
        }
        let Some(header) = only(headers)? else {
            return if need == Auth::None { Ok(Self::default()) } else { Err(Failure::unauthorized()) };
        };
        let given = Authorization::parse(header).map_err(|_| Failure::unauthorized())?;
        if need == Auth::Session {
            return Self::of_session(store, given.bearer).await;
        }
        Self::of_pairs(store, &given, need).await.map_err(|failure| match absent(&given, need) {
            Some(hint) if failure.status == StatusCode::UNAUTHORIZED => failure.with_hint(hint),
            _ => failure,
        })
    }

    /// Verifies the pairs of a header.
    async fn of_pairs(store: &Store, given: &Authorization, need: Auth) -> Result<Self, Failure> {
        let user = match &given.user {
            Some(secret) => store.user_by_secret(secret).await?.ok_or_else(Failure::unauthorized)?,
            None => return Err(Failure::unauthorized()),
        };
        let organization = organization_of(store, &user, given.organization.as_ref()).await?;
        let instance = match need {
            // A superfluous pair is never an error (spec P 2.2); the response still names a matching instance.
            Auth::Organization => match instance_of(store, &user, given.element.as_ref()).await {
                Err(failure) if failure.status == StatusCode::UNAUTHORIZED => None,
                outcome => outcome?,
            },
            _ => instance_of(store, &user, given.element.as_ref()).await?,
        };
        let enough = match need {
            Auth::None | Auth::Open | Auth::Session => true,
            Auth::Organization => given.organization.is_some(),
            Auth::Either => given.organization.is_some() || instance.is_some(),
            Auth::Element | Auth::Resource => instance.is_some(),
        };
        if enough {
            Ok(Self { user: Some(user), organization, instance, session: None })
        } else {
            Err(Failure::unauthorized())
        }
    }

    async fn of_session(store: &Store, token: Option<Secret>) -> Result<Self, Failure> {
        let token = token.ok_or_else(Failure::unauthorized)?;
        let user = store.user_of_session(&token).await?.ok_or_else(Failure::unauthorized)?;
        Ok(Self { user: Some(user), session: Some(token), ..Self::default() })
    }

    /// Returns the session of the call. Only for routes that require one.
    pub fn session(&self) -> Result<&Secret, Failure> {
        self.session.as_ref().ok_or_else(Failure::unauthorized)
    }

    /// Returns the calling user. Only for routes that require one.
    pub fn user(&self) -> Result<&UserRow, Failure> {
        self.user.as_ref().ok_or_else(Failure::unauthorized)
    }
}

/// Returns which pair the call needs and the header does not have, whether or not the others are valid.
fn absent(given: &Authorization, need: Auth) -> Option<&'static str> {
    match need {
        _ if given.user.is_none() => Some("The header Authorization has no User secret."),
        Auth::Element | Auth::Resource if given.element.is_none() => {
            Some("This is a call of an instance: send its Element token too.")
        }
        Auth::Organization if given.organization.is_none() => Some("This call needs the Organization secret too."),
        _ => None,
    }
}

/// Returns the only `Authorization` header. Rejects different ones, because a proxy in front of this server may have
/// checked another one.
fn only(headers: &HeaderMap) -> Result<Option<&str>, Failure> {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    let Some(first) = all.next() else { return Ok(None) };
    if all.any(|other| other != first) {
        return Err(Failure::unauthorized());
    }
    first.to_str().map(Some).map_err(|_| Failure::unauthorized())
}

/// Verifies an organization secret, which must be that of the user's organization even if it is not required.
async fn organization_of(
    store: &Store,
    user: &UserRow,
    secret: Option<&Secret>,
) -> Result<Option<OrganizationRow>, Failure> {
    let Some(secret) = secret else { return Ok(None) };
    let found = store.organization_by_secret(secret).await?;
    let own = found.filter(|organization| organization.id == user.organization_id);
    own.map(Some).ok_or_else(Failure::unauthorized)
}

async fn instance_of(store: &Store, user: &UserRow, token: Option<&Secret>) -> Result<Option<InstanceRow>, Failure> {
    let Some(token) = token else { return Ok(None) };
    let found = store.instance_by_token(token).await?;
    let own = found.filter(|instance| instance.account_id == user.account_id);
    own.map(Some).ok_or_else(Failure::unauthorized)
}
