//! Decodes a page of records to Python objects. Records repeat their members and many of their values, so the objects
//! of names and values are cached and reused by later records; they are found by their bytes in the page.

use std::sync::Arc;

use jiter::{Jiter, JiterError, JsonError, Peek, PythonParse, StringCacheMode};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyList, PyString};

use crate::pending::not_understood;

/// Number of cached members; an object with more is not a record with fields.
const MEMBERS: usize = 64;

/// Number of cached values of a member. A power of two.
const VALUES: usize = 64;

/// Length of the longest cached value, in bytes.
const LONGEST: usize = 64;

/// Excess of cache misses over hits after which a member is not cached any more: ids, dates, addresses.
const PATIENCE: i32 = 16;

/// Members that every record has: those that a record lacks are `None`.
#[derive(Clone, Default)]
pub struct Fill(Arc<[String]>);

impl Fill {
    /// Returns the members that contain these columns, in order. A nested column (`a.b`, `a[*].b`) is in its root.
    pub fn new(columns: &[String]) -> Self {
        let mut members: Vec<String> = Vec::with_capacity(columns.len());
        for column in columns {
            let member = column.split(['.', '[']).next().unwrap_or_default();
            if !members.iter().any(|known| known == member) {
                members.push(member.to_owned());
            }
        }
        Self(members.into())
    }
}

/// Decodes the records of a page.
///
/// # Errors
/// The page is not JSON.
pub fn decode<'py>(py: Python<'py>, page: &[u8], fill: &Fill) -> PyResult<Bound<'py, PyAny>> {
    read(py, page, fill, Reader::records)
}

/// Decodes a single record.
///
/// # Errors
/// It is not JSON.
pub fn decode_one<'py>(py: Python<'py>, record: &[u8], fill: &Fill) -> PyResult<Bound<'py, PyAny>> {
    read(py, record, fill, Reader::only)
}

fn read<'py, 'p>(
    py: Python<'py>,
    json: &'p [u8],
    fill: &Fill,
    read: impl FnOnce(&mut Reader<'py, 'p>) -> Result<Bound<'py, PyAny>, Failed<'p>>,
) -> PyResult<Bound<'py, PyAny>> {
    let empty = PyDict::new(py);
    for member in &*fill.0 {
        empty.set_item(PyString::intern(py, member), py.None())?;
    }
    let mut reader = Reader { py, json: Jiter::new(json), members: Vec::new(), empty };
    read(&mut reader).map_err(|failed| match failed {
        Failed::Page(error) => not_understood(py, &error.description(&reader.json)),
        Failed::Value(error, value) => not_understood(py, &error.description(value)),
        Failed::Python(error) => error,
    })
}

enum Failed<'p> {
    Page(JiterError),
    Value(JsonError, &'p [u8]),
    Python(PyErr),
}

impl From<JiterError> for Failed<'_> {
    fn from(error: JiterError) -> Self {
        Self::Page(error)
    }
}

impl From<PyErr> for Failed<'_> {
    fn from(error: PyErr) -> Self {
        Self::Python(error)
    }
}

/// Cache of a member.
struct Member<'py, 'p> {
    name: Box<str>,
    key: Bound<'py, PyString>,
    values: Vec<Option<(&'p [u8], Bound<'py, PyAny>)>>,
    patience: i32,
}

struct Reader<'py, 'p> {
    py: Python<'py>,
    json: Jiter<'p>,
    members: Vec<Member<'py, 'p>>,
    /// A record before its values are set.
    empty: Bound<'py, PyDict>,
}

impl<'py, 'p> Reader<'py, 'p> {
    fn records(&mut self) -> Result<Bound<'py, PyAny>, Failed<'p>> {
        let mut records = Vec::new();
        let mut next = self.json.next_array()?;
        while let Some(peek) = next {
            records.push(self.record_or_value(peek)?);
            next = self.json.array_step()?;
        }
        self.json.finish()?;
        Ok(PyList::new(self.py, records)?.into_any())
    }

    fn only(&mut self) -> Result<Bound<'py, PyAny>, Failed<'p>> {
        let peek = self.json.peek()?;
        let record = self.record_or_value(peek)?;
        self.json.finish()?;
        Ok(record)
    }

    fn record_or_value(&mut self, peek: Peek) -> Result<Bound<'py, PyAny>, Failed<'p>> {
        if peek == Peek::Object { self.record() } else { self.value(peek) }
    }

    fn record(&mut self) -> Result<Bound<'py, PyAny>, Failed<'p>> {
        let record = self.empty.copy()?;
        let mut expected = 0;
        let mut name = self.json.known_object()?;
        while let Some(known) = name {
            match position(&mut self.members, expected, known, self.py) {
                Ok(position) => {
                    expected = position + 1;
                    let value = self.value_of(position)?;
                    record.set_item(&self.members[position].key, value)?;
                }
                Err(key) => {
                    let peek = self.json.peek()?;
                    record.set_item(key, self.value(peek)?)?;
                }
            }
            name = self.json.next_key()?;
        }
        Ok(record.into_any())
    }

    /// Returns the value of a member, new or cached.
    fn value_of(&mut self, position: usize) -> Result<Bound<'py, PyAny>, Failed<'p>> {
        let peek = self.json.peek()?;
        if peek != Peek::String || self.members[position].patience < 0 {
            return self.value(peek);
        }
        let text = self.skip(peek)?;
        let member = &mut self.members[position];
        if text.len() > LONGEST {
            return made(self.py, text);
        }
        if member.values.is_empty() {
            member.values.resize_with(VALUES, || None);
        }
        let place = &mut member.values[place(text)];
        if let Some((_, known)) = place.as_ref().filter(|(known, _)| *known == text) {
            member.patience += 1;
            return Ok(known.clone());
        }
        member.patience -= 1;
        let fresh = made(self.py, text)?;
        *place = Some((text, fresh.clone()));
        Ok(fresh)
    }

    fn value(&mut self, peek: Peek) -> Result<Bound<'py, PyAny>, Failed<'p>> {
        let py = self.py;
        Ok(match peek {
            Peek::String => PyString::new(py, self.json.known_str()?).into_any(),
            Peek::Null => {
                self.json.known_null()?;
                py.None().into_bound(py)
            }
            Peek::True | Peek::False => PyBool::new(py, self.json.known_bool(peek)?).to_owned().into_any(),
            Peek::Array | Peek::Object => made(py, self.skip(peek)?)?,
            _ => self.json.known_number(peek)?.into_pyobject(py)?.into_any(),
        })
    }

    /// Skips the next value and returns its bytes.
    fn skip(&mut self, peek: Peek) -> Result<&'p [u8], Failed<'p>> {
        let start = self.json.current_index();
        self.json.known_skip(peek)?;
        Ok(self.json.slice_to_current(start))
    }
}

fn made<'py, 'p>(py: Python<'py>, value: &'p [u8]) -> Result<Bound<'py, PyAny>, Failed<'p>> {
    let parse = PythonParse { cache_mode: StringCacheMode::Keys, ..PythonParse::default() };
    parse.python_parse(py, value).map_err(|error| Failed::Value(error, value))
}

/// Returns the position of a member, mostly after the last one. A new one is cached, unless there are too many.
fn position<'py>(
    members: &mut Vec<Member<'py, '_>>,
    expected: usize,
    name: &str,
    py: Python<'py>,
) -> Result<usize, Bound<'py, PyString>> {
    let is_it = |member: &Member<'_, '_>| *member.name == *name;
    let found = members.iter().skip(expected).position(is_it).map(|more| expected + more);
    if let Some(found) = found.or_else(|| members.iter().position(is_it)) {
        return Ok(found);
    }
    let key = PyString::intern(py, name);
    if members.len() == MEMBERS {
        return Err(key);
    }
    let position = expected.min(members.len());
    members.insert(position, Member { name: name.into(), key, values: Vec::new(), patience: PATIENCE });
    Ok(position)
}

/// Returns the cache slot of a value, by its length and some of its bytes.
fn place(value: &[u8]) -> usize {
    let sum = value.iter().rev().take(8).fold(value.len(), |sum, byte| sum.wrapping_mul(31) + usize::from(*byte));
    (sum ^ (sum >> 6)) % VALUES
}
