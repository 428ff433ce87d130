//! The vendor's two date forms (spec BT 1.4) and the wider ones of queries (spec P 8.4), all in whole seconds UTC.

/// Parses a vendor date: `YYYY-MM-DDThh:mm:ssZ`, `YYYY-MM-DD`, a fraction (floored) or a numeric offset with a colon.
/// Returns `None` for anything else, which callers report as an invalid date.
pub fn parse_vendor(text: &str) -> Option<i64> {
    parse_fixed(text.as_bytes()).or_else(|| parse_with(text, true))
}

/// Parses an ISO-8601 date or date-time of a query: `T` or one space between the parts, an optional fraction
/// (floored), and `Z`, `±HH:mm`, `±HHmm` or no zone, which means UTC.
pub fn parse_iso(text: &str) -> Option<i64> {
    parse_fixed(text.as_bytes()).or_else(|| parse_with(text, false))
}

/// Formats seconds since the epoch as `YYYY-MM-DDThh:mm:ssZ`, clamped to the years 0 to 9999.
pub fn format_seconds(seconds: i64, out: &mut Vec<u8>) {
    const FIRST: i64 = -62_167_219_200;
    const LAST: i64 = 253_402_300_799;
    let seconds = seconds.clamp(FIRST, LAST);
    let (year, month, day) = date_of(seconds.div_euclid(DAY_S));
    let clock = seconds.rem_euclid(DAY_S);
    let mut text = *b"0000-00-00T00:00:00Z";
    for (at, pair) in [
        (0, year / 100),
        (2, year % 100),
        (5, month),
        (8, day),
        (11, clock / 3600),
        (14, clock / 60 % 60),
        (17, clock % 60),
    ] {
        text[at] += (pair / 10) as u8;
        text[at + 1] += (pair % 10) as u8;
    }
    out.extend_from_slice(&text);
}

const DAY_S: i64 = 86_400;
/// Days in 400 years, after which the calendar repeats.
const ERA: i64 = 146_097;
/// Days from 0000-03-01, where the years of the two functions below begin, to 1970-01-01.
const EPOCH_DAY: i64 = 719_468;

/// Returns the days from the epoch to a date, by arithmetic alone (Howard Hinnant, "chrono-compatible low-level date
/// algorithms"), because a page has hundreds of dates (`bench micro`, step "a
/// page of XML to a batch"). A test compares it with jiff.
fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * ERA + year * 365 + year / 4 - year / 100 + day_of_year - EPOCH_DAY
}

/// Returns year, month and day of a number of days since the epoch.
fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + EPOCH_DAY;
    let (era, day) = (days.div_euclid(ERA), days.rem_euclid(ERA));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + i64::from(month <= 2), month, day)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Parses the fixed-length forms, which are by far the most frequent, without allocation.
fn parse_fixed(text: &[u8]) -> Option<i64> {
    let (date, clock) = match text.len() {
        10 => (text, 0),
        20 if text[10] == b'T' && text[19] == b'Z' => (&text[..10], clock_seconds(&text[11..19])?),
        _ => return None,
    };
    if date[4] != b'-' || date[7] != b'-' {
        return None;
    }
    let (year, month, day) = (number(&date[..4])?, number(&date[5..7])?, number(&date[8..])?);
    let valid = (1..=12).contains(&month) && day >= 1 && day <= days_in(year, month);
    valid.then(|| days_of(year, month, day) * DAY_S + clock)
}

/// Parses `hh:mm:ss` as seconds of the day.
fn clock_seconds(clock: &[u8]) -> Option<i64> {
    if clock.len() != 8 || clock[2] != b':' || clock[5] != b':' {
        return None;
    }
    let (hour, minute, second) = (number(&clock[..2])?, number(&clock[3..5])?, number(&clock[6..])?);
    let valid = hour < 24 && minute < 60 && second < 60;
    valid.then_some(hour * 3600 + minute * 60 + second)
}

fn number(text: &[u8]) -> Option<i64> {
    text.iter().try_fold(0, |value, byte| byte.is_ascii_digit().then(|| value * 10 + i64::from(byte - b'0')))
}

/// Parses the forms with a fraction or an offset. `vendor` requires the zone and the `T`.
fn parse_with(text: &str, vendor: bool) -> Option<i64> {
    let date = text.get(..10)?;
    let rest = match text.as_bytes().get(10) {
        Some(b'T') => &text[11..],
        Some(b' ') if !vendor => &text[11..],
        _ => return None,
    };
    let zone_at = rest.find(['Z', '+', '-']).unwrap_or(rest.len());
    let (clock, zone) = rest.split_at(zone_at);
    let offset = match zone {
        "" if vendor => return None,
        "" | "Z" => 0,
        _ => parse_offset(zone, vendor)?,
    };
    let clock = clock_seconds(without_fraction(clock)?.as_bytes())?;
    Some(parse_fixed(date.as_bytes())? + clock - offset)
}

/// Returns the part before the fraction, which is dropped. Returns `None` if the fraction is malformed.
fn without_fraction(clock: &str) -> Option<&str> {
    let Some((clock, fraction)) = clock.split_once('.') else { return Some(clock) };
    let valid = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    valid.then_some(clock)
}

/// Parses an offset as seconds east of UTC.
fn parse_offset(zone: &str, colon_needed: bool) -> Option<i64> {
    let (sign, body) = zone.split_at(1);
    let (hours, minutes) = match body.len() {
        5 if body.as_bytes()[2] == b':' => (&body[..2], &body[3..]),
        4 if !colon_needed && body.is_ascii() => body.split_at(2),
        _ => return None,
    };
    let (hours, minutes) = (number(hours.as_bytes())?, number(minutes.as_bytes())?);
    if hours > 23 || minutes > 59 {
        return None;
    }
    let seconds = hours * 3600 + minutes * 60;
    Some(if sign == "-" { -seconds } else { seconds })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_calendar_is_that_of_jiff(days in -719_528..=2_932_896_i64, second in 0..DAY_S) {
            let civil = date(1970, 1, 1).checked_add(jiff::Span::new().days(days)).unwrap();
            let expected = format!("{civil}T{:02}:{:02}:{:02}Z", second / 3600, second / 60 % 60, second % 60);
            prop_assert_eq!(text(days * DAY_S + second), expected.as_str());
            prop_assert_eq!(parse_vendor(&expected), Some(days * DAY_S + second));
        }

        #[test]
        fn days_that_do_not_exist_are_none(year in 0..=9999_i16, month in 0..=13_i8, day in 0..=32_i8) {
            let known = jiff::civil::Date::new(year, month, day).is_ok();
            prop_assert_eq!(parse_vendor(&format!("{year:04}-{month:02}-{day:02}")).is_some(), known);
        }
    }

    fn text(seconds: i64) -> String {
        let mut out = Vec::new();
        format_seconds(seconds, &mut out);
        String::from_utf8(out).unwrap_or_default()
    }

    #[test]
    fn the_fixed_forms_round_trip() {
        for form in [
            "2031-02-03T04:05:06Z",
            "1969-12-31T23:59:59Z",
            "2000-02-29T00:00:00Z",
            "0000-01-01T00:00:00Z",
            "9999-12-31T23:59:59Z",
        ] {
            assert_eq!(parse_vendor(form).map(text).as_deref(), Some(form));
        }
        assert_eq!(parse_vendor("2031-02-03").map(text).as_deref(), Some("2031-02-03T00:00:00Z"));
    }

    #[test]
    fn fractions_are_floored_and_offsets_converted() {
        assert_eq!(parse_vendor("2031-02-03T04:05:06.789Z").map(text).as_deref(), Some("2031-02-03T04:05:06Z"));
        assert_eq!(parse_vendor("2031-02-03T04:05:06+01:00").map(text).as_deref(), Some("2031-02-03T03:05:06Z"));
        assert_eq!(parse_iso("2031-02-03 04:05:06-0800").map(text).as_deref(), Some("2031-02-03T12:05:06Z"));
        assert_eq!(parse_iso("2031-02-03T04:05:06").map(text).as_deref(), Some("2031-02-03T04:05:06Z"));
    }

    #[test]
    fn what_is_no_date_is_none() {
        for bad in [
            "",
            "foo",
            "2031-02-30",
            "2031-13-01",
            "2031-02-03T24:00:00Z",
            "2031-02-03T04:05Z",
            "2031-02-03T04:05:06",
            "20310203",
            "2031-02-03 04:05:06Z",
            "２０３１-02-03",
            "2031-02-03T04:05:06+0100",
            "2031-02-03T04:05:06.Z",
        ] {
            assert_eq!(parse_vendor(bad), None, "{bad}");
        }
    }
}
