//! Converts errors of the core to the package's exceptions.

use elementkit::Error;
use pyo3::prelude::*;

/// Returns the exception of an error; `elementkit.errors` chooses its class by the kind.
pub fn to_python(py: Python<'_>, error: &Error) -> PyErr {
    match make(py, error) {
        Ok(exception) => PyErr::from_value(exception),
        Err(failure) => failure,
    }
}

fn make<'py>(py: Python<'py>, error: &Error) -> PyResult<Bound<'py, PyAny>> {
    let info = error.info();
    let module = py.import("elementkit.errors")?;
    module.getattr("_from_native")?.call1((
        info.kind.code(),
        info.message.as_str(),
        info.status,
        info.provider_message.as_deref(),
        info.request_id.as_deref(),
        info.hint.as_deref(),
        info.retry_after.map(|wait| wait.as_secs_f64()),
        info.retryable(),
        info.unreachable,
        info.failure.as_ref().map(|failure| (failure.kind.as_str(), failure.phase.as_str())),
    ))
}
