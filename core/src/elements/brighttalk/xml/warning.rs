use std::fmt;

/// Something odd in a page that was read all the same (spec BT 1.12).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// What kind of oddity, for instance `duplicate-element`.
    pub code: &'static str,
    /// Where, for instance `channel[0]/created`.
    pub path: String,
    /// The offending text, at most 200 characters.
    pub detail: String,
}

/// Where the parser is; becomes text only when a warning needs it.
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

    /// Whether this is a record itself, nothing below it.
    pub fn is_record(&self) -> bool {
        self.parent.is_none()
    }

    /// Whether this is directly below a record.
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
