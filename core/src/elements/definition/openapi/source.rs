//! Access to the parts of an OpenAPI document, of either version.

use serde_json::{Map, Value};

/// Most references that are followed one after the other.
const MOST_STEPS: usize = 16;

/// An OpenAPI document.
#[derive(Clone, Copy)]
pub struct Source<'d> {
    root: &'d Value,
    /// Whether it is Swagger 2.0.
    pub is_v2: bool,
}

/// A variable of the server's address: name, default and description.
pub type Variable = (String, Option<String>, String);

impl<'d> Source<'d> {
    /// Returns the source of a document. `None` if it is no OpenAPI document.
    pub fn new(root: &'d Value) -> Option<Self> {
        let version = |key: &str| root.get(key).map(|value| value.to_string().replace('"', ""));
        let is_v2 = version("swagger").is_some_and(|version| version.starts_with('2'));
        let is_v3 = version("openapi").is_some_and(|version| version.starts_with('3'));
        (is_v2 || is_v3).then_some(Self { root, is_v2 })
    }

    /// Returns the member at a JSON pointer.
    pub fn at(&self, pointer: &str) -> Option<&'d Value> {
        self.root.pointer(pointer)
    }

    /// Follows references within the document.
    pub fn resolve(&self, value: &'d Value) -> &'d Value {
        let mut at = value;
        for _ in 0..MOST_STEPS {
            let target = at.get("$ref").and_then(Value::as_str).and_then(|reference| self.target(reference));
            match target {
                Some(target) => at = target,
                None => return at,
            }
        }
        at
    }

    /// Returns the value that a reference names.
    pub fn target(&self, reference: &str) -> Option<&'d Value> {
        let pointer = percent_encoding::percent_decode_str(reference.strip_prefix('#')?).decode_utf8().ok()?;
        self.root.pointer(&pointer)
    }

    /// Returns the title, without blanks at the ends.
    pub fn title(&self) -> String {
        let title = self.at("/info/title").and_then(Value::as_str).map(str::trim).filter(|title| !title.is_empty());
        title.unwrap_or("Element").to_owned()
    }

    /// Returns the first line of the description.
    pub fn description(&self) -> Option<String> {
        let info = self.at("/info")?;
        ["summary", "description"].iter().find_map(|key| first_line(info.get(*key)?.as_str()?))
    }

    /// Returns the address of the server without a slash at its end, and its variables. `None` if the document has none,
    /// or only a relative one.
    pub fn server(&self) -> (Option<String>, Vec<Variable>) {
        let is_absolute = |address: &String| address.starts_with("http://") || address.starts_with("https://");
        if self.is_v2 {
            let text = |key: &str| self.root.get(key).and_then(Value::as_str);
            let schemes = self.root.get("schemes").and_then(Value::as_array);
            let mut schemes = schemes.into_iter().flatten().filter_map(Value::as_str);
            let scheme = if schemes.clone().any(|scheme| scheme == "https") {
                "https"
            } else {
                schemes.next().unwrap_or("https")
            };
            let address = text("host").map(|host| format!("{scheme}://{host}{}", text("basePath").unwrap_or_default()));
            return (address.map(|address| trimmed(&address)).filter(is_absolute), Vec::new());
        }
        let Some(server) = self.at("/servers/0") else { return (None, Vec::new()) };
        let address = server.get("url").and_then(Value::as_str).map(trimmed).filter(is_absolute);
        let variables = server.get("variables").and_then(Value::as_object).into_iter().flatten();
        let variable = |(name, variable): (&String, &Value)| {
            let text = |key: &str| variable.get(key).and_then(Value::as_str).map(str::to_owned);
            (name.clone(), text("default"), text("description").unwrap_or_default())
        };
        let is_used = |name: &String| address.as_ref().is_some_and(|address| address.contains(&format!("{{{name}}}")));
        let variables = variables.map(variable).filter(|(name, ..)| is_used(name)).collect();
        (address, variables)
    }

    /// Returns the paths in the order of the document.
    pub fn paths(&self) -> impl Iterator<Item = (&'d String, &'d Map<String, Value>)> + use<'d> {
        let source = *self;
        let paths = self.root.get("paths").and_then(Value::as_object).into_iter().flatten();
        paths.filter_map(move |(path, item)| Some((path, source.resolve(item).as_object()?)))
    }
}

fn trimmed(address: &str) -> String {
    address.trim().trim_end_matches('/').to_owned()
}

/// Returns the first line of a text, at most 200 characters.
pub fn first_line(text: &str) -> Option<String> {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty())?;
    Some(line.chars().take(200).collect())
}
