//! Keyring of the operating system: the Secret Service on Linux, the keychain on macOS, the Credential Manager on
//! Windows; or the store that the program set for `keyring-core`.
//!
//! A call may take arbitrarily long: it may wait for a service that hangs, or for a user to type a password. Calls
//! therefore run on a separate thread and time out after two seconds.

use super::seal::Key;
use crate::error::{Error, ErrorKind, Result};

const WITHOUT: &str = "Or do not use the keyring: the key is then stored in a file or taken from ELEMENTKIT_VAULT_KEY.";

/// Returns the key in an entry, if the entry exists.
pub(super) fn read(entry: &str) -> Result<Option<Key>> {
    let Some(text) = asked::read(entry)? else { return Ok(None) };
    let wrong = || failed(&format!("the entry {entry} does not hold 32 bytes in Base64"));
    super::master::decode(&text).map(Some).ok_or_else(wrong)
}

/// Creates an entry that holds a key.
pub(super) fn write(entry: &str, key: &Key) -> Result<()> {
    asked::write(entry, super::master::encode(key))
}

/// Removes an entry, if it exists.
pub(super) fn remove(entry: &str) -> Result<()> {
    asked::remove(entry)
}

fn failed(why: &str) -> Error {
    Error::new(ErrorKind::Storage, format!("the keyring of the operating system cannot be used: {why}"))
        .with_hint(format!("Start or unlock it and try again. {WITHOUT}"))
}

#[cfg(not(feature = "keyring"))]
mod asked {
    use zeroize::Zeroizing;

    use super::{Error, ErrorKind, Result, WITHOUT};

    pub fn read(_: &str) -> Result<Option<Zeroizing<String>>> {
        Err(unsupported())
    }

    pub fn write(_: &str, _: Zeroizing<String>) -> Result<()> {
        Err(unsupported())
    }

    pub fn remove(_: &str) -> Result<()> {
        Err(unsupported())
    }

    fn unsupported() -> Error {
        Error::new(ErrorKind::Unsupported, "this build cannot use the keyring of the operating system")
            .with_hint(format!("Use the elementkit command with all features. {WITHOUT}"))
    }
}

#[cfg(feature = "keyring")]
mod asked {
    use std::sync::mpsc;
    use std::time::Duration;

    use keyring_core::{Entry, Error as Cause};
    use zeroize::Zeroizing;

    use super::{Result, failed};

    const SERVICE: &str = "elementkit";
    const PATIENCE: Duration = Duration::from_secs(2);

    pub fn read(entry: &str) -> Result<Option<Zeroizing<String>>> {
        in_time(entry, |entry| match entry.get_password() {
            Ok(text) => Ok(Some(Zeroizing::new(text))),
            Err(Cause::NoEntry) => Ok(None),
            Err(cause) => Err(cause),
        })
    }

    pub fn write(entry: &str, text: Zeroizing<String>) -> Result<()> {
        in_time(entry, move |entry| entry.set_password(&text))
    }

    pub fn remove(entry: &str) -> Result<()> {
        in_time(entry, |entry| match entry.delete_credential() {
            Err(Cause::NoEntry) => Ok(()),
            outcome => outcome,
        })
    }

    /// Runs a call with the time limit; a late result is discarded.
    fn in_time<T: Send + 'static>(
        name: &str,
        ask: impl FnOnce(Entry) -> keyring_core::Result<T> + Send + 'static,
    ) -> Result<T> {
        let (sender, receiver) = mpsc::channel();
        let name = name.to_owned();
        let asking = move || {
            // Errors may contain the data that was read, so only their messages leave the thread.
            let outcome = entry(&name).and_then(ask).map_err(|cause| cause.to_string());
            let _ = sender.send(outcome);
        };
        let thread = std::thread::Builder::new().name("elementkit-keyring".to_owned()).spawn(asking);
        thread.map_err(|error| failed(&error.to_string()))?;
        match receiver.recv_timeout(PATIENCE) {
            Ok(outcome) => outcome.map_err(|cause| failed(&cause)),
            Err(mpsc::RecvTimeoutError::Timeout) => Err(failed("it did not respond within two seconds")),
            Err(mpsc::RecvTimeoutError::Disconnected) => Err(failed("it failed without a reason")),
        }
    }

    fn entry(name: &str) -> keyring_core::Result<Entry> {
        if keyring_core::get_default_store().is_none() {
            set_default_store()?;
        }
        Entry::new(SERVICE, name)
    }

    #[cfg(any(target_os = "linux", target_os = "macos", windows))]
    fn set_default_store() -> keyring_core::Result<()> {
        #[cfg(target_os = "macos")]
        use apple_native_keyring_store::keychain as native;
        #[cfg(windows)]
        use windows_native_keyring_store as native;
        #[cfg(target_os = "linux")]
        use zbus_secret_service_keyring_store as native;
        keyring_core::set_default_store(native::Store::new()?);
        Ok(())
    }

    #[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
    fn set_default_store() -> keyring_core::Result<()> {
        Err(Cause::NotSupportedByStore("this system has no supported keyring".to_owned()))
    }
}
