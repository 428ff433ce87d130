//! The contacts of the benchmark, derived from a keyed hash: the same on every machine, for every number of records.
//!
//! The text of a record is one of a few thousand templates; the fields that must differ between any two records (ids,
//! the email address) have a fixed width and are overwritten. So a page costs only a copy, whatever the number of
//! records.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Number of records that differ in more than their ids.
const TEMPLATES: u64 = 20_000;
const FIRST_SUBSCRIPTION: u64 = 500_000_000;
const FIRST_USER: u64 = 200_000_000;
const SUBSCRIPTION: &str = "000000001";
const USER: &str = "000000002";
const DAY_S: i64 = 86_400;
const NEWEST_S: i64 = 1_767_225_600;

const FIRST_NAMES: [&str; 10] =
    ["Ada", "Grace", "Zoë", "José", "Søren", "Nguyễn", "Anne-Marie", "Łukasz", "Χρήστος", "健"];
const LAST_NAMES: [&str; 10] =
    ["Lovelace", "Hopper", "O’Brien", "Müller", "D'Angelo", "Smith & Sons", "García", "Łoś", "Παπαδόπουλος", "田中"];
const JOBS: [&str; 6] =
    ["Data Engineer", "Head of \"Growth\"", "VP, Platform & Infrastructure", "Analyst", "CTO", "Rédacteur"];
const COMPANIES: [&str; 6] =
    ["Engines & Co", "Hole in the Wall Inc.", "Société Générale d'Essai", "A <B> Ltd", "Boiler Works", "北方工业"];
const INDUSTRIES: [&str; 4] = [
    "Technology - Software & Services",
    "Financial Services - Banking & Securities",
    "Education",
    "Manufacturing - Industrial",
];
const LEVELS: [&str; 4] = ["C-Level/Executive", "Manager/Team lead", "Other", "Director"];
const SIZES: [&str; 4] = ["11-100", "101-250", "251-1000", "10001+"];
const COUNTRIES: [&str; 6] = ["United States", "France", "United Kingdom", "Côte d’Ivoire", "Deutschland", "日本"];
const STATES: [&str; 4] = ["Texas", "California", "Île-de-France", "Bayern"];

/// The vendor's fields of one contact, by their name in a CSV file, without absent ones.
type Fields = BTreeMap<&'static str, String>;

/// One template in one format, with the positions of the two ids.
struct Template {
    text: Vec<u8>,
    subscription: Vec<usize>,
    user: Vec<usize>,
}

/// A format of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// The vendor's XML.
    Xml,
    /// The JSON of a hosted platform.
    Json,
    /// The nested JSON of another service.
    Items,
}

/// All records of a run, spread over channels.
pub struct Population {
    pub records: u64,
    pub channels: u64,
    xml: Vec<Template>,
    json: Vec<Template>,
    items: Vec<Template>,
}

impl Population {
    pub fn new(records: u64, channels: u64) -> Self {
        let templates = 0..TEMPLATES.min(records);
        let of = |form| templates.clone().map(|number| Template::new(number, form)).collect();
        Self { records, channels, xml: of(Form::Xml), json: of(Form::Json), items: of(Form::Items) }
    }

    /// Returns the records of a channel, numbered over all channels.
    pub fn of_channel(&self, channel: u64) -> std::ops::Range<u64> {
        channel * self.records / self.channels..(channel + 1) * self.records / self.channels
    }

    /// Appends a record.
    pub fn write(&self, form: Form, record: u64, out: &mut Vec<u8>) {
        let templates = match form {
            Form::Xml => &self.xml,
            Form::Json => &self.json,
            Form::Items => &self.items,
        };
        let Template { text, subscription, user } = &templates[(record % TEMPLATES) as usize];
        let start = out.len();
        out.extend_from_slice(text);
        for (at, id) in [(subscription, FIRST_SUBSCRIPTION + record), (user, FIRST_USER + record)] {
            let digits = nine_digits(id);
            at.iter().for_each(|at| out[start + at..start + at + digits.len()].copy_from_slice(&digits));
        }
    }

    /// Returns the fingerprint of the rows of a complete and correct pull.
    pub fn fingerprint(&self) -> Fingerprint {
        let templates: Vec<Fields> = (0..self.xml.len() as u64).map(fields).collect();
        let mut all = Fingerprint::default();
        for record in 0..self.records {
            let mut fields = templates[(record % TEMPLATES) as usize].clone();
            fields.insert("id", (FIRST_SUBSCRIPTION + record).to_string());
            fields.insert("userId", (FIRST_USER + record).to_string());
            if let Some(email) = fields.get_mut("email") {
                *email = email.replace(USER, &(FIRST_USER + record).to_string());
            }
            all.add(fields.iter().map(|(name, value)| (*name, value.as_bytes())));
        }
        all
    }
}

/// Fingerprint of rows in any order: their number, and the sum of their hashes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fingerprint {
    pub rows: u64,
    pub sum: u64,
}

impl Fingerprint {
    /// Adds a row: names and values of the fields that are not empty, in the order of their names.
    pub fn add<'a>(&mut self, fields: impl Iterator<Item = (&'a str, &'a [u8])>) {
        let mut hasher = DefaultHasher::new();
        for (name, value) in fields {
            name.hash(&mut hasher);
            value.hash(&mut hasher);
        }
        self.rows += 1;
        self.sum = self.sum.wrapping_add(hasher.finish());
    }
}

/// The fields that the vendor sends; others in a file are added by contenders and not compared.
pub const COMPARED: [&str; 19] = [
    "companyName",
    "companySize",
    "country",
    "email",
    "embedTrack",
    "embedUrl",
    "firstName",
    "id",
    "industry",
    "jobTitle",
    "lastName",
    "lastSubscribed",
    "level",
    "phone",
    "realmId",
    "realmUserId",
    "stateProvince",
    "unsubscribed",
    "userId",
];

fn nine_digits(id: u64) -> [u8; 9] {
    let mut digits = [b'0'; 9];
    let mut rest = id;
    for digit in digits.iter_mut().rev() {
        *digit += (rest % 10) as u8;
        rest /= 10;
    }
    digits
}

fn mix(number: u64) -> u64 {
    let mut x = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

fn date(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).unwrap_or_default().to_string()
}

/// Returns the fields of a template; ids are overwritten later.
fn fields(number: u64) -> Fields {
    let mut hash = mix(number);
    let mut draw = |of: u64| {
        hash = mix(hash);
        hash % of
    };
    let mut fields = Fields::new();
    fields.insert("id", SUBSCRIPTION.to_owned());
    fields.insert("userId", USER.to_owned());
    let joined = NEWEST_S - i64::try_from(draw(700 * 86_400)).unwrap_or(0);
    fields.insert("lastSubscribed", date(joined));
    if draw(10) == 0 {
        fields.insert("unsubscribed", date(joined + DAY_S));
    }
    fields.insert("embedUrl", format!("https://www.brighttalk.com/webcast/{}/{}", 1000 + draw(9), 10_000 + draw(90)));
    if draw(3) > 0 {
        fields.insert("embedTrack", format!("spring-mail-{}", draw(1000)));
    }
    if draw(50) > 0 {
        fields.insert("email", format!("person.{USER}@mail{}.example.org", draw(100)));
    }
    if draw(11) == 0 {
        fields.insert("realmId", (1 + draw(40)).to_string());
        fields.insert("realmUserId", format!("user{}", draw(100_000)));
    }
    let mut pick = |name, list: &[&str]| fields.insert(name, list[draw(list.len() as u64) as usize].to_owned());
    pick("firstName", &FIRST_NAMES);
    pick("lastName", &LAST_NAMES);
    pick("jobTitle", &JOBS);
    pick("level", &LEVELS);
    pick("companyName", &COMPANIES);
    pick("companySize", &SIZES);
    pick("industry", &INDUSTRIES);
    pick("country", &COUNTRIES);
    pick("stateProvince", &STATES);
    fields.insert("phone", format!("0044 20 7{:07}", draw(10_000_000)));
    if draw(3) > 0 {
        fields.remove("stateProvince");
    }
    fields
}

impl Template {
    fn new(number: u64, form: Form) -> Self {
        let fields = fields(number);
        let text = match form {
            Form::Xml => xml(&fields),
            Form::Json => json(&fields),
            Form::Items => item(&fields),
        };
        let places = |of: &str| text.match_indices(of).map(|(at, _)| at).collect();
        Self { subscription: places(SUBSCRIPTION), user: places(USER), text: text.into_bytes() }
    }
}

/// Writes the fields as the vendor does, indentation included.
fn xml(fields: &Fields) -> String {
    let mut out = String::new();
    let text = |out: &mut String, indent: &str, name: &str, field: &str| {
        if let Some(value) = fields.get(field) {
            let _ = writeln!(out, "{indent}<{name}>{}</{name}>", quick_xml::escape::partial_escape(value.as_str()));
        }
    };
    let _ = writeln!(out, "  <channelSubscriber id=\"{SUBSCRIPTION}\">");
    text(&mut out, "    ", "lastSubscribed", "lastSubscribed");
    text(&mut out, "    ", "unsubscribed", "unsubscribed");
    out.push_str("    <embed>\n");
    text(&mut out, "      ", "url", "embedUrl");
    text(&mut out, "      ", "track", "embedTrack");
    out.push_str("    </embed>\n");
    let _ = writeln!(out, "    <user id=\"{USER}\">");
    text(&mut out, "      ", "email", "email");
    if let Some(realm) = fields.get("realmId") {
        let _ = writeln!(out, "      <realm id=\"{realm}\"/>");
    }
    for name in ["realmUserId", "firstName", "lastName", "phone", "jobTitle", "level", "companyName", "companySize"] {
        text(&mut out, "      ", name, name);
    }
    for name in ["industry", "country", "stateProvince"] {
        text(&mut out, "      ", name, name);
    }
    out.push_str("    </user>\n");
    let _ = writeln!(
        out,
        "    <link rel=\"self\" href=\"https://api.brighttalk.com/v1/channel_subscriber/{SUBSCRIPTION}\"/>"
    );
    out.push_str("  </channelSubscriber>\n");
    out
}

/// Writes the fields as a hosted platform does.
fn json(fields: &Fields) -> String {
    let mut members = serde_json::Map::new();
    for (name, value) in fields {
        let value = match (*name, value.parse::<u64>()) {
            ("id" | "userId" | "realmId", Ok(number)) if number > 2 => number.into(),
            _ => serde_json::Value::from(value.as_str()),
        };
        members.insert((*name).to_owned(), value);
    }
    members.insert("subscribed".to_owned(), (!fields.contains_key("unsubscribed")).into());
    let text = serde_json::Value::Object(members).to_string();
    // The two ids that are overwritten are numbers.
    text.replace(&format!("\"{SUBSCRIPTION}\""), "000000001").replace(&format!("\"{USER}\""), "000000002")
}

/// Writes the fields as a JSON service does: nested, with members that are `null`.
fn item(fields: &Fields) -> String {
    let value = |name: &str| fields.get(name).map_or(serde_json::Value::Null, |value| value.as_str().into());
    let item = serde_json::json!({
        "id": SUBSCRIPTION,
        "updated_at": value("lastSubscribed"),
        "archived_at": value("unsubscribed"),
        "person": {
            "id": USER,
            "email": value("email"),
            "name": { "first": value("firstName"), "last": value("lastName") },
            "phone": value("phone"),
            "address": { "country": value("country"), "state": value("stateProvince") },
        },
        "company": { "name": value("companyName"), "size": value("companySize"), "industry": value("industry") },
        "position": { "title": value("jobTitle"), "level": value("level") },
        "source": { "url": value("embedUrl"), "track": value("embedTrack"), "realm": value("realmId") },
        "tags": ["webinar", value("level"), value("companySize")],
        "properties": { "score": null, "owner": null, "realm_user": value("realmUserId"), "is_test": false },
        "links": { "self": format!("https://service.example.com/v1/items/{SUBSCRIPTION}") },
    });
    // The ids are numbers.
    let text = item.to_string();
    let number = |text: String, id: &str| text.replace(&format!("\"id\":\"{id}\""), &format!("\"id\":{id}"));
    number(number(text, SUBSCRIPTION), USER)
}
