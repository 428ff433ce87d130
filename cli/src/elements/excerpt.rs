//! The line of a script at which it failed.

use elementkit::elements::definition::document::{caller_path, method_word};
use serde_json::Value;

/// Longest part of a line that is shown, in characters.
const WIDTH: usize = 100;

/// Place in a script of a definition, as errors name it (spec E 7.61).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'m> {
    /// `global`, or method and path of the resource.
    owner: &'m str,
    hook: &'m str,
    line: usize,
    column: usize,
}

impl<'m> Place<'m> {
    /// Reads a place out of an error message: `GET /things/preRequest:3:9: Error: …`.
    pub fn of(message: &'m str) -> Option<Self> {
        let (owner, hook, rest) = ["preRequest", "postRequest"].into_iter().find_map(|hook| {
            let at = message.find(&format!("/{hook}:"))?;
            let from = at + 1 + hook.len();
            Some((&message[..at], &message[at + 1..from], &message[from + 1..]))
        })?;
        let mut parts = rest.splitn(3, ':');
        let mut number = || parts.next()?.parse().ok();
        Some(Self { owner, hook, line: number()?, column: number()? })
    }

    /// Returns the line with a caret below the column, and a title. `None` if the definition has no such line, or
    /// several scripts that have one.
    pub fn excerpt(&self, key: &str, definition: &Value) -> Option<String> {
        let scripts = self.scripts(definition);
        let mut lines = scripts.iter().filter_map(|body| body.lines().nth(self.line.checked_sub(1)?));
        let (line, None) = (lines.next()?, lines.next()) else { return None };
        let title = format!("{key}, {}, {}, line {}, column {}:", self.owner, self.hook, self.line, self.column);
        let column = self.column.saturating_sub(1);
        let from = column.saturating_sub(WIDTH / 2);
        // A tab has the width of one character, so that the caret is at its place.
        let shown: String = line.chars().map(|c| if c == '\t' { ' ' } else { c }).skip(from).take(WIDTH).collect();
        Some(format!("{title}\n  {shown}\n  {}^", " ".repeat(column - from)))
    }

    fn scripts<'d>(&self, definition: &'d Value) -> Vec<&'d str> {
        let owners: Vec<&Value> = match self.owner.split_once(' ') {
            None => vec![definition],
            Some((method, path)) => {
                let named = |resource: &&Value| {
                    let text = |name: &str| resource[name].as_str().unwrap_or_default();
                    method_word(text("method")) == method && caller_path(text("path")) == caller_path(path)
                };
                definition["resources"].as_array().into_iter().flatten().filter(named).collect()
            }
        };
        let hooks = owners.into_iter().flat_map(|owner| owner["hooks"].as_array().into_iter().flatten());
        hooks.filter(|hook| hook["type"] == self.hook).filter_map(|hook| hook["body"].as_str()).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const MESSAGE: &str = "GET /things/{id}/preRequest:2:9: Error: at 5:6";

    #[test]
    fn errors_of_scripts_have_a_place() {
        let place = Place { owner: "GET /things/{id}", hook: "preRequest", line: 2, column: 9 };
        assert_eq!(Place::of(MESSAGE), Some(place));
        let global = Place { owner: "global", hook: "postRequest", line: 1, column: 1 };
        assert_eq!(Place::of("global/postRequest:1:1: TypeError: x"), Some(global));
        for other in ["Not Found", "GET /things/preRequest: too much memory", "a/preRequest:x:1: y", ""] {
            assert_eq!(Place::of(other), None, "{other}");
        }
    }

    #[test]
    fn the_line_is_shown_with_a_caret() {
        let hooks = json!([
            {"type": "postRequest", "body": "a;\nb;"},
            {"type": "preRequest", "body": "const a = 1;\n\tthrow  new Error(a);"}]);
        let definition =
            json!({"resources": [{"method": "get", "path": "/hubs/crm/things/{id} ", "hooks": hooks}], "hooks": hooks});
        let shown = Place::of(MESSAGE).unwrap().excerpt("desk", &definition).unwrap();
        let expected = "desk, GET /things/{id}, preRequest, line 2, column 9:\n   throw  new Error(a);\n          ^";
        assert_eq!(shown, expected);
        let far = json!({"hooks": [{"type": "preRequest", "body": format!("{}throw 1;{}", "x".repeat(9000), "y".repeat(9000))}]});
        let shown = Place::of("global/preRequest:1:9001: 1").unwrap().excerpt("desk", &far).unwrap();
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!((lines[1].len(), lines[2].find('^')), (102, lines[1].find("throw")));
        for missing in
            ["GET /other/preRequest:1:1: x", "GET /things/{id}/preRequest:9:1: x", "global/preRequest:0:0: x"]
        {
            assert_eq!(Place::of(missing).unwrap().excerpt("desk", &definition), None, "{missing}");
        }
        let twice = json!({"hooks": [{"type": "preRequest", "body": "a"}, {"type": "preRequest", "body": "b"}]});
        assert_eq!(Place::of("global/preRequest:1:1: x").unwrap().excerpt("desk", &twice), None);
    }
}
