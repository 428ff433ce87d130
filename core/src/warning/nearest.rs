/// Returns the name that was probably meant: one that differs in letter case only, or by few letters for its length.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = name.to_lowercase();
    let length = wanted.chars().count();
    let distance = |known: &str| strsim::osa_distance(&wanted, &known.to_lowercase());
    let scored = known.into_iter().filter(|known| !known.is_empty()).map(|known| (distance(known), known));
    scored
        .filter(|(distance, _)| *distance <= (length / 3).clamp(1, 4))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn typing_errors_lead_to_the_name() {
        let known = ["id", "email", "lastUpdated", "firstName", "lastName", "channelId"];
        for (name, expected) in [
            ("emial", Some("email")),
            ("EMAIL", Some("email")),
            ("lastupdated", Some("lastUpdated")),
            ("last_updated", Some("lastUpdated")),
            ("firstNam", Some("firstName")),
            ("chanelid", Some("channelId")),
            ("nope", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(name, known), expected, "{name}");
        }
    }
}
