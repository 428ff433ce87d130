//! Paths and root keys, as the document writes them.

/// Returns a path of the caller without blanks at its ends and without `/hubs/{hub}` (spec E 1.38, E 2.27).
pub fn caller_path(written: &str) -> String {
    let path = written.trim();
    let path = path.strip_prefix('/').unwrap_or(path);
    let path = match path.strip_prefix("hubs/") {
        Some(rest) => rest.split_once('/').map_or("", |(_hub, path)| path),
        None => path,
    };
    format!("/{path}")
}

/// Splits a root key into its halves for request and response. Without a bar it is the response half; a blank half is
/// `None` (spec E 5.63).
pub fn split_root_key(key: &str) -> (Option<String>, Option<String>) {
    let half = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    match key.split_once('|') {
        Some((request, response)) => (half(request), half(response)),
        None => (None, half(key)),
    }
}
