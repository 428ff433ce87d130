//! The users: every field depends only on the user's id, so a person is the same everywhere.

use crate::hash::Kind;
use crate::population::Population;
use crate::xml::Xml;

const FIRST: [&str; 12] =
    ["Ada", "Grace", "Edsger", "Zoë", "Jürgen", "Søren", "Anne-Marie", "Ólafur", "\"Buzz\"", "李", "Chloé", "Niklaus"];
const LAST: [&str; 10] = [
    "Lovelace",
    "Hopper",
    "O'Brien",
    "Smith & Sons",
    "Müller",
    "Knuth <DEK>",
    "García",
    "Łukasiewicz",
    "van Dijk",
    "王",
];
const COMPANIES: [&str; 8] = [
    "Engines & Co",
    "Acme \"West\"",
    "Größe GmbH",
    "A<B> Logic",
    "Initech",
    "Umbrella, Inc.",
    "Café São Paulo",
    "Globex",
];
const TITLES: [&str; 6] =
    ["Analyst", "VP, Marketing & Sales", "Engineer", "CTO", "Datenschützer", "Head of \"Growth\""];
const LEVELS: [&str; 3] = ["C-Level/Executive", "Manager/Team lead", "Other"];
const SIZES: [&str; 4] = ["1-10", "11-100", "101-250", "1000+"];
const INDUSTRIES: [&str; 3] = ["Technology - Software & Services", "Finance", "Health & Care"];
const COUNTRIES: [&str; 5] = ["France", "United States", "Germany", "Brazil", "Côte d'Ivoire"];
const STATES: [&str; 3] = ["Texas", "California", "New York"];
const ZONES: [&str; 4] = ["Europe/Paris", "America/Chicago", "Asia/Tokyo", "UTC"];

/// Fields of a user in a resource, and their order.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum UserForm {
    /// Email first, no time zone.
    Plain,
    /// Names first, with a time zone: registrations and viewings.
    Attendee,
    /// The id only.
    Reference,
}

impl Population {
    pub fn has_email(&self, user: u64) -> bool {
        !self.hash(Kind::User, &[user]).is_multiple_of(97)
    }

    fn email(&self, user: u64) -> String {
        format!("user{user}@example.{}", ["org", "com", "net"][(user % 3) as usize])
    }

    /// Returns whether an optional field is present; about one in `rate` is missing.
    fn has(&self, user: u64, field: u64, rate: u64) -> bool {
        !self.hash(Kind::User, &[user, field]).is_multiple_of(rate)
    }

    fn pick<'a>(&self, user: u64, field: u64, words: &'a [&'a str]) -> &'a str {
        let position = self.hash(Kind::User, &[user, field, 1]) % words.len() as u64;
        words[position as usize]
    }

    pub fn write_user(&self, user: u64, form: UserForm, out: &mut Xml) {
        if form == UserForm::Reference {
            return out.reference("user", user);
        }
        out.open_id("user", user);
        if form == UserForm::Attendee {
            self.write_names(user, out);
            self.write_email(user, out);
            out.text("timeZone", self.pick(user, 10, &ZONES));
        } else {
            self.write_email(user, out);
            if user.is_multiple_of(11) {
                out.reference("realm", 3 + user % 2);
                out.text("realmUserId", &format!("realm.{user}"));
            }
            self.write_names(user, out);
        }
        if self.has(user, 3, 5) {
            out.text("phone", &format!("0044 20 {:04} {:04}", user % 9973 % 10_000, user % 7919));
        }
        let optional: [(u64, u64, &str, &[&str]); 5] = [
            (4, 7, "jobTitle", &TITLES),
            (5, 9, "level", &LEVELS),
            (6, 11, "companyName", &COMPANIES),
            (7, 6, "companySize", &SIZES),
            (8, 8, "industry", &INDUSTRIES),
        ];
        for (field, rate, name, words) in optional {
            if self.has(user, field, rate) {
                out.text(name, self.pick(user, field, words));
            }
        }
        let country = self.pick(user, 9, &COUNTRIES);
        out.text("country", country);
        if country == "United States" {
            out.text("stateProvince", self.pick(user, 11, &STATES));
        }
        out.close("user");
    }

    fn write_email(&self, user: u64, out: &mut Xml) {
        if self.has_email(user) {
            out.text("email", &self.email(user));
        }
    }

    fn write_names(&self, user: u64, out: &mut Xml) {
        if self.has(user, 1, 23) {
            out.text("firstName", self.pick(user, 1, &FIRST));
        }
        if self.has(user, 2, 29) {
            out.text("lastName", self.pick(user, 2, &LAST));
        }
    }
}
