//! Steps of a traced call: scripts before and after the vendor's answer, and links of a chain.

use serde_json::{Map, Value};

use crate::exit::Outcome;
use crate::output;

/// Longest value that is shown, in characters; `--json` shows all.
const WIDTH: usize = 400;

/// Steps of one call of the vendor, around it.
pub struct Steps<'t> {
    pub before: Vec<&'t Value>,
    pub after: Vec<&'t Value>,
}

impl<'t> Steps<'t> {
    /// Returns the steps of an entry of `vendorRequests`.
    pub fn of(call: &'t Value) -> Self {
        let all = call["steps"].as_array().into_iter().flatten();
        let (after, before) = all.partition(|step| step["step"] == "postRequest");
        Self { before, after }
    }
}

/// Returns the errors of the scripts of a call.
pub fn errors(call: &Value) -> impl Iterator<Item = &str> {
    call["steps"].as_array().into_iter().flatten().filter_map(|step| step["error"].as_str())
}

/// Shows steps: what each script was given, what it changed, and what it wrote.
pub fn show(steps: &[&Value]) -> Outcome {
    steps.iter().try_for_each(|step| show_step(step))
}

fn show_step(step: &Value) -> Outcome {
    let text = |name: &str| step[name].as_str().unwrap_or_default();
    let millis = step["processTime"].as_u64().map(|millis| format!(" in {millis} ms")).unwrap_or_default();
    output::line(&format!("· {} {}{millis}", text("step"), text("script")).replace("  ", " "))?;
    for (label, name) in [("given", "given"), ("changed", "changes")] {
        let members = step[name].as_object().cloned().unwrap_or_else(Map::new);
        for (name, value) in &members {
            output::line(&format!("  {label} {name}: {}", cut(value)))?;
        }
    }
    for line in step["console"].as_array().into_iter().flatten() {
        // Further lines of a message are indented, so that they cannot pass for another step.
        output::line(&format!("  console: {}", cut(line).replace('\n', "\n    ")))?;
    }
    if let Some(remark) = step["remark"].as_str() {
        output::line(&format!("  remark: {remark}"))?;
    }
    match step["error"].as_str() {
        Some(error) => output::line(&format!("  failed: {}", error.replace('\n', "\n    "))),
        None => Ok(()),
    }
}

/// Returns a value as one text: a string as it is, everything else as JSON.
fn cut(value: &Value) -> String {
    let text = output::cell(Some(value));
    if text.chars().count() <= WIDTH {
        return text;
    }
    format!("{} …", text.chars().take(WIDTH).collect::<String>())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn steps_are_before_or_after_the_answer() {
        let call = json!({"steps": [
            {"step": "preRequest", "error": "a"}, {"step": "chain"}, {"step": "postRequest", "error": "b"}]});
        let steps = Steps::of(&call);
        assert_eq!((steps.before.len(), steps.after.len()), (2, 1));
        assert_eq!(errors(&call).collect::<Vec<_>>(), ["a", "b"]);
        let none = json!({});
        assert!(Steps::of(&none).before.is_empty() && errors(&none).next().is_none());
    }

    #[test]
    fn long_values_are_cut() {
        assert_eq!(cut(&json!({"a": 1})), r#"{"a":1}"#);
        assert_eq!(cut(&json!("é".repeat(401))), format!("{} …", "é".repeat(400)));
    }
}
