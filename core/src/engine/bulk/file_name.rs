//! Name of a result file (spec P 10.6): `"{yyyy-MM-dd HH:mm:ss}_MyFile"`. The date mask is filled in when the job has
//! ended.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Supported date masks.
const MASKS: [&str; 11] = [
    "yyyy-MM-dd'T'HH:mm:ssXXX",
    "yyyy-MM-dd'T'HH:mm:ss'Z'",
    "yyyy-MM-dd'T'HH:mm:ss.SXXX",
    "yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
    "yyyy-MM-dd'T'HH:mm:ss.SSSZ",
    "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'",
    "yyyy-MM-dd HH:mm:ss",
    "yyyy.MM.dd G 'at' HH:mm:ss z",
    "h:mm a",
    "yyyyy.MMMMM.dd GGG hh:mm aaa",
    "yyMMddHHmmssZ",
];

/// Checks a name. Returns the error message, or `None` if it is valid.
pub(crate) fn complaint(name: &str) -> Option<String> {
    if name.trim().is_empty() {
        return Some("fileName must not be blank".to_owned());
    }
    match parts(name) {
        None => Some("fileName has a brace without its partner".to_owned()),
        Some(parts) => parts.into_iter().find_map(|part| match part {
            Part::Mask(mask) if !MASKS.contains(&mask) => Some(format!("fileName has an unknown date mask: {mask}")),
            _ => None,
        }),
    }
}

/// Returns the name with its masks filled in, in UTC, and without characters that lead out of a folder.
pub(crate) fn filled(name: &str, at_ms: i64) -> String {
    let at = Timestamp::from_millisecond(at_ms).unwrap_or_default();
    let filled: String = parts(name)
        .unwrap_or_default()
        .into_iter()
        .map(|part| match part {
            Part::Text(text) => text.to_owned(),
            Part::Mask(mask) => date(mask, at),
        })
        .collect();
    filled.replace(['/', '\\', '"'], "_")
}

#[derive(Clone, Copy)]
enum Part<'a> {
    Text(&'a str),
    Mask(&'a str),
}

fn parts(name: &str) -> Option<Vec<Part<'_>>> {
    let (mut parts, mut rest) = (Vec::new(), name);
    while let Some((text, behind)) = rest.split_once('{') {
        let (mask, behind) = behind.split_once('}')?;
        parts.extend([Part::Text(text), Part::Mask(mask)]);
        rest = behind;
    }
    parts.push(Part::Text(rest));
    let stray = |part: &Part<'_>| matches!(part, Part::Text(text) if text.contains('}'));
    (!parts.iter().any(stray)).then_some(parts)
}

/// Formats a date by a mask of Java's `SimpleDateFormat`. Supports only the letters of the masks above.
fn date(mask: &str, at: Timestamp) -> String {
    let at = TimeZone::UTC.to_datetime(at);
    let (mut out, mut rest) = (String::new(), mask);
    while let Some(letter) = rest.chars().next() {
        if letter == '\'' {
            let (text, behind) = rest[1..].split_once('\'').unwrap_or((&rest[1..], ""));
            out.push_str(text);
            rest = behind;
            continue;
        }
        let count = rest.chars().take_while(|next| *next == letter).count();
        rest = &rest[letter.len_utf8() * count..];
        let hour = (i64::from(at.hour()) + 11) % 12 + 1;
        let padded = |number: i64| format!("{number:0count$}");
        out.push_str(&match (letter, count) {
            ('y', 2) => format!("{:02}", at.year() % 100),
            ('y', _) => padded(at.year().into()),
            ('M', 4..) => at.strftime("%B").to_string(),
            ('M', _) => padded(at.month().into()),
            ('d', _) => padded(at.day().into()),
            ('H', _) => padded(at.hour().into()),
            ('h', _) => padded(hour),
            ('m', _) => padded(at.minute().into()),
            ('s', _) => padded(at.second().into()),
            ('S', _) => padded(at.millisecond().into()),
            ('a', _) => if at.hour() < 12 { "AM" } else { "PM" }.to_owned(),
            ('G', _) => "AD".to_owned(),
            ('X', _) => "Z".to_owned(),
            ('Z', _) => "+0000".to_owned(),
            ('z', _) => "UTC".to_owned(),
            (other, _) => String::from(other).repeat(count),
        });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2024-05-02T00:08:05.007Z
    const AT_MS: i64 = 1_714_608_485_007;

    #[test]
    fn every_mask_is_filled() {
        let expected = [
            "2024-05-02T00:08:05Z",
            "2024-05-02T00:08:05Z",
            "2024-05-02T00:08:05.7Z",
            "2024-05-02T00:08:05.007Z",
            "2024-05-02T00:08:05.007+0000",
            "2024-05-02T00:08:05.007Z",
            "2024-05-02 00:08:05",
            "2024.05.02 AD at 00:08:05 UTC",
            "12:08 AM",
            "02024.May.02 AD 12:08 AM",
            "240502000805+0000",
        ];
        for (mask, expected) in MASKS.into_iter().zip(expected) {
            let name = format!("a_{{{mask}}}_b");
            assert_eq!(complaint(&name), None);
            assert_eq!(filled(&name, AT_MS), format!("a_{expected}_b"));
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for wrong in ["{yyyy}_x", "{}", "{yyyy-MM-dd HH:mm:ss", "a}b", " "] {
            assert!(complaint(wrong).is_some(), "{wrong}");
        }
        assert_eq!(filled("../a\"b", AT_MS), ".._a_b");
    }
}
