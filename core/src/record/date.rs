//! The vendor's two date forms (spec BT 1.4) and the wider ones of queries (spec P 8.4), all as whole seconds UTC.

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime};

const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

/// Reads a vendor date: `YYYY-MM-DDThh:mm:ssZ`, `YYYY-MM-DD`, a fraction (floored) or a numeric offset with a
/// colon. Anything else is `None`, which callers report as an unreadable date.
pub fn parse_vendor(text: &str) -> Option<i64> {
    parse_fixed(text.as_bytes()).or_else(|| parse_with(text, true))
}

/// Reads an ISO-8601 date or date-time as queries may write it: `T` or one blank between the parts, an optional
/// fraction (floored), and `Z`, `±HH:mm`, `±HHmm` or no zone at all, which is UTC.
pub fn parse_iso(text: &str) -> Option<i64> {
    parse_fixed(text.as_bytes()).or_else(|| parse_with(text, false))
}

/// Writes seconds since the epoch as `YYYY-MM-DDThh:mm:ssZ`, for the years 0 to 9999; clamps beyond them.
pub fn format_seconds(seconds: i64, out: &mut Vec<u8>) {
    const FIRST: i64 = -62_167_219_200;
    const LAST: i64 = 253_402_300_799;
    let civil = EPOCH.saturating_add(SignedDuration::from_secs(seconds.clamp(FIRST, LAST)));
    digits(i64::from(civil.year()), 4, out);
    for (separator, part) in [
        (b'-', civil.month()),
        (b'-', civil.day()),
        (b'T', civil.hour()),
        (b':', civil.minute()),
        (b':', civil.second()),
    ] {
        out.push(separator);
        digits(i64::from(part), 2, out);
    }
    out.push(b'Z');
}

fn digits(value: i64, width: u32, out: &mut Vec<u8>) {
    for place in (0..width).rev() {
        let digit = value / 10_i64.pow(place) % 10;
        out.push(b'0' + u8::try_from(digit).unwrap_or(0));
    }
}

/// The fixed-length forms, which are nearly all there are: no allocation, no general parser.
fn parse_fixed(text: &[u8]) -> Option<i64> {
    let date = match text.len() {
        10 => text,
        20 if text[10] == b'T' && text[13] == b':' && text[16] == b':' && text[19] == b'Z' => &text[..10],
        _ => return None,
    };
    if date[4] != b'-' || date[7] != b'-' {
        return None;
    }
    let date = Date::new(i16(&date[..4])?, i8(&date[5..7])?, i8(&date[8..])?).ok()?;
    let clock = if text.len() == 10 { &b"00:00:00"[..] } else { &text[11..19] };
    parse_clock(date, clock).map(seconds_of)
}

/// Counted on the civil calendar, since jiff's timestamps end a day before the year 9999 does.
fn seconds_of(civil: DateTime) -> i64 {
    civil.duration_since(EPOCH).as_secs()
}

fn i8(text: &[u8]) -> Option<i8> {
    number(text).and_then(|value| value.try_into().ok())
}

fn i16(text: &[u8]) -> Option<i16> {
    number(text).and_then(|value| value.try_into().ok())
}

fn number(text: &[u8]) -> Option<i64> {
    text.iter().try_fold(0, |value, byte| byte.is_ascii_digit().then(|| value * 10 + i64::from(byte - b'0')))
}

/// The forms with a fraction or an offset. `vendor` wants the zone and the `T`.
fn parse_with(text: &str, vendor: bool) -> Option<i64> {
    let date: Date = text.get(..10)?.parse().ok().filter(|_| text.as_bytes()[4] == b'-')?;
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
    parse_clock(date, without_fraction(clock)?.as_bytes()).map(|civil| seconds_of(civil) - offset)
}

/// The part before the fraction, which is floored away; `None` when what follows the point is no fraction.
fn without_fraction(clock: &str) -> Option<&str> {
    let Some((clock, fraction)) = clock.split_once('.') else { return Some(clock) };
    let valid = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    valid.then_some(clock)
}

fn parse_clock(date: Date, clock: &[u8]) -> Option<DateTime> {
    if clock.len() != 8 || clock[2] != b':' || clock[5] != b':' {
        return None;
    }
    let (hour, minute, second) = (i8(&clock[..2])?, i8(&clock[3..5])?, i8(&clock[6..])?);
    let valid = hour < 24 && minute < 60 && second < 60;
    valid.then(|| date.at(hour, minute, second, 0))
}

/// Seconds east of UTC.
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
    use super::*;

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
