//! Vault keys that the application stores.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use elementkit::engine::{Engine, EngineOptions, maintenance};
use elementkit::{EmbeddedOptions, Error, ErrorKind, Platform, Result, VaultKey, VaultKeyProvider};

/// A key store of an application, with its failures.
#[derive(Clone, Default)]
struct Store {
    keys: Arc<Mutex<BTreeMap<String, VaultKey>>>,
    forgets: bool,
    locked: bool,
}

impl Store {
    fn names(&self) -> Vec<String> {
        self.keys.lock().unwrap().keys().cloned().collect()
    }
}

impl VaultKeyProvider for Store {
    fn load(&self, name: &str) -> Result<Option<VaultKey>> {
        if self.locked {
            return Err(Error::new(ErrorKind::Storage, "the device is locked").with_hint("Unlock it."));
        }
        Ok(self.keys.lock().unwrap().get(name).cloned())
    }

    fn store(&self, name: &str, key: &VaultKey) -> Result<()> {
        if !self.forgets {
            self.keys.lock().unwrap().insert(name.to_owned(), key.clone());
        }
        Ok(())
    }
}

/// A store with room for one key, whatever its name.
#[derive(Default)]
struct Slot(Mutex<Option<VaultKey>>);

impl VaultKeyProvider for Slot {
    fn load(&self, _: &str) -> Result<Option<VaultKey>> {
        Ok(self.0.lock().unwrap().clone())
    }

    fn store(&self, _: &str, key: &VaultKey) -> Result<()> {
        *self.0.lock().unwrap() = Some(key.clone());
        Ok(())
    }
}

fn kept_by(path: &Path, provider: impl VaultKeyProvider + 'static) -> EngineOptions {
    EngineOptions { vault_keys: Some(provider.into()), ..EngineOptions::new(path) }
}

/// Returns a value that only the holder of the key can read.
async fn secret(options: &EngineOptions) -> Result<String> {
    let engine = Engine::open(options.clone()).await?;
    let secrets = engine.local_credentials().await;
    engine.close().await;
    secrets.map(|(user, _)| user.expose().to_owned())
}

async fn refused(options: &EngineOptions) -> Error {
    secret(options).await.unwrap_err()
}

#[tokio::test]
async fn the_application_keeps_the_key_through_copies_and_rotations() {
    let folder = tempfile::tempdir().unwrap();
    let (path, store) = (folder.path().join("test.db"), Store::default());
    let options = kept_by(&path, store.clone());
    let known = secret(&options).await.unwrap();
    let first = store.names();
    assert_eq!(first.len(), 1);
    assert!(!folder.path().join("test.db.key").exists(), "the key is in no file");
    assert_eq!(secret(&kept_by(&path, store.clone())).await.unwrap(), known);

    let with_key = maintenance::backup(&options, &folder.path().join("with"), true).await.unwrap_err();
    assert!(with_key.message().contains(&first[0]), "{with_key}");
    maintenance::backup(&options, &folder.path().join("copy"), false).await.unwrap();

    maintenance::rotate_key(&options).await.unwrap();
    assert_eq!(store.names().len(), 2, "the key of older backups is kept");
    assert_eq!(secret(&options).await.unwrap(), known);
    store.keys.lock().unwrap().retain(|name, _| *name == first[0]);
    assert!(refused(&options).await.message().contains("is missing"), "the old key opens nothing");

    let restored = kept_by(&folder.path().join("restored.db"), store);
    maintenance::restore(&folder.path().join("copy"), &restored).await.unwrap();
    assert_eq!(secret(&restored).await.unwrap(), known);
}

#[tokio::test]
async fn a_missing_or_wrong_key_is_an_error_and_the_provider_gets_no_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.db");
    let store = Store::default();
    let known = secret(&kept_by(&path, store.clone())).await.unwrap();
    let name = store.names().remove(0);

    let empty = Store::default();
    let error = refused(&kept_by(&path, empty.clone())).await;
    assert_eq!(error.kind(), ErrorKind::Storage);
    assert!(error.message().contains("is missing") && error.message().contains(&name), "{error}");
    assert!(empty.names().is_empty());

    let error = refused(&EngineOptions::new(&path)).await;
    assert!(error.message().contains("the application stores it") && error.message().contains(&name), "{error}");
    assert!(!folder.path().join("test.db.key").exists());

    let wrong = Store::default();
    wrong.store(&name, &VaultKey::generate().unwrap()).unwrap();
    let error = refused(&kept_by(&path, wrong)).await;
    assert!(error.message().contains("is not the one of this database"), "{error}");

    let locked = Store { locked: true, ..store.clone() };
    let error = refused(&kept_by(&path, locked)).await;
    assert_eq!(error.message().split(" (").next(), Some("the vault key provider failed: the device is locked"));
    assert_eq!(error.info().hint.as_deref(), Some("Unlock it."));

    let both = EngineOptions { key_file: Some(folder.path().join("other.key")), ..kept_by(&path, store.clone()) };
    assert_eq!(refused(&both).await.kind(), ErrorKind::Config);
    assert_eq!(secret(&kept_by(&path, store)).await.unwrap(), known);
}

#[tokio::test]
async fn nothing_is_encrypted_with_a_key_that_the_provider_did_not_store() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.db");
    let forgetful = Store { forgets: true, ..Store::default() };
    let error = refused(&kept_by(&path, forgetful.clone())).await;
    assert!(error.kind() == ErrorKind::Config && error.message().contains("no key"), "{error}");

    // The next attempt creates the database; a rotation that cannot store its key changes nothing.
    let store = Store::default();
    let known = secret(&kept_by(&path, store.clone())).await.unwrap();
    let forgetful = Store { forgets: true, ..store.clone() };
    maintenance::rotate_key(&kept_by(&path, forgetful)).await.unwrap_err();
    assert_eq!(secret(&kept_by(&path, store)).await.unwrap(), known);

    // A store that ignores names would overwrite the key that still opens the database.
    let options = kept_by(&folder.path().join("slot.db"), Slot::default());
    let known = secret(&options).await.unwrap();
    let error = maintenance::rotate_key(&options).await.unwrap_err();
    assert!(error.message().contains("returned the current vault key"), "{error}");
    assert_eq!(secret(&options).await.unwrap(), known);
}

#[tokio::test]
async fn a_single_key_opens_its_database_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.db");
    let key = VaultKey::generate().unwrap();
    let known = secret(&kept_by(&path, key.clone())).await.unwrap();
    assert_eq!(secret(&kept_by(&path, key.clone())).await.unwrap(), known);
    let error = refused(&kept_by(&path, VaultKey::generate().unwrap())).await;
    assert_eq!(error.kind(), ErrorKind::Storage);
    assert!(error.message().contains("is not the one of this database"), "{error}");
    assert!(maintenance::rotate_key(&kept_by(&path, key.clone())).await.is_err());
    assert_eq!(secret(&kept_by(&path, key)).await.unwrap(), known);

    // It also opens a database that was created with the same key from a file.
    let path = folder.path().join("file.db");
    let known = secret(&EngineOptions::new(&path)).await.unwrap();
    let text = std::fs::read_to_string(folder.path().join("file.db.key")).unwrap();
    assert_eq!(secret(&kept_by(&path, VaultKey::from_base64(&text).unwrap())).await.unwrap(), known);
}

#[tokio::test]
async fn a_key_in_a_file_moves_to_the_application() {
    let folder = tempfile::tempdir().unwrap();
    let (path, file) = (folder.path().join("test.db"), folder.path().join("test.db.key"));
    let in_file = EngineOptions::new(&path);
    let known = secret(&in_file).await.unwrap();
    let store = Store::default();
    let error = refused(&kept_by(&path, store.clone())).await;
    assert!(error.info().hint.as_deref().is_some_and(|hint| hint.contains("into the provider")), "{error:?}");
    let forgetful = Store { forgets: true, ..Store::default() };
    maintenance::move_key(&in_file, forgetful).await.unwrap_err();
    assert_eq!(secret(&in_file).await.unwrap(), known);

    let old = std::fs::read(&file).unwrap();
    maintenance::move_key(&in_file, store.clone()).await.unwrap();
    assert!(!file.exists());
    assert_eq!(secret(&kept_by(&path, store)).await.unwrap(), known);
    std::fs::write(&file, old).unwrap();
    assert!(refused(&in_file).await.message().contains("the application stores it"));
}

#[tokio::test]
async fn a_second_opening_in_the_process_needs_the_key_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.db");
    let store = Store::default();
    let open = async |provider: Option<Store>| {
        let options = EmbeddedOptions::new(&path);
        Platform::embedded(provider.into_iter().fold(options, EmbeddedOptions::vault_keys)).await
    };
    let first = open(Some(store.clone())).await.unwrap();
    let without = open(None).await.map(drop).unwrap_err();
    assert_eq!(without.kind(), ErrorKind::Config);
    let wrong = Store::default();
    wrong.store(&store.names()[0], &VaultKey::generate().unwrap()).unwrap();
    let error = open(Some(wrong)).await.map(drop).unwrap_err();
    assert!(error.kind() == ErrorKind::Storage && error.message().contains("another key"), "{error}");
    open(Some(store)).await.unwrap().close().await;
    first.close().await;
}

#[tokio::test]
async fn an_empty_key_file_is_filled_and_another_one_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let options = EngineOptions::new(folder.path().join("test.db"));
    let file = folder.path().join("test.db.key");
    std::fs::write(&file, b"\xff not a key").unwrap();
    let error = refused(&options).await;
    assert!(error.message().ends_with("it does not hold 32 bytes in Base64"), "{error}");
    assert_eq!(std::fs::read(&file).unwrap(), b"\xff not a key");

    // A process that was killed while it created the database leaves an empty file.
    std::fs::write(&file, "").unwrap();
    let known = secret(&options).await.unwrap();
    assert_eq!(secret(&options).await.unwrap(), known);
    // A successor that was never written is none.
    std::fs::write(folder.path().join("test.db.key.new"), "").unwrap();
    assert_eq!(secret(&options).await.unwrap(), known);

    std::fs::write(&file, "").unwrap();
    let error = refused(&options).await;
    assert!(error.message().starts_with("the vault key of this database is missing: there is no key in"), "{error}");
    assert_eq!(std::fs::read(&file).unwrap(), b"");
}
