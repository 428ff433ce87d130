//! Date masks with the letters of Java's `SimpleDateFormat` (spec P 9.13), always UTC.

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, Weekday};

const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// Parsed mask.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mask(Vec<Part>);

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Literal(String),
    /// A letter, and the number of its repetitions.
    Field(char, usize),
}

impl Mask {
    /// Parses a mask. Returns `None` if it has an unknown letter.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts: Vec<Part> = Vec::new();
        let mut rest = text;
        while let Some(next) = rest.chars().next() {
            if next == '\'' {
                let (literal, after) = quoted(&rest[1..])?;
                push_literal(&mut parts, &literal);
                rest = after;
            } else if next.is_ascii_alphabetic() {
                let width = rest.chars().take_while(|other| *other == next).count();
                if !"yMdHhmsSaZXzEG".contains(next) {
                    return None;
                }
                parts.push(Part::Field(next, width));
                rest = &rest[width..];
            } else {
                push_literal(&mut parts, next.encode_utf8(&mut [0; 4]));
                rest = &rest[next.len_utf8()..];
            }
        }
        Some(Self(parts))
    }

    /// Formats milliseconds since the epoch.
    pub fn format(&self, millis: i64) -> String {
        let mut out = Vec::new();
        self.write(millis, &mut out);
        String::from_utf8(out).unwrap_or_default()
    }

    /// Appends the formatted milliseconds.
    pub fn write(&self, millis: i64, out: &mut Vec<u8>) {
        let moment = civil(millis);
        for part in &self.0 {
            match part {
                Part::Literal(text) => out.extend_from_slice(text.as_bytes()),
                Part::Field(letter, width) => write_field(*letter, *width, moment, out),
            }
        }
    }

    /// Parses a date of this mask to milliseconds since the epoch.
    pub fn read(&self, text: &str) -> Option<i64> {
        let mut reader = Reader { rest: text, ..Reader::default() };
        for (at, part) in self.0.iter().enumerate() {
            match part {
                Part::Literal(literal) => reader.rest = reader.rest.strip_prefix(literal.as_str())?,
                Part::Field(letter, width) => {
                    // Adjacent numbers are separated only by their widths.
                    let tight =
                        matches!(self.0.get(at + 1), Some(Part::Field(next, width)) if is_number(*next, *width));
                    reader.field(*letter, *width, tight)?;
                }
            }
        }
        if reader.rest.is_empty() { reader.moment() } else { None }
    }
}

/// Returns the text up to the closing quote; two quotes mean one.
fn quoted(text: &str) -> Option<(String, &str)> {
    if let Some(rest) = text.strip_prefix('\'') {
        return Some(("'".to_owned(), rest));
    }
    let mut literal = String::new();
    let mut rest = text;
    loop {
        let (part, after) = rest.split_once('\'')?;
        literal.push_str(part);
        match after.strip_prefix('\'') {
            Some(more) => {
                literal.push('\'');
                rest = more;
            }
            None => return Some((literal, after)),
        }
    }
}

fn push_literal(parts: &mut Vec<Part>, text: &str) {
    match parts.last_mut() {
        Some(Part::Literal(last)) => last.push_str(text),
        _ => parts.push(Part::Literal(text.to_owned())),
    }
}

fn is_number(letter: char, width: usize) -> bool {
    match letter {
        'M' => width < 3,
        letter => "ydHhmsS".contains(letter),
    }
}

/// Converts milliseconds to a date, clamped to the years 0 to 9999.
fn civil(millis: i64) -> DateTime {
    const FIRST: i64 = -62_167_219_200_000;
    const LAST: i64 = 253_402_300_799_999;
    EPOCH.saturating_add(SignedDuration::from_millis(millis.clamp(FIRST, LAST)))
}

fn write_field(letter: char, width: usize, moment: DateTime, out: &mut Vec<u8>) {
    let month = usize::try_from(moment.month() - 1).unwrap_or_default();
    let hour12 = match moment.hour() % 12 {
        0 => 12,
        hour => hour,
    };
    let word = |text: &str, out: &mut Vec<u8>| out.extend_from_slice(text.as_bytes());
    let number = match letter {
        'y' if width == 2 => i64::from(moment.year() % 100),
        'y' => i64::from(moment.year()),
        'M' if width > 3 => return word(MONTHS[month], out),
        'M' if width == 3 => return word(&MONTHS[month][..3], out),
        'M' => i64::from(moment.month()),
        'd' => i64::from(moment.day()),
        'H' => i64::from(moment.hour()),
        'h' => i64::from(hour12),
        'm' => i64::from(moment.minute()),
        's' => i64::from(moment.second()),
        'S' => i64::from(moment.millisecond()),
        'a' => return word(if moment.hour() < 12 { "AM" } else { "PM" }, out),
        'Z' => return word("+0000", out),
        'X' => return out.push(b'Z'),
        'z' => return word(if width > 3 { "Coordinated Universal Time" } else { "UTC" }, out),
        'E' => {
            let day = DAYS[day_index(moment.date().weekday())];
            return word(if width > 3 { day } else { &day[..3] }, out);
        }
        _ => return word(if width > 3 { "Anno Domini" } else { "AD" }, out),
    };
    let mut digits = itoa::Buffer::new();
    let digits = digits.format(number);
    out.extend(std::iter::repeat_n(b'0', width.saturating_sub(digits.len())));
    word(digits, out);
}

fn day_index(day: Weekday) -> usize {
    usize::try_from(day.to_monday_zero_offset()).unwrap_or_default()
}

/// State of a parse.
#[derive(Default)]
struct Reader<'a> {
    rest: &'a str,
    year: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    hour: Option<i64>,
    hour12: Option<i64>,
    afternoon: Option<bool>,
    minute: i64,
    second: i64,
    millis: i64,
    offset_s: i64,
}

impl Reader<'_> {
    fn field(&mut self, letter: char, width: usize, tight: bool) -> Option<()> {
        match letter {
            'y' => {
                let before = self.rest.len();
                let year = self.digits(width, tight)?;
                // A year of two digits is one close to today.
                let short = width <= 2 && before - self.rest.len() == 2;
                self.year = Some(if short { if year < 80 { 2000 + year } else { 1900 + year } } else { year });
            }
            'M' if width > 2 => self.month = Some(self.name(&MONTHS)? + 1),
            'M' => self.month = Some(self.digits(width, tight)?),
            'd' => self.day = Some(self.digits(width, tight)?),
            'H' => self.hour = Some(self.digits(width, tight)?),
            'h' => self.hour12 = Some(self.digits(width, tight)?).filter(|hour| (1..=12).contains(hour)),
            'm' => self.minute = self.digits(width, tight)?,
            's' => self.second = self.digits(width, tight)?,
            'S' => self.millis = self.digits(width, tight)?,
            'a' => self.afternoon = Some(self.name(&["AM", "PM"])? == 1),
            'E' => drop(self.name(&DAYS)?),
            'G' => drop(self.name(&["AD", "Anno Domini"])?),
            _ => self.offset_s = self.zone()?,
        }
        Some(())
    }

    fn digits(&mut self, width: usize, tight: bool) -> Option<i64> {
        let most = if tight { width } else { 9 };
        let count = self.rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
        if count == 0 || (tight && count < width) {
            return None;
        }
        let (digits, rest) = self.rest.split_at(count);
        self.rest = rest;
        digits.parse().ok()
    }

    /// Parses a name, in full or by its first three letters, in any letter case. Returns its position.
    fn name(&mut self, names: &[&str]) -> Option<i64> {
        let starts = |name: &str| self.rest.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name));
        let whole = names.iter().position(|name| starts(name)).map(|at| (at, names[at].len()));
        let short = || names.iter().position(|name| name.len() > 3 && starts(&name[..3])).map(|at| (at, 3));
        let (at, length) = whole.or_else(short)?;
        self.rest = &self.rest[length..];
        i64::try_from(at).ok()
    }

    /// Parses an offset: `Z`, `UTC`, `GMT`, `+HH`, `+HHmm`, `+HH:mm`, also after `GMT`.
    fn zone(&mut self) -> Option<i64> {
        let named = ["UTC", "GMT", "Z"].into_iter().find(|name| self.rest.starts_with(name));
        self.rest = &self.rest[named.map_or(0, str::len)..];
        let sign = match self.rest.as_bytes().first() {
            Some(b'+') => 1,
            Some(b'-') => -1,
            _ => return named.map(|_| 0),
        };
        self.rest = &self.rest[1..];
        let hours = self.digits(2, true)?;
        self.rest = self.rest.strip_prefix(':').unwrap_or(self.rest);
        let minutes = self.digits(2, true).unwrap_or_default();
        Some(sign * (hours * 3600 + minutes * 60))
    }

    fn moment(&self) -> Option<i64> {
        let small = |value: i64| i8::try_from(value).ok();
        let year = i16::try_from(self.year.unwrap_or(1970)).ok()?;
        let date = Date::new(year, small(self.month.unwrap_or(1))?, small(self.day.unwrap_or(1))?).ok()?;
        let hour = match (self.hour, self.hour12) {
            (Some(hour), _) => hour,
            (None, Some(hour)) => hour % 12 + if self.afternoon == Some(true) { 12 } else { 0 },
            (None, None) => 0,
        };
        if hour > 23 || self.minute > 59 || self.second > 59 || self.millis > 999 {
            return None;
        }
        let clock = date.at(small(hour)?, small(self.minute)?, small(self.second)?, 0);
        let seconds = clock.duration_since(EPOCH).as_secs() - self.offset_s;
        Some(seconds * 1000 + self.millis)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// 2031-02-03T04:05:06.007Z, a Monday.
    const MOMENT: i64 = 1_927_857_906_007;

    #[test]
    fn every_letter_is_written_and_read() {
        for (mask, text) in [
            ("yyyy-MM-dd", "2031-02-03"),
            ("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", "2031-02-03T04:05:06.007Z"),
            ("yyyyMMddHHmmssSSS", "20310203040506007"),
            ("yy/M/d h:mm a", "31/2/3 4:05 AM"),
            ("EEE, d MMM yyyy HH:mm:ss Z", "Mon, 3 Feb 2031 04:05:06 +0000"),
            ("EEEE dd MMMM yyyy", "Monday 03 February 2031"),
            ("yyyy-MM-dd HH:mm:ssXXX", "2031-02-03 04:05:06Z"),
            ("yyyy.MM.dd G 'at' HH:mm:ss z", "2031.02.03 AD at 04:05:06 UTC"),
            ("hh 'o''clock' a", "04 o'clock AM"),
            ("''yy", "'31"),
        ] {
            let parsed = Mask::parse(mask).expect(mask);
            assert_eq!(parsed.format(MOMENT), text, "{mask}");
            let again = parsed.read(text).map(|millis| parsed.format(millis));
            assert_eq!(again.as_deref(), Some(text), "{mask}");
        }
        assert_eq!(Mask::parse("yyyy QQ"), None);
        assert_eq!(Mask::parse("yyyy 'x"), None);
    }

    #[test]
    fn zones_are_read_and_what_does_not_fit_is_refused() {
        let mask = Mask::parse("yyyy-MM-dd'T'HH:mm:ssX").expect("valid");
        for zone in ["+01:00", "+0100", "+01"] {
            assert_eq!(mask.read(&format!("2031-02-03T05:05:06{zone}")), Some(MOMENT - 7), "{zone}");
        }
        for text in ["", "2031-02-30T00:00:00Z", "2031-02-03T24:00:00Z", "2031-02-03T04:05:06", "2031-02-03T04:05:06Z "]
        {
            assert_eq!(mask.read(text), None, "{text}");
        }
        let noon = Mask::parse("h a").expect("valid");
        assert_eq!(noon.read("12 PM"), Some(12 * 3_600_000));
        assert_eq!(noon.read("12 AM"), Some(0));
    }

    proptest! {
        #[test]
        fn a_mask_of_all_parts_loses_nothing(millis in -62_000_000_000_000_i64..250_000_000_000_000) {
            let mask = Mask::parse("yyyy-MM-dd'T'HH:mm:ss.SSSXXX").expect("valid");
            prop_assert_eq!(mask.read(&mask.format(millis)), Some(millis));
        }

        #[test]
        fn no_mask_and_no_text_breaks_it(mask in ".{0,20}", text in ".{0,20}", millis in any::<i64>()) {
            if let Some(mask) = Mask::parse(&mask) {
                let _ = (mask.read(&text), mask.format(millis));
            }
        }
    }
}
