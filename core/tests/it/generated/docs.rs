//! Documentation comments of generated code, in lines that formatters accept.

/// Maximum length of a line.
const WIDTH: usize = 120;

/// Wraps a text into lines of at most `width` bytes.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().unwrap();
        if !line.is_empty() && line.len() + 1 + word.len() > width {
            lines.push(word.to_owned());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

/// Returns a comment of Swift.
pub fn slashes(indent: &str, text: &str) -> String {
    let lines = wrapped(text, WIDTH - indent.len() - 4);
    lines.iter().map(|line| format!("{indent}/// {line}\n")).collect()
}

/// Returns a comment of Kotlin and TypeScript, on one line if it fits.
pub fn stars(indent: &str, text: &str) -> String {
    if indent.len() + text.len() + 7 <= WIDTH {
        return format!("{indent}/** {text} */\n");
    }
    let lines = wrapped(text, WIDTH - indent.len() - 3);
    let lines: String = lines.iter().map(|line| format!("{indent} * {line}\n")).collect();
    format!("{indent}/**\n{lines}{indent} */\n")
}
