//! The `CE` helpers that need Rust (spec P 9.12).

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use ring::rand::{SecureRandom, SystemRandom};
use rquickjs::{Ctx, Exception, Function, Object, Result};
use sha1::Sha1;
use sha2::{Sha224, Sha256, Sha384, Sha512};

use super::watch::Clock;

/// Countries with their codes, currency and names, and the symbols of currencies; made by `assets/scripts/build`.
const TABLE: &str = include_str!("../../../../assets/scripts/countries.tsv");

struct Country {
    iso2: &'static str,
    iso3: &'static str,
    currency: &'static str,
}

/// By lower-case name and code.
static COUNTRIES: LazyLock<HashMap<String, Country>> = LazyLock::new(|| {
    let mut countries = HashMap::new();
    for line in TABLE.lines().filter(|line| !line.starts_with('=')) {
        let mut cells = line.split('\t');
        let mut next = || cells.next().unwrap_or_default();
        let (iso2, iso3, currency) = (next(), next(), next());
        for name in cells.chain([iso2, iso3]) {
            countries.insert(name.to_lowercase(), Country { iso2, iso3, currency });
        }
    }
    countries
});

/// By upper-case code.
static SYMBOLS: LazyLock<HashMap<&str, &str>> =
    LazyLock::new(|| TABLE.lines().filter_map(|line| line.strip_prefix("=\t")?.split_once('\t')).collect());

/// As Node reads Base64: with or without padding.
const FORGIVING: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Returns what the prelude builds `CE` from. The clock ends scripts that call nothing else.
pub(super) fn object<'js>(ctx: &Ctx<'js>, clock: &Arc<Clock>) -> Result<Object<'js>> {
    let helpers = Helpers { ctx, clock, object: Object::new(ctx.clone())? };
    helpers.object.set("randomString", Function::new(ctx.clone(), random_string)?)?;
    helpers.add_hmac()?;
    #[cfg(test)]
    helpers.add("stall", |millis| {
        std::thread::sleep(std::time::Duration::from_millis(millis.parse().unwrap_or_default()));
        None
    })?;
    helpers.add("md5", |text| Some(hex(&Md5::digest(text))))?;
    helpers.add("encode64", |text| Some(STANDARD.encode(text)))?;
    helpers.add("decode64", |text| Some(decode64(text)))?;
    helpers.add("iso2CountryCode", |name| country(name).map(|found| found.iso2.to_owned()))?;
    helpers.add("iso3CountryCode", |name| country(name).map(|found| found.iso3.to_owned()))?;
    helpers.add("currencyCode", |name| currency(name).map(str::to_owned))?;
    helpers.add("currencySymbol", |code| symbol(code).map(str::to_owned))?;
    Ok(helpers.object)
}

struct Helpers<'a, 'js> {
    ctx: &'a Ctx<'js>,
    clock: &'a Arc<Clock>,
    object: Object<'js>,
}

impl Helpers<'_, '_> {
    /// Adds a function of one text.
    fn add(&self, name: &str, function: fn(&str) -> Option<String>) -> Result<()> {
        let clock = Arc::clone(self.clock);
        let checked = move |ctx: Ctx<'_>, text: String| -> Result<Option<String>> {
            in_time(&ctx, &clock)?;
            Ok(function(&text))
        };
        self.object.set(name, Function::new(self.ctx.clone(), checked)?)
    }

    fn add_hmac(&self) -> Result<()> {
        let clock = Arc::clone(self.clock);
        let checked = move |ctx: Ctx<'_>, algorithm: String, encoding: String, secret: String, text: String| {
            in_time(&ctx, &clock)?;
            hmac(&ctx, &algorithm, &encoding, &secret, &text)
        };
        self.object.set("hmac", Function::new(self.ctx.clone(), checked)?)
    }
}

/// Throws once the script must end: a helper takes long for long texts and does not call the interrupt handler.
fn in_time(ctx: &Ctx<'_>, clock: &Clock) -> Result<()> {
    if clock.is_over() { Err(Exception::throw_message(ctx, "interrupted")) } else { Ok(()) }
}

/// Ten letters and digits.
fn random_string<'js>(ctx: Ctx<'js>) -> Result<String> {
    const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut bytes = [0; 10];
    SystemRandom::new().fill(&mut bytes).map_err(|_| Exception::throw_message(&ctx, "no random bytes"))?;
    Ok(bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect())
}

/// Names as in Node's `crypto`.
fn hmac(ctx: &Ctx<'_>, algorithm: &str, encoding: &str, secret: &str, text: &str) -> Result<String> {
    let name = algorithm.to_lowercase().replace('-', "");
    let code = match name.strip_prefix("rsa").unwrap_or(&name) {
        "md5" => mac::<Hmac<Md5>>(secret, text),
        "sha1" => mac::<Hmac<Sha1>>(secret, text),
        "sha224" => mac::<Hmac<Sha224>>(secret, text),
        "sha256" => mac::<Hmac<Sha256>>(secret, text),
        "sha384" => mac::<Hmac<Sha384>>(secret, text),
        "sha512" => mac::<Hmac<Sha512>>(secret, text),
        _ => None,
    };
    let code = code.ok_or_else(|| Exception::throw_message(ctx, &format!("Invalid digest: {algorithm}")))?;
    match encoding.to_lowercase().as_str() {
        "hex" => Ok(hex(&code)),
        "base64" => Ok(STANDARD.encode(code)),
        "base64url" => Ok(URL_SAFE_NO_PAD.encode(code)),
        _ => Err(Exception::throw_type(ctx, &format!("Unknown encoding: {encoding}"))),
    }
}

fn mac<M: Mac + KeyInit>(secret: &str, text: &str) -> Option<Vec<u8>> {
    let mut mac = <M as KeyInit>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(text.as_bytes());
    Some(mac.finalize().into_bytes().to_vec())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// As Node's `Buffer`: both alphabets, padding or none, and what is no letter of either is passed over.
fn decode64(text: &str) -> String {
    let text = text.split('=').next().unwrap_or_default();
    let standard = |letter: char| match letter {
        '-' => Some('+'),
        '_' => Some('/'),
        letter => (letter.is_ascii_alphanumeric() || matches!(letter, '+' | '/')).then_some(letter),
    };
    let mut letters: String = text.chars().filter_map(standard).collect();
    // A last letter alone holds no whole byte.
    if letters.len() % 4 == 1 {
        letters.pop();
    }
    String::from_utf8_lossy(&FORGIVING.decode(letters).unwrap_or_default()).into_owned()
}

fn country(name: &str) -> Option<&'static Country> {
    COUNTRIES.get(&name.trim().to_lowercase())
}

fn currency(name: &str) -> Option<&'static str> {
    country(name).map(|found| found.currency).filter(|code| !code.is_empty())
}

fn symbol(code: &str) -> Option<&'static str> {
    SYMBOLS.get(code.trim().to_uppercase().as_str()).copied()
}
