use std::fmt;

/// An anomaly in a page that did not prevent parsing (spec BT 1.12).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Kind of anomaly, for instance `duplicate-element`.
    pub code: &'static str,
    /// Path of the element, for instance `channel[0]/created`.
    pub path: String,
    /// The offending text, at most 200 characters.
    pub detail: String,
}

/// Path of the parser, converted to a string only for warnings.
#[derive(Clone, Copy)]
pub(super) struct Path<'p> {
    parent: Option<&'p Path<'p>>,
    name: &'p str,
    index: Option<usize>,
}

impl<'p> Path<'p> {
    pub fn record(name: &'p str, index: Option<usize>) -> Self {
        Self { parent: None, name, index }
    }

    /// Returns whether this is a record itself.
    pub fn is_record(&self) -> bool {
        self.parent.is_none()
    }

    /// Returns whether this is directly below a record.
    pub fn is_field(&self) -> bool {
        self.parent.is_some_and(Path::is_record)
    }

    pub fn child<'c>(&'c self, name: &'c str) -> Path<'c> {
        Path { parent: Some(self), name, index: None }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            write!(f, "{parent}/")?;
        }
        f.write_str(self.name)?;
        self.index.map_or(Ok(()), |index| write!(f, "[{index}]"))
    }
}

impl Warning {
    pub(super) fn new(code: &'static str, path: impl fmt::Display, detail: &str) -> Self {
        Self { code, path: path.to_string(), detail: detail.chars().take(200).collect() }
    }
}
