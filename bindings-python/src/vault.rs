//! Vault keys that the program stores.

use elementkit::{Error, ErrorKind, SharedVaultKeyProvider, VaultKey, VaultKeyProvider};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::attach::attach;
use crate::error::to_python;

/// Converts `keys` to a provider: the bytes of a single key, or an object with `load` and `store`.
pub fn provider(py: Python<'_>, keys: Py<PyAny>) -> PyResult<SharedVaultKeyProvider> {
    match keys.cast_bound::<PyBytes>(py) {
        Ok(key) => VaultKey::from_bytes(key.as_bytes()).map(Into::into).map_err(|error| to_python(py, &error)),
        Err(_) => Ok(Provider(keys).into()),
    }
}

struct Provider(Py<PyAny>);

impl Provider {
    /// Calls a method of the object on this thread.
    fn call<T>(&self, work: impl FnOnce(&Bound<'_, PyAny>) -> PyResult<T>) -> Result<T, Error> {
        let called = attach(|py| {
            work(self.0.bind(py)).map_err(|exception| Error::new(ErrorKind::Storage, exception.to_string()))
        });
        called.unwrap_or_else(|| Err(Error::new(ErrorKind::Closed, "the interpreter is shutting down")))
    }
}

impl VaultKeyProvider for Provider {
    fn load(&self, name: &str) -> Result<Option<VaultKey>, Error> {
        let key: Option<Vec<u8>> = self.call(|keys| keys.call_method1("load", (name,))?.extract())?;
        key.map(|key| VaultKey::from_bytes(&key)).transpose()
    }

    fn store(&self, name: &str, key: &VaultKey) -> Result<(), Error> {
        self.call(|keys| keys.call_method1("store", (name, PyBytes::new(keys.py(), key.expose()))).map(drop))
    }
}
