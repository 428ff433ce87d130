//! A deferred call, which synchronous code makes and waits for, or asyncio starts.

use std::sync::Mutex;

use bytes::Bytes;
use elementkit::{Error, ErrorKind, RecordPage, Warning, host};
use futures::FutureExt;
use futures::future::BoxFuture;
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use tokio::task::AbortHandle;

use crate::arrow::NativeTable;
use crate::attach::{self, attach};
use crate::elements::NativeLoopback;
use crate::error::to_python;
use crate::instance::NativeInstance;
use crate::job::{NativeJob, NativePages, NativeStream};
use crate::platform::NativePlatform;
use crate::records::{self, Fill};
use crate::runtime::{self, Home};
use crate::sync::NativeSync;
use crate::upload::NativeFeed;
use crate::warned::Seen;
use crate::{log, waiting};

/// Result of a call.
pub enum Answer {
    None,
    Bytes(Bytes),
    /// JSON to decode.
    Json(Bytes),
    Number(u64),
    Text(String),
    Texts(Vec<String>),
    /// A page of records, and the members they are filled up to.
    Page(RecordPage, Fill),
    /// Status, request id, body.
    Response(u16, Option<String>, Bytes),
    /// A written record, if the vendor returned one, and the members it is filled up to.
    Written(Option<Bytes>, Fill),
    /// Headers, request id, warnings, body.
    Called(Vec<(String, String)>, Option<String>, Vec<Parts>, Bytes),
    Loopback(NativeLoopback),
    Platform(NativePlatform),
    Instance(NativeInstance),
    Job(NativeJob),
    Stream(NativeStream),
    Pages(NativePages),
    Table(NativeTable),
    Sync(NativeSync),
    Feed(NativeFeed),
}

impl Answer {
    /// Wraps a value of the core, which is converted to Python objects.
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
            Self::Page(page, fill) => {
                let records = records::decode(py, page.json(), &fill)?;
                (records, page.next_page_token(), page.total_count(), page.warning()).into_py_any(py)
            }
            Self::Response(status, request_id, body) => (status, request_id, bytes(&body)).into_py_any(py),
            Self::Written(None, _) => Ok(py.None()),
            Self::Written(Some(record), fill) => Ok(records::decode_one(py, &record, &fill)?.unbind()),
            Self::Called(headers, request_id, warnings, body) => {
                (headers, request_id, warnings, bytes(&body)).into_py_any(py)
            }
            Self::Loopback(callback) => callback.into_py_any(py),
            Self::Platform(platform) => platform.into_py_any(py),
            Self::Instance(instance) => instance.into_py_any(py),
            Self::Job(job) => job.into_py_any(py),
            Self::Stream(stream) => stream.into_py_any(py),
            Self::Pages(pages) => pages.into_py_any(py),
            Self::Table(table) => table.into_py_any(py),
            Self::Sync(sync) => sync.into_py_any(py),
            Self::Feed(feed) => feed.into_py_any(py),
        }
    }
}

/// Decodes JSON to Python objects in one pass.
fn decode<'py>(py: Python<'py>, body: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    let parse = jiter::PythonParse { cache_mode: jiter::StringCacheMode::Keys, ..Default::default() };
    parse.python_parse(py, body).map_err(|error| not_understood(py, &error.description(body)))
}

/// Returns the exception of a response that is not JSON.
pub fn not_understood(py: Python<'_>, why: &str) -> PyErr {
    to_python(py, &Error::new(ErrorKind::Decode, format!("the response could not be parsed: {why}")))
}

/// Code, message, field and suggestion of a warning.
pub type Parts = (&'static str, String, Option<String>, Option<String>);

pub fn parts(warning: Warning) -> Parts {
    (warning.code.as_str(), warning.message, warning.field, warning.suggestion)
}

type Outcome = Result<Answer, Error>;

/// A deferred call. It is made once, by `wait` or by `start`.
#[pyclass(frozen)]
pub struct Pending {
    call: Mutex<Option<Home<BoxFuture<'static, Outcome>>>>,
    seen: Seen,
}

impl Pending {
    /// Wraps a call; its panics become errors.
    pub fn new(call: impl Future<Output = Outcome> + Send + 'static) -> Self {
        let seen = Seen::default();
        let call = seen.clone().during(host::caught(call)).boxed();
        Self { call: Mutex::new(Some(Home::new(call))), seen }
    }

    fn take(&self, py: Python<'_>) -> PyResult<Home<BoxFuture<'static, Outcome>>> {
        let call = self.call.lock().ok().and_then(|mut call| call.take());
        call.ok_or_else(|| to_python(py, &Error::new(ErrorKind::Internal, "this call was already made")))
    }
}

#[pymethods]
impl Pending {
    /// Makes the call and waits for its result. Other threads run meanwhile; an exception, as of Ctrl-C, ends it.
    fn wait(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let mut call = self.take(py)?;
        into_python(py, waiting::wait_for(py, async move { call.get_mut()?.await })?)
    }

    /// Removes and returns the warnings of the call: code, message, field, suggestion.
    fn warnings(&self) -> Vec<Parts> {
        self.seen.take().into_iter().map(parts).collect()
    }

    /// Makes the call in the background and passes its result, or its exception, to `done(answer, exception)` on a
    /// thread of the library.
    fn start(&self, py: Python<'_>, done: Py<PyAny>) -> PyResult<Started> {
        if attach::is_closed() {
            return Err(to_python(py, &Error::new(ErrorKind::Closed, "the interpreter is shutting down")));
        }
        let mut call = self.take(py)?;
        let runtime = runtime::get().map_err(|error| to_python(py, &error))?;
        let task = runtime.spawn(async move {
            let outcome = async { call.get_mut()?.await }.await;
            // When the interpreter shuts down, nothing waits any more.
            attach(|py| {
                let settled = match log::deliver(py).and_then(|()| into_python(py, outcome)) {
                    Ok(answer) => done.call1(py, (answer, py.None())),
                    Err(error) => done.call1(py, (py.None(), error.into_value(py))),
                };
                // The loop may be closed by now; then nothing waits any more either.
                drop(settled);
            });
        });
        Ok(Started(Home::new(task.abort_handle())))
    }
}

fn into_python(py: Python<'_>, outcome: Outcome) -> PyResult<Py<PyAny>> {
    outcome.map_err(|error| to_python(py, &error))?.into_python(py)
}

/// A call that was started.
#[pyclass(frozen)]
pub struct Started(Home<AbortHandle>);

#[pymethods]
impl Started {
    /// Drops the call with its calls to the vendor. Has no effect on a call that has ended.
    fn cancel(&self) {
        if let Ok(task) = self.0.get() {
            task.abort();
        }
    }
}
