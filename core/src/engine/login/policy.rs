//! Password policy (spec P 11.3).

/// Returns the rule that a new password breaks. `names` are the first, last and user name, which it must not contain.
pub(crate) fn broken_rule(password: &str, names: &[&str]) -> Option<&'static str> {
    let has = |test: fn(char) -> bool| password.chars().any(test);
    let lower = password.to_lowercase();
    let rules = [
        (password.chars().count() >= 8, "The password must have at least 8 characters"),
        (password.len() <= super::LONGEST, "The password must have at most 1024 bytes"),
        (has(|char| char.is_ascii_digit()), "The password must contain a digit"),
        (has(char::is_uppercase), "The password must contain an upper-case letter"),
        (has(char::is_lowercase), "The password must contain a lower-case letter"),
        (has(|char| !char.is_alphanumeric()), "The password must contain a special character"),
        (
            !names.iter().any(|name| !name.trim().is_empty() && lower.contains(&name.trim().to_lowercase())),
            "The password must not contain the first name, last name or user name",
        ),
    ];
    rules.into_iter().find(|(kept, _)| !kept).map(|(_, rule)| rule)
}

#[cfg(test)]
mod tests {
    use super::broken_rule;

    #[test]
    fn each_rule_is_named() {
        let names = ["Dee", "", "dev@acme.example"];
        let broken = |password: &str| broken_rule(password, &names).unwrap_or_default().to_owned();
        assert_eq!(broken("Good-2-go"), "");
        assert!(broken("Go-2").contains("8 characters"));
        assert!(broken("Good-to-go").contains("digit"));
        assert!(broken("good-2-go").contains("upper-case"));
        assert!(broken("GOOD-2-GO").contains("lower-case"));
        assert!(broken("Good2goes").contains("special"));
        assert!(broken("Good-2-dee").contains("first name"));
        assert!(broken("X1-DEV@acme.example").contains("user name"));
        assert!(broken(&format!("Aa1-{}", "x".repeat(1024))).contains("1024"));
    }
}
