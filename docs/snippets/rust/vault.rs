//! Keeps the vault key outside of the folder of the database.

pub async fn run() -> Result<(), Box<dyn std::error::Error>> {
    // show
    use elementkit::{EmbeddedOptions, Error, ErrorKind, Platform, Result, VaultKey, VaultKeyProvider};
    use std::sync::Arc;

    /// Stores keys in a folder; use a secret manager instead.
    struct Keys;

    impl VaultKeyProvider for Keys {
        fn load(&self, name: &str) -> Result<Option<VaultKey>> {
            std::fs::read(format!("keys/{name}")).ok().map(|key| VaultKey::from_bytes(&key)).transpose()
        }

        fn store(&self, name: &str, key: &VaultKey) -> Result<()> {
            let written =
                std::fs::create_dir_all("keys").and_then(|()| std::fs::write(format!("keys/{name}"), key.expose()));
            written.map_err(|error| Error::new(ErrorKind::Storage, error.to_string()))
        }
    }

    let keys: Arc<dyn VaultKeyProvider> = Arc::new(Keys);
    let platform = Platform::embedded(EmbeddedOptions::new("sealed.db").vault_keys(keys)).await?;
    println!("{}", platform.instances().list().await?.len());

    // Or one key of your own.
    let key: Arc<dyn VaultKeyProvider> = Arc::new(VaultKey::generate()?);
    let platform = Platform::embedded(EmbeddedOptions::new("other.db").vault_keys(key)).await?;
    println!("{}", platform.instances().list().await?.len());
    // end
    Ok(())
}
