//! Logins of an instance that two stores share, as two processes do.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::FutureExt;
use tempfile::TempDir;

use super::*;
use crate::engine::options::EngineOptions;
use crate::engine::store::{InstanceRow, LoginAttempt, LoginTurn, NewInstance, Store, now_ms};
use crate::engine::tasks::Tasks;
use crate::vendor::{Changes, LiveConfiguration, Login, LoginError, VendorError, VendorErrorKind};

type Test<T = ()> = Result<T, Box<dyn std::error::Error>>;

const TOKEN: &str = "oauth.user.token";

/// An instance, and the configuration that each of two processes has of it.
struct World {
    stores: [Store; 2],
    live: [Arc<StoredConfiguration>; 2],
    id: i64,
    logins: Arc<AtomicUsize>,
    _folder: TempDir,
}

impl World {
    async fn new() -> Test<Self> {
        let folder = tempfile::tempdir()?;
        let mut options = EngineOptions::new(folder.path().join("test.db"));
        options.bootstrap.email = Some("a@b.example".to_owned());
        let first = Store::open(&options).await?;
        let second = Store::open(&options).await?;
        let (user, _) = first.first_credentials().await?.ok_or("no user")?;
        let user = first.user_by_secret(&user).await?.ok_or("no user")?;
        let row = first
            .create_instance(NewInstance {
                account_id: user.account_id,
                user_id: user.id,
                element_id: 184,
                defined: false,
                name: "one".to_owned(),
                tags: Vec::new(),
                configuration: [("key".to_owned(), "configured".to_owned())].into(),
                acquired: [(TOKEN.to_owned(), "token 0".to_owned())].into(),
            })
            .await?;
        let live = [&first, &second].map(|store| StoredConfiguration::new(store.clone(), Tasks::default(), &row));
        Ok(Self { stores: [first, second], live, id: row.id, logins: Arc::default(), _folder: folder })
    }

    async fn row(&self) -> Test<InstanceRow> {
        Ok(self.stores[1].any_instance(self.id).await?.ok_or("no instance")?)
    }

    /// Returns a login that takes a while and counts.
    fn login(&self, takes: Duration) -> Login {
        let logins = Arc::clone(&self.logins);
        Box::new(move |_| {
            async move {
                let number = logins.fetch_add(1, Ordering::SeqCst) + 1;
                tokio::time::sleep(takes).await;
                Ok(Changes::default().set(TOKEN, format!("token {number}")))
            }
            .boxed()
        })
    }

    fn attempt<'a>(&self, generation: i64, owner: &'a str, lasts_ms: i64) -> LoginAttempt<'a> {
        let now_ms = now_ms();
        LoginAttempt { instance_id: self.id, generation, owner, now_ms, until_ms: now_ms + lasts_ms }
    }
}

fn refused() -> Login {
    let error = VendorError::answered(VendorErrorKind::Unauthorized, 400, "invalid_grant: hush");
    Box::new(move |_| async move { Err(LoginError::Refused(error)) }.boxed())
}

const SHORT: Duration = Duration::from_millis(200);

#[tokio::test]
async fn one_login_serves_all_callers_in_all_processes() -> Test {
    let world = World::new().await?;
    let seen = world.live[0].current().generation();
    let renewals = (0..20).map(|number| world.live[number % 2].renew(seen, world.login(SHORT)));
    for outcome in futures::future::join_all(renewals).await {
        let values = outcome?;
        assert_eq!((values.get(TOKEN), values.get("key")), (Some("token 1"), Some("configured")));
        assert!(values.generation() > seen);
    }
    assert_eq!(world.logins.load(Ordering::SeqCst), 1);
    let row = world.row().await?;
    assert_eq!((row.login_generation, row.version), (1, 0));
    assert!(!row.configuration.contains_key(TOKEN), "acquired values are kept apart");
    Ok(())
}

#[tokio::test]
async fn a_dropped_caller_loses_no_token() -> Test {
    let world = World::new().await?;
    let seen = world.live[0].current().generation();
    let renewal = world.live[0].renew(seen, world.login(SHORT));
    assert!(tokio::time::timeout(SHORT / 4, renewal).await.is_err());
    let values = world.live[1].renew(seen, world.login(SHORT)).await?;
    assert_eq!(values.get(TOKEN), Some("token 1"));
    assert_eq!(world.logins.load(Ordering::SeqCst), 1);
    Ok(())
}

#[tokio::test]
async fn another_process_logs_in_when_the_lease_of_a_killed_one_ends() -> Test {
    let world = World::new().await?;
    let killed = world.attempt(0, "killed", 500);
    assert!(matches!(world.stores[0].begin_login(&killed).await?, LoginTurn::Taken(_)));
    let begun = std::time::Instant::now();
    let values = world.live[1].renew(Generation(0), world.login(Duration::ZERO)).await?;
    assert_eq!(values.get(TOKEN), Some("token 1"));
    assert!(begun.elapsed() >= Duration::from_millis(400), "{:?}", begun.elapsed());
    Ok(())
}

#[tokio::test]
async fn five_rejections_in_a_row_disable_the_instance() -> Test {
    let world = World::new().await?;
    for login in [refused(), refused(), refused(), refused(), world.login(Duration::ZERO)] {
        let seen = world.live[0].current().generation();
        let outcome = world.live[0].renew(seen, login).await;
        if let Err(error) = outcome {
            assert_eq!(error.message.as_deref(), Some("The authentication of the instance could not be refreshed"));
        }
    }
    assert!(!world.row().await?.disabled, "a success forgets rejections");
    for number in 1..=5 {
        assert!(!world.row().await?.disabled, "{number}");
        let seen = world.live[number % 2].current().generation();
        let outcome = world.live[number % 2].renew(Generation(1).max(seen), refused()).await;
        assert!(outcome.is_err());
    }
    assert!(world.row().await?.disabled);
    let error = world.live[0].renew(Generation(1), world.login(Duration::ZERO)).await.err().ok_or("logged in")?;
    assert_eq!(error.message.as_deref(), Some("The element instance is disabled"));
    assert_eq!(world.logins.load(Ordering::SeqCst), 1);
    // Enabling starts over.
    world.stores[0].set_disabled(world.id, false).await?;
    assert!(world.live[0].renew(Generation(1), refused()).await.is_err());
    assert!(!world.row().await?.disabled);
    assert!(world.live[0].renew(Generation(1), world.login(Duration::ZERO)).await.is_ok());
    Ok(())
}

#[tokio::test]
async fn an_outage_is_no_rejection() -> Test {
    let world = World::new().await?;
    for _ in 0..6 {
        let error = VendorError::answered(VendorErrorKind::Unavailable, 503, "HTTP 503");
        let login: Login = Box::new(move |_| async move { Err(LoginError::Failed(error)) }.boxed());
        let outcome = world.live[0].renew(Generation(0), login).await;
        assert_eq!(outcome.err().map(|error| error.kind), Some(VendorErrorKind::Unavailable));
    }
    assert!(!world.row().await?.disabled);
    Ok(())
}

#[tokio::test]
async fn a_change_during_a_login_keeps_both() -> Test {
    let world = World::new().await?;
    let renewal = world.live[0].renew(Generation(0), world.login(SHORT));
    let change = async {
        tokio::time::sleep(SHORT / 4).await;
        let mut changed = world.row().await?;
        changed.configuration.insert("key".to_owned(), "changed".to_owned());
        Ok::<_, Box<dyn std::error::Error>>(world.stores[1].update_instance(&changed, true, None).await?)
    };
    let (renewed, changed) = futures::join!(renewal, change);
    assert!(changed?);
    let values = renewed?;
    assert_eq!((values.get(TOKEN), values.get("key")), (Some("token 1"), Some("changed")));
    Ok(())
}

#[tokio::test]
async fn a_user_who_grants_access_again_supersedes_a_running_refresh() -> Test {
    let world = World::new().await?;
    let renewal = world.live[0].renew(Generation(0), world.login(SHORT));
    let change = async {
        tokio::time::sleep(SHORT / 4).await;
        let acquired = [(TOKEN.to_owned(), "granted again".to_owned())].into();
        let row = world.row().await?;
        Ok::<_, Box<dyn std::error::Error>>(world.stores[1].update_instance(&row, true, Some(&acquired)).await?)
    };
    let (renewed, changed) = futures::join!(renewal, change);
    assert!(changed?);
    assert_eq!(renewed?.get(TOKEN), Some("granted again"));
    assert_eq!(world.row().await?.login_generation, 1);
    Ok(())
}

#[tokio::test]
async fn written_values_survive_a_login() -> Test {
    let world = World::new().await?;
    let renewal = world.live[0].renew(Generation(0), world.login(SHORT));
    let write = async {
        tokio::time::sleep(SHORT / 4).await;
        world.live[1].write(Changes::default().set("session.key", "s")).await
    };
    let (renewed, written) = futures::join!(renewal, write);
    assert_eq!(written?.generation(), Generation(0));
    let values = renewed?;
    assert_eq!((values.get(TOKEN), values.get("session.key")), (Some("token 1"), Some("s")));
    Ok(())
}

#[tokio::test]
async fn a_draft_of_a_stored_instance_logs_in_through_it() -> Test {
    let world = World::new().await?;
    let mut changed = world.row().await?;
    changed.configuration.insert("key".to_owned(), "changed".to_owned());
    let draft = Draft::of_changed(&changed, Arc::clone(&world.live[0]));
    let login: Login = Box::new(|newest| {
        async move { Ok(Changes::default().set(TOKEN, format!("token of {}", newest.get("key").unwrap_or_default()))) }
            .boxed()
    });
    let values = draft.renew(Generation(0), login).await?;
    assert_eq!((values.get(TOKEN), values.get("key")), (Some("token of changed"), Some("changed")));
    assert_eq!(world.live[0].current().get("key"), Some("configured"));
    assert_eq!(world.row().await?.acquired.get(TOKEN).map(String::as_str), Some("token of changed"));
    assert!(draft.acquired().is_none(), "the tokens are stored already");
    // Wrong new values do not disable the instance.
    for _ in 0..6 {
        assert!(draft.renew(Generation(1), refused()).await.is_err());
    }
    assert!(!world.row().await?.disabled);
    Ok(())
}

#[tokio::test]
async fn verifiers_serve_once() -> Test {
    let world = World::new().await?;
    let store = &world.stores[0];
    let (user, _) = store.first_credentials().await?.ok_or("no user")?;
    let organization = store.user_by_secret(&user).await?.map(|user| user.account_id).ok_or("no user")?;
    let organization = store.organization_of(world.id).await?.unwrap_or(organization);
    store.keep_verifier(organization, 184, "state", &"hush".into()).await?;
    let taken = async |element_id: i64, state: &'static str| store.take_verifier(organization, element_id, state).await;
    assert_eq!(taken(1, "state").await?, None);
    assert_eq!(taken(184, "other").await?, None);
    assert_eq!(taken(184, "state").await?, Some("hush".into()));
    assert_eq!(taken(184, "state").await?, None);
    Ok(())
}
