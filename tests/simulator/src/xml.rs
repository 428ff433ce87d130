//! XML in the vendor's format.

/// An XML document that is being written.
#[derive(Default)]
pub(crate) struct Xml(pub String);

impl Xml {
    /// Writes `<name>text</name>`, escaped.
    pub fn text(&mut self, name: &str, text: &str) {
        self.open(name);
        self.escaped(text, false);
        self.close(name);
    }

    pub fn number(&mut self, name: &str, number: u64) {
        self.text(name, &number.to_string());
    }

    pub fn date(&mut self, name: &str, seconds: i64) {
        self.text(name, &date(seconds));
    }

    pub fn flag(&mut self, name: &str, value: bool) {
        self.text(name, if value { "true" } else { "false" });
    }

    pub fn open(&mut self, name: &str) {
        self.raw("<").raw(name).raw(">");
    }

    /// Writes `<name id="…">`.
    pub fn open_id(&mut self, name: &str, id: u64) {
        self.raw("<").raw(name).raw(" id=\"").raw(&id.to_string()).raw("\">");
    }

    pub fn close(&mut self, name: &str) {
        self.raw("</").raw(name).raw(">");
    }

    /// Writes `<name id="…"/>`.
    pub fn reference(&mut self, name: &str, id: u64) {
        self.raw("<").raw(name).raw(" id=\"").raw(&id.to_string()).raw("\"/>");
    }

    /// Writes ` name="value"`, escaped.
    pub fn attribute(&mut self, name: &str, value: &str) {
        self.raw(" ").raw(name).raw("=\"");
        self.escaped(value, true);
        self.raw("\"");
    }

    pub fn raw(&mut self, text: &str) -> &mut Self {
        self.0.push_str(text);
        self
    }

    fn escaped(&mut self, text: &str, attribute: bool) {
        for char in text.chars() {
            match char {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' if attribute => self.0.push_str("&quot;"),
                char => self.0.push(char),
            }
        }
    }
}

/// Formats seconds since the epoch as the vendor's dates.
pub(crate) fn date(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map(|at| at.to_string()).unwrap_or_default()
}
