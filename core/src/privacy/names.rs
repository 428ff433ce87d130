//! Fields by their names.

/// Meaning of a field, as its name tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sense {
    /// A credential.
    Secret,
    /// Data that identifies a person.
    Personal,
    /// The name of whatever the record is.
    Name,
}

/// Words that make a name of a field one of a secret; those with a blank are words in a row.
const SECRET: &[&str] = &[
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "api key",
    "private key",
    "authorization",
    "credential",
    "credentials",
    "pin code",
    "cvv",
];

/// Words that make a name of a field one of personal data.
const PERSONAL: &[&str] = &[
    "email",
    "emails",
    "mail",
    "mails",
    "first name",
    "firstname",
    "last name",
    "lastname",
    "full name",
    "fullname",
    "given name",
    "family name",
    "middle name",
    "maiden name",
    "nick name",
    "nickname",
    "surname",
    "forename",
    "display name",
    "user name",
    "username",
    "login",
    "contact name",
    "person name",
    "owner name",
    "customer name",
    "real name",
    "screen name",
    "salutation",
    "phone",
    "phones",
    "telephone",
    "tel",
    "mobile",
    "cell",
    "cellphone",
    "fax",
    "msisdn",
    "whatsapp",
    "address",
    "addresses",
    "street",
    "postcode",
    "postal",
    "zip",
    "zipcode",
    "ip",
    "ipv4",
    "ipv6",
    "ipaddress",
    "mac address",
    "birth",
    "birthday",
    "birthdate",
    "dob",
    "ssn",
    "social security",
    "passport",
    "national id",
    "tax id",
    "iban",
    "bic",
    "card number",
    "account number",
    "licence number",
    "license number",
    "latitude",
    "longitude",
    "lat",
    "lng",
    "geolocation",
    "skype",
    "twitter",
    "linkedin",
    "facebook",
    "instagram",
    "avatar",
    "photo",
    "gender",
    "religion",
    "ethnicity",
    "signature",
];

/// Words of objects and members that hold people.
const PEOPLE: &[&str] = &[
    "contact",
    "contacts",
    "person",
    "persons",
    "people",
    "user",
    "users",
    "lead",
    "leads",
    "customer",
    "customers",
    "member",
    "members",
    "subscriber",
    "subscribers",
    "employee",
    "employees",
    "candidate",
    "candidates",
    "attendee",
    "attendees",
    "participant",
    "participants",
    "profile",
    "profiles",
    "agent",
    "agents",
    "owner",
    "requester",
    "author",
    "assignee",
    "patient",
    "patients",
    "student",
    "students",
    "recipient",
    "recipients",
    "presenter",
    "presenters",
    "speaker",
    "speakers",
    "client",
    "clients",
    "guest",
    "guests",
    "registrant",
    "registrants",
    "sender",
    "creator",
];

/// Names of members of which the last word says that they are no data of a person, as in `emailStatus`.
const ABOUT: &[&str] = &["id", "ids", "count", "status", "type", "domain", "verified", "opt", "valid", "template"];

/// Returns the parts of a path, without positions, quotes and blanks.
pub(super) fn parts(path: &str) -> impl Iterator<Item = &str> {
    let bare =
        |part: &'_ str| -> bool { !part.is_empty() && !part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'*') };
    path.split(['.', '[', ']']).map(|part| part.trim_matches(['`', '"', '\'', ' '])).filter(move |part| bare(part))
}

/// Returns the meaning of the name of a field.
pub(super) fn sense(name: &str) -> Option<Sense> {
    let words = words(name);
    if has(&words, SECRET) {
        return Some(Sense::Secret);
    }
    let last = words.last().map(String::as_str).unwrap_or_default();
    if words.len() > 1 && ABOUT.contains(&last) && !has(&words, &["tax id", "national id"]) {
        return None;
    }
    if has(&words, PERSONAL) {
        return Some(Sense::Personal);
    }
    matches!(&*words.join(" "), "name" | "names" | "title name").then_some(Sense::Name)
}

/// Returns whether an object or member of this name holds people.
pub(super) fn is_people(name: &str) -> bool {
    words(name).last().is_some_and(|last| PEOPLE.contains(&last.as_str()))
}

/// Returns whether the words of an entry stand in a row.
fn has(words: &[String], entries: &[&str]) -> bool {
    entries.iter().any(|entry| {
        let wanted: Vec<&str> = entry.split(' ').collect();
        words.windows(wanted.len()).any(|window| window.iter().zip(&wanted).all(|(word, wanted)| word == wanted))
    })
}

/// Splits a name into its words in lower case: `homePhone2`, `HOME_PHONE` and `home-phone` are `home phone`.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    let mut chars = name.chars().peekable();
    while let Some(next) = chars.next() {
        if !next.is_alphabetic() {
            before = ' ';
            continue;
        }
        let begins = before == ' '
            || next.is_uppercase() && (before.is_lowercase() || chars.peek().is_some_and(|after| after.is_lowercase()));
        if begins {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(next.to_lowercase());
        }
        before = next;
    }
    // `eMail` and `e_mail` are one word.
    if let Some(at) = words.windows(2).position(|pair| pair[0] == "e" && pair[1].starts_with("mail")) {
        words.remove(at);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_split_into_words() {
        for (name, wanted) in [
            ("homePhone2", "home phone"),
            ("HOME_PHONE", "home phone"),
            ("e-mail", "mail"),
            ("eMailAddress", "mail address"),
            ("userIPAddress", "user ip address"),
            ("ID", "id"),
            ("straße", "straße"),
        ] {
            assert_eq!(words(name).join(" "), wanted, "{name}");
        }
    }

    #[test]
    fn a_name_has_one_meaning() {
        for name in
            ["ship", "zipper", "emailStatus", "phoneType", "companyName", "addressId", "description", "channelId"]
        {
            assert_eq!(sense(name), None, "{name}");
        }
        for name in ["accessToken", "client_secret", "APIKey", "passwordHash"] {
            assert_eq!(sense(name), Some(Sense::Secret), "{name}");
        }
        for name in ["lastName", "work_email", "clientIp", "dateOfBirth", "taxId", "MobilePhone", "mailingStreet"] {
            assert_eq!(sense(name), Some(Sense::Personal), "{name}");
        }
        assert_eq!(sense("name"), Some(Sense::Name));
    }
}
