//! The native module of the Python package: a wrapper of the core's client without logic.

mod arrow;
mod attach;
mod elements;
mod error;
mod instance;
mod job;
mod lists;
mod log;
mod pending;
mod platform;
mod records;
mod runtime;
mod shapes;
mod sync;
mod upload;
mod vault;
mod waiting;
mod warned;

use pyo3::prelude::*;

/// `elementkit._native`; everything in it is private to the package.
#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<platform::NativePlatform>()?;
    module.add_class::<elements::NativeElements>()?;
    module.add_class::<elements::NativeLoopback>()?;
    module.add_class::<instance::NativeInstance>()?;
    module.add_class::<lists::NativeRecords>()?;
    module.add_class::<job::NativeJob>()?;
    module.add_class::<job::NativeStatuses>()?;
    module.add_class::<job::NativeStream>()?;
    module.add_class::<job::NativeErrors>()?;
    module.add_class::<job::NativePages>()?;
    module.add_class::<arrow::NativeTable>()?;
    module.add_class::<sync::NativeSync>()?;
    module.add_class::<upload::NativeFeed>()?;
    module.add_class::<shapes::NativeDefinitions>()?;
    module.add_class::<shapes::NativeTransformations>()?;
    module.add_class::<shapes::NativeCommonResources>()?;
    module.add_class::<pending::Pending>()?;
    module.add_class::<pending::Started>()?;
    module.add("ERROR_CODES", elementkit::ErrorKind::ALL.iter().map(|kind| kind.code()).collect::<Vec<_>>())?;
    module.add_function(wrap_pyfunction!(run_command, module)?)?;
    module.add_function(wrap_pyfunction!(verify_webhook, module)?)?;
    module.add_function(wrap_pyfunction!(ceql_field, module)?)?;
    module.add_function(wrap_pyfunction!(ceql_text, module)?)?;
    module.add_function(wrap_pyfunction!(elements::check_definition, module)?)?;
    module.add_function(wrap_pyfunction!(elements::read_definition, module)?)?;
    module.add_function(wrap_pyfunction!(elements::oauth_code, module)?)?;
    module.add_function(wrap_pyfunction!(platform::panic_for_test, module)?)?;
    attach::close_at_exit(module)
}

/// Runs the `elementkit` command; the first argument is its name. Returns the exit code.
#[pyfunction]
fn run_command(py: Python<'_>, arguments: Vec<std::ffi::OsString>) -> u8 {
    py.detach(|| elementkit_cli::run_command(arguments))
}

/// Returns whether a callback was signed with this key.
#[pyfunction]
fn verify_webhook(key: &str, body: &[u8], signature: Option<&str>) -> bool {
    elementkit::webhook::verify(key, body, signature)
}

/// Quotes a field name for CEQL.
#[pyfunction]
fn ceql_field(name: String) -> String {
    elementkit::query::field(name).to_string()
}

/// Quotes a string for CEQL.
#[pyfunction]
fn ceql_text(text: String) -> String {
    elementkit::query::Literal { text, quoted: true }.to_string()
}
