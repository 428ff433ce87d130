//! Patterns with `%` for any run of characters (spec P 8.5, rule 4).

/// A compiled pattern; matching ignores case.
#[derive(Clone, Debug)]
pub(super) struct Like {
    /// Parts between the `%` in folded case.
    parts: Vec<String>,
}

impl Like {
    pub fn compile(pattern: &str) -> Self {
        let mut parts = vec![String::new()];
        let mut characters = pattern.chars().peekable();
        while let Some(character) = characters.next() {
            let last = parts.len() - 1;
            match character {
                '%' => parts.push(String::new()),
                '\\' if characters.peek() == Some(&'%') => {
                    characters.next();
                    parts[last].push('%');
                }
                other => parts[last].extend(folded(other)),
            }
        }
        Self { parts }
    }

    pub fn matches(&self, text: &str) -> bool {
        let text: String = match text.is_ascii() {
            true => text.to_ascii_lowercase(),
            false => text.chars().flat_map(folded).collect(),
        };
        let [first, rest @ ..] = self.parts.as_slice() else { return false };
        let Some((last, middle)) = rest.split_last() else { return text == *first };
        let Some(mut left) = text.strip_prefix(first.as_str()) else { return false };
        for part in middle {
            match left.find(part.as_str()) {
                Some(at) => left = &left[at + part.len()..],
                None => return false,
            }
        }
        left.ends_with(last.as_str())
    }
}

/// Folds the case of a character independently of its position: a final sigma equals any other.
fn folded(character: char) -> impl Iterator<Item = char> {
    character.to_lowercase().map(|lower| if lower == 'ς' { 'σ' } else { lower })
}

#[cfg(test)]
mod tests {
    use super::Like;

    #[test]
    fn percent_is_any_run_and_nothing_else_is_special() {
        for (pattern, text, wanted) in [
            ("%X.ORG", "a@x.org", true),
            ("A@x.org", "a@X.org", true),
            ("a_x.org", "a@x.org", false),
            ("a%", "a", true),
            ("%", "", true),
            ("", "", true),
            ("", "a", false),
            ("a%b%c", "a-b-b-c", true),
            ("a%a", "a", false),
            (r"100\%", "100%", true),
            (r"100\%", "100 percent", false),
            ("%b%", "abc", true),
            ("%οδος", "Η ΟΔΟΣ", true),
            ("ΟΔΟΣ%", "οδος", true),
            ("STRAẞE", "straße", true),
        ] {
            assert_eq!(Like::compile(pattern).matches(text), wanted, "{pattern} {text}");
        }
    }
}
