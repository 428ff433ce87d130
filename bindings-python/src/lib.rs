//! The native module of the Python package: the client of the core, dressed for Python. No logic.

mod error;
mod instance;
mod job;
mod pending;
mod platform;
mod runtime;

use pyo3::prelude::*;

/// `elementkit._native`; everything in it is private to the package.
#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<platform::NativePlatform>()?;
    module.add_class::<instance::NativeInstance>()?;
    module.add_class::<job::NativeJob>()?;
    module.add_class::<job::NativeStatuses>()?;
    module.add_class::<job::NativeStream>()?;
    module.add_class::<pending::Pending>()?;
    module.add_class::<pending::Started>()?;
    module.add_function(wrap_pyfunction!(platform::panic_for_test, module)?)?;
    Ok(())
}
