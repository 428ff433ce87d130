//! Functions behind the globals and modules that scripts of elements have from browsers and Node (spec E 7.57, 7.59).
//! Addresses, forms and character sets are those of the crates that the rest of the product uses.

use std::sync::Arc;

use encoding_rs::{DecoderResult, Encoding};
use ring::rand::{SecureRandom, SystemRandom};
use rquickjs::{Ctx, Exception, Function, Object, Result, TypedArray};
use url::{Url, form_urlencoded, quirks};

use crate::engine::script::quickjs::helpers::{self, in_time};
use crate::engine::script::quickjs::watch::Clock;

/// Largest number of random bytes of one call, which do not count as memory of the script while they are made.
const MAX_RANDOM: usize = 1 << 20;

type Bytes<'js> = TypedArray<'js, u8>;

/// Returns the functions. The clock ends scripts that call nothing else.
pub(super) fn object<'js>(ctx: &Ctx<'js>, clock: &Arc<Clock>) -> Result<Object<'js>> {
    let object = Object::new(ctx.clone())?;
    let add = |name: &str, function: Result<Function<'js>>| object.set(name, function?);
    add("parseUrl", Function::new(ctx.clone(), parse_url))?;
    add("changeUrl", Function::new(ctx.clone(), change_url))?;
    add("parseForm", Function::new(ctx.clone(), parse_form))?;
    add("writeForm", Function::new(ctx.clone(), write_form))?;
    add(
        "encodingOf",
        Function::new(ctx.clone(), |label: String| encoding(&label).map(|found| found.name().to_lowercase())),
    )?;
    let checked = Arc::clone(clock);
    let encode = move |ctx: Ctx<'js>, text: String| in_time(&ctx, &checked).and_then(|()| made(ctx, text));
    add("encode", Function::new(ctx.clone(), encode))?;
    let checked = Arc::clone(clock);
    let decode = move |ctx: Ctx<'js>, label: String, bytes: Bytes<'js>, fatal: bool, keeps_mark: bool| {
        in_time(&ctx, &checked)?;
        decode(&label, content(&ctx, &bytes)?, fatal, keeps_mark)
            .ok_or_else(|| Exception::throw_type(&ctx, "The encoded data was not valid"))
    };
    add("decode", Function::new(ctx.clone(), decode))?;
    let checked = Arc::clone(clock);
    let digest = move |ctx: Ctx<'js>, algorithm: String, data: Bytes<'js>| {
        in_time(&ctx, &checked)?;
        helpers::digest(&algorithm, content(&ctx, &data)?).map(|digest| made(ctx, digest)).transpose()
    };
    add("digest", Function::new(ctx.clone(), digest))?;
    let checked = Arc::clone(clock);
    let hmac = move |ctx: Ctx<'js>, algorithm: String, key: Bytes<'js>, data: Bytes<'js>| {
        in_time(&ctx, &checked)?;
        let code = helpers::code(&algorithm, content(&ctx, &key)?, content(&ctx, &data)?);
        code.map(|code| made(ctx, code)).transpose()
    };
    add("hmac", Function::new(ctx.clone(), hmac))?;
    add("random", Function::new(ctx.clone(), random))?;
    Ok(object)
}

/// Copies bytes into the memory of the script, where they count.
pub(super) fn made<'js>(ctx: Ctx<'js>, bytes: impl AsRef<[u8]>) -> Result<Bytes<'js>> {
    Bytes::new_copy(ctx, bytes)
}

/// Returns the bytes of an array.
pub(super) fn content<'a>(ctx: &Ctx<'_>, bytes: &'a Bytes<'_>) -> Result<&'a [u8]> {
    // SAFETY: no script runs while the functions of this file read the bytes.
    #[allow(unsafe_code)]
    let content = unsafe { bytes.as_bytes() };
    content.ok_or_else(|| Exception::throw_type(ctx, "the buffer is detached"))
}

/// Returns the members of an address in the order of `web.js`. `None` if it is invalid.
fn parse_url(text: String, base: Option<String>) -> Option<Vec<String>> {
    let base = base.map(|base| Url::parse(&base)).transpose().ok()?;
    Url::options().base_url(base.as_ref()).parse(&text).ok().map(|url| members(&url))
}

fn members(url: &Url) -> Vec<String> {
    let members = [
        quirks::href(url),
        quirks::protocol(url),
        quirks::username(url),
        quirks::password(url),
        quirks::host(url),
        quirks::hostname(url),
        quirks::port(url),
        quirks::pathname(url),
        quirks::search(url),
        quirks::hash(url),
    ];
    members.into_iter().map(str::to_owned).chain([quirks::origin(url)]).collect()
}

/// Assigns a member of an address. A value that does not fit changes nothing, except that `href` must be valid.
fn change_url(href: String, member: String, value: String) -> Option<Vec<String>> {
    let mut url = Url::parse(&href).ok()?;
    match member.as_str() {
        "href" => quirks::set_href(&mut url, &value).ok()?,
        "protocol" => quirks::set_protocol(&mut url, &value).unwrap_or_default(),
        "username" => quirks::set_username(&mut url, &value).unwrap_or_default(),
        "password" => quirks::set_password(&mut url, &value).unwrap_or_default(),
        "host" => quirks::set_host(&mut url, &value).unwrap_or_default(),
        "hostname" => quirks::set_hostname(&mut url, &value).unwrap_or_default(),
        "port" => quirks::set_port(&mut url, &value).unwrap_or_default(),
        "pathname" => quirks::set_pathname(&mut url, &value),
        "search" => quirks::set_search(&mut url, &value),
        "hash" => quirks::set_hash(&mut url, &value),
        _ => {}
    }
    Some(members(&url))
}

/// Returns names and values in turns.
fn parse_form(text: String) -> Vec<String> {
    form_urlencoded::parse(text.as_bytes()).flat_map(|(name, value)| [name.into_owned(), value.into_owned()]).collect()
}

/// Takes names and values in turns.
fn write_form(parts: Vec<String>) -> String {
    let pairs = parts.chunks_exact(2).map(|pair| (&pair[0], &pair[1]));
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

fn encoding(label: &str) -> Option<&'static Encoding> {
    Encoding::for_label_no_replacement(label.as_bytes())
}

/// Returns `None` if the bytes are malformed and that is fatal.
fn decode(label: &str, bytes: &[u8], fatal: bool, keeps_mark: bool) -> Option<String> {
    let encoding = encoding(label)?;
    let mut decoder =
        if keeps_mark { encoding.new_decoder_without_bom_handling() } else { encoding.new_decoder_with_bom_removal() };
    if fatal {
        let mut text = String::with_capacity(decoder.max_utf8_buffer_length_without_replacement(bytes.len())?);
        let (outcome, _) = decoder.decode_to_string_without_replacement(bytes, &mut text, true);
        return (outcome == DecoderResult::InputEmpty).then_some(text);
    }
    let mut text = String::with_capacity(decoder.max_utf8_buffer_length(bytes.len())?);
    let _ = decoder.decode_to_string(bytes, &mut text, true);
    Some(text)
}

fn random<'js>(ctx: Ctx<'js>, count: usize) -> Result<Bytes<'js>> {
    if count > MAX_RANDOM {
        return Err(Exception::throw_range(&ctx, "at most 1 MiB of random bytes at once"));
    }
    let mut bytes = vec![0; count];
    SystemRandom::new().fill(&mut bytes).map_err(|_| Exception::throw_message(&ctx, "no random bytes"))?;
    made(ctx, bytes)
}
