//! A call that is not made yet: made and waited for by synchronous code, or started for asyncio.

use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;
use elementkit::{Error, ErrorKind, RecordPage, host};
use futures::FutureExt;
use futures::future::BoxFuture;
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use tokio::task::AbortHandle;

use crate::arrow::NativeTable;
use crate::error::to_python;
use crate::instance::NativeInstance;
use crate::job::{NativeJob, NativePages, NativeStream};
use crate::platform::NativePlatform;
use crate::sync::NativeSync;
use crate::{log, records, runtime};

/// How often a waiting call looks for Ctrl-C.
const SIGNALS_EVERY: Duration = Duration::from_millis(50);

/// What a call answers.
pub enum Answer {
    None,
    Bytes(Bytes),
    /// To be decoded.
    Json(Bytes),
    Number(u64),
    Text(String),
    Texts(Vec<String>),
    Page(RecordPage),
    /// Status, request id, body.
    Response(u16, Option<String>, Bytes),
    Platform(NativePlatform),
    Instance(NativeInstance),
    Job(NativeJob),
    Stream(NativeStream),
    Pages(NativePages),
    Table(NativeTable),
    Sync(NativeSync),
}

impl Answer {
    /// A value of the core, as Python's own objects.
    pub fn json(value: &impl serde::Serialize) -> Result<Self, Error> {
        Ok(Self::Json(host::to_json(value)?.into()))
    }

    pub fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let bytes = |bytes: &Bytes| PyBytes::new(py, bytes);
        match self {
            Self::None => Ok(py.None()),
            Self::Bytes(body) => bytes(&body).into_py_any(py),
            Self::Number(number) => number.into_py_any(py),
            Self::Text(text) => text.into_py_any(py),
            Self::Texts(texts) => texts.into_py_any(py),
            Self::Json(body) => Ok(decode(py, &body)?.unbind()),
            Self::Page(page) => {
                let records = records::decode(py, page.json())?;
                (records, page.next_page_token(), page.total_count(), page.warning()).into_py_any(py)
            }
            Self::Response(status, request_id, body) => (status, request_id, bytes(&body)).into_py_any(py),
            Self::Platform(platform) => platform.into_py_any(py),
            Self::Instance(instance) => instance.into_py_any(py),
            Self::Job(job) => job.into_py_any(py),
            Self::Stream(stream) => stream.into_py_any(py),
            Self::Pages(pages) => pages.into_py_any(py),
            Self::Table(table) => table.into_py_any(py),
            Self::Sync(sync) => sync.into_py_any(py),
        }
    }
}

/// JSON as Python's own objects, made in one pass.
fn decode<'py>(py: Python<'py>, body: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    let parse = jiter::PythonParse { cache_mode: jiter::StringCacheMode::Keys, ..Default::default() };
    parse.python_parse(py, body).map_err(|error| not_understood(py, &error.description(body)))
}

/// An answer that is no JSON.
pub fn not_understood(py: Python<'_>, why: &str) -> PyErr {
    to_python(py, &Error::new(ErrorKind::Decode, format!("the answer could not be understood: {why}")))
}

type Outcome = Result<Answer, Error>;

/// A call that is not made yet. It is made once, by `wait` or by `start`.
#[pyclass(frozen)]
pub struct Pending(Mutex<Option<BoxFuture<'static, Outcome>>>);

impl Pending {
    /// A call whose panics become errors.
    pub fn new(call: impl Future<Output = Outcome> + Send + 'static) -> Self {
        Self(Mutex::new(Some(host::caught(call).boxed())))
    }

    fn take(&self, py: Python<'_>) -> PyResult<BoxFuture<'static, Outcome>> {
        let call = self.0.lock().ok().and_then(|mut call| call.take());
        call.ok_or_else(|| to_python(py, &Error::new(ErrorKind::Internal, "a call was made twice")))
    }
}

#[pymethods]
impl Pending {
    /// Makes the call and waits for its answer. Other threads run meanwhile; Ctrl-C ends the call.
    fn wait(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let mut call = self.take(py)?;
        let runtime = runtime::get().map_err(|error| to_python(py, &error))?;
        let outcome = loop {
            let step = py.detach(|| runtime.block_on(async { tokio::time::timeout(SIGNALS_EVERY, &mut call).await }));
            match step {
                Ok(outcome) => break outcome,
                Err(_) => {
                    log::deliver(py);
                    py.check_signals()?;
                }
            }
        };
        // What the call holds may need other threads to end.
        py.detach(|| drop(call));
        log::deliver(py);
        match outcome {
            Ok(answer) => answer.into_python(py),
            Err(error) => Err(to_python(py, &error)),
        }
    }

    /// Makes the call in the background and hands its answer, or its exception, to `done(answer, exception)` on a
    /// thread of the library.
    fn start(&self, py: Python<'_>, done: Py<PyAny>) -> PyResult<Started> {
        let call = self.take(py)?;
        let runtime = runtime::get().map_err(|error| to_python(py, &error))?;
        let task = runtime.spawn(async move {
            let outcome = call.await;
            Python::attach(|py| {
                log::deliver(py);
                let settled = match outcome.map(|answer| answer.into_python(py)) {
                    Ok(Ok(answer)) => done.call1(py, (answer, py.None())),
                    Ok(Err(error)) => done.call1(py, (py.None(), error.into_value(py))),
                    Err(error) => done.call1(py, (py.None(), to_python(py, &error).into_value(py))),
                };
                // The loop may be closed by now; then nobody waits any more.
                drop(settled);
            });
        });
        Ok(Started(task.abort_handle()))
    }
}

/// A call that was started.
#[pyclass(frozen)]
pub struct Started(AbortHandle);

#[pymethods]
impl Started {
    /// Drops the call with whatever it does at the vendor.
    fn cancel(&self) {
        self.0.abort();
    }
}
