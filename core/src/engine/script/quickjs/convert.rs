//! Direct conversion of records between Rust and JavaScript, without an intermediate JSON string.
//!
//! An integer that a JavaScript number cannot represent becomes a BigInt, and is converted to the same integer
//! afterwards.

use rquickjs::atom::PredefinedAtom;
use rquickjs::function::This;
use rquickjs::{
    Array, BigInt, Ctx, Error, Exception, Filter, Function, Object, Result, String as JsString, Type, Value,
};
use serde_json::{Map, Number, Value as Json};

use crate::engine::script::{Budget, MEMBER_BYTES};

/// Maximum nesting of a result.
const MAX_DEPTH: usize = 128;
/// Largest integer up to which a JavaScript number represents all integers.
const MAX_SAFE: i64 = (1 << 53) - 1;

/// JavaScript functions that conversions need, captured before a script can replace them.
pub(super) struct Tools<'js> {
    /// Returns the digits of a BigInt of 64 bits, or undefined.
    integer: Function<'js>,
    /// Returns whether a proxy wraps an array.
    is_array: Function<'js>,
    /// Returns the content of a boxed value or a raw JSON string, or the value itself.
    unboxed: Function<'js>,
    /// Returns a string without lone surrogates, which JSON cannot represent.
    well_formed: Function<'js>,
    /// Prototype of plain objects.
    plain: Object<'js>,
}

impl<'js> Tools<'js> {
    pub fn new(ctx: &Ctx<'js>, made: &Object<'js>) -> Result<Self> {
        Ok(Self {
            integer: made.get("integer")?,
            is_array: made.get("isArray")?,
            unboxed: made.get("unboxed")?,
            well_formed: made.get("wellFormed")?,
            plain: Object::new(ctx.clone())?.get_prototype().ok_or(Error::Unknown)?,
        })
    }
}

/// Converts a JSON value to a new JavaScript value.
pub(super) fn to_js<'js>(ctx: &Ctx<'js>, json: &Json) -> Result<Value<'js>> {
    Ok(match json {
        Json::Null => Value::new_null(ctx.clone()),
        Json::Bool(value) => Value::new_bool(ctx.clone(), *value),
        Json::Number(number) => number_to_js(ctx, number)?,
        Json::String(text) => JsString::from_str(ctx.clone(), text)?.into_value(),
        Json::Array(items) => {
            let array = Array::new(ctx.clone())?;
            for (position, item) in items.iter().enumerate() {
                array.set(position, to_js(ctx, item)?)?;
            }
            array.into_value()
        }
        Json::Object(members) => {
            let object = Object::new(ctx.clone())?;
            for (name, member) in members {
                let value = to_js(ctx, member)?;
                // Assigning to `__proto__` would change the prototype instead of creating a property.
                if name == "__proto__" {
                    object.prop(
                        name.as_str(),
                        rquickjs::object::Property::from(value).writable().enumerable().configurable(),
                    )?;
                } else {
                    object.set(name.as_str(), value)?;
                }
            }
            object.into_value()
        }
    })
}

#[allow(clippy::cast_precision_loss)]
fn number_to_js<'js>(ctx: &Ctx<'js>, number: &Number) -> Result<Value<'js>> {
    Ok(match (number.as_i64(), number.as_u64()) {
        (Some(whole), _) if whole.abs_diff(0) <= MAX_SAFE.unsigned_abs() => match i32::try_from(whole) {
            Ok(small) => Value::new_int(ctx.clone(), small),
            Err(_) => Value::new_number(ctx.clone(), whole as f64),
        },
        (Some(whole), _) => BigInt::from_i64(ctx.clone(), whole)?.into_value(),
        (None, Some(whole)) => BigInt::from_u64(ctx.clone(), whole)?.into_value(),
        (None, None) => Value::new_number(ctx.clone(), number.as_f64().unwrap_or(f64::NAN)),
    })
}

/// Converted result, and the number of bytes charged for it.
#[derive(Debug, Default)]
pub(super) struct Converted {
    /// `None` for `undefined`, functions and symbols.
    pub json: Option<Json>,
    pub bytes: usize,
}

/// Converts a JavaScript value to JSON, by the rules of `JSON.stringify`. `page` is the remaining budget of the
/// record's page.
///
/// # Errors
/// Throws an exception if the value is cyclic, nests deeper than 128, is too large, or one of its getters throws.
pub(super) fn to_json<'js>(value: &Value<'js>, tools: &Tools<'js>, page: usize) -> Result<Converted> {
    let mut reader = Reader { ctx: value.ctx(), tools, budget: Budget::of_page(page) };
    let json = reader.read(value, 0)?;
    Ok(Converted { json, bytes: reader.budget.spent() })
}

struct Reader<'a, 'js> {
    ctx: &'a Ctx<'js>,
    tools: &'a Tools<'js>,
    /// A small graph can expand to a huge tree.
    budget: Budget,
}

impl<'js> Reader<'_, 'js> {
    fn read(&mut self, value: &Value<'js>, depth: usize) -> Result<Option<Json>> {
        self.take(MEMBER_BYTES)?;
        match value.as_object() {
            Some(object) => self.object(object, depth),
            None => self.scalar(value),
        }
    }

    fn scalar(&mut self, value: &Value<'js>) -> Result<Option<Json>> {
        Ok(match value.type_of() {
            Type::Null => Some(Json::Null),
            Type::Bool => value.as_bool().map(Json::Bool),
            Type::Int | Type::Float => Some(value.as_number().map_or(Json::Null, number_to_json)),
            Type::String => value.as_string().map(|text| self.text(text)).transpose()?.map(Json::String),
            Type::BigInt => Some(self.integer(value)?),
            // undefined and symbols
            _ => None,
        })
    }

    fn integer(&self, value: &Value<'js>) -> Result<Json> {
        let text: Option<String> = self.tools.integer.call((value.clone(),))?;
        let signed = text.as_ref().and_then(|text| text.parse::<i64>().ok()).map(Json::from);
        let number = signed.or_else(|| text?.parse::<u64>().ok().map(Json::from));
        number.ok_or_else(|| Exception::throw_range(self.ctx, "a BigInt of a record must fit into 64 bits"))
    }

    fn object(&mut self, object: &Object<'js>, depth: usize) -> Result<Option<Json>> {
        let to_json: Value = object.get(PredefinedAtom::ToJSON)?;
        if let Some(function) = to_json.as_function() {
            let replaced: Value = function.call((This(object.clone()), ""))?;
            return match replaced.as_object() {
                Some(object) => self.members(object, depth),
                None => self.scalar(&replaced),
            };
        }
        self.members(object, depth)
    }

    fn members(&mut self, object: &Object<'js>, depth: usize) -> Result<Option<Json>> {
        if object.is_function() {
            return Ok(None);
        }
        if depth >= MAX_DEPTH {
            return Err(Exception::throw_type(self.ctx, "the value is cyclic or nested deeper than 128"));
        }
        let is_proxy = object.as_value().is_proxy();
        if object.is_array() || (is_proxy && self.tools.is_array.call((object.clone(),))?) {
            return self.array(object, depth).map(Some);
        }
        // The handler of a proxy returns its prototype, and may throw.
        let is_plain = !is_proxy && object.get_prototype().is_some_and(|found| found == self.tools.plain);
        if !is_plain {
            let inside: Value = self.tools.unboxed.call((object.clone(),))?;
            if !inside.is_object() {
                return self.scalar(&inside);
            }
        }
        let mut members = Map::new();
        for property in object.own_props::<JsString, Value>(Filter::new().string().enum_only()) {
            let (name, member) = property?;
            if let Some(json) = self.read(&member, depth + 1)? {
                members.insert(self.text(&name)?, json);
            }
        }
        Ok(Some(Json::Object(members)))
    }

    fn array(&mut self, array: &Object<'js>, depth: usize) -> Result<Json> {
        // Up to 2^32 - 1, or any value that the handler of a proxy returns.
        let length: f64 = array.get::<_, Value>(PredefinedAtom::Length)?.as_number().unwrap_or_default();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let length = length.max(0.0) as usize;
        if length > self.budget.left() / MEMBER_BYTES {
            self.take(usize::MAX)?;
        }
        let mut items = Vec::with_capacity(length.min(1024));
        for position in 0..u32::try_from(length).unwrap_or(u32::MAX) {
            let item: Value = array.get(position)?;
            items.push(self.read(&item, depth + 1)?.unwrap_or(Json::Null));
        }
        Ok(Json::Array(items))
    }

    fn text(&mut self, text: &JsString<'js>) -> Result<String> {
        let text = match text.to_string() {
            Err(Error::Utf8(_)) => self.tools.well_formed.call::<_, JsString>((text.clone(),))?.to_string(),
            outcome => outcome,
        }?;
        self.take(text.len())?;
        Ok(text)
    }

    fn take(&mut self, bytes: usize) -> Result<()> {
        self.budget.take(bytes).map_err(|error| Exception::throw_range(self.ctx, &error.to_string()))
    }
}

/// Converts a number to JSON: whole numbers without a fraction, numbers that JSON cannot represent as null.
#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
fn number_to_json(number: f64) -> Json {
    let whole = number as i64;
    if whole as f64 == number && whole.unsigned_abs() <= MAX_SAFE.unsigned_abs() {
        return Json::from(whole);
    }
    // The digits of a larger one are those that JavaScript writes.
    let digits = if number.fract() == 0.0 && number.abs() < 1e20 { format!("{number}") } else { String::new() };
    if let Ok(signed) = digits.parse::<i64>() {
        return Json::from(signed);
    }
    if let Ok(unsigned) = digits.parse::<u64>() {
        return Json::from(unsigned);
    }
    Number::from_f64(number).map_or(Json::Null, Json::Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_written_as_integers() {
        for (number, wanted) in [
            (2.0, "2"),
            (-0.0, "0"),
            (1.5, "1.5"),
            (1e18, "1000000000000000000"),
            (-1_551_901_869_120_238_848.0, "-1551901869120238800"),
            (9_007_199_254_740_994.0, "9007199254740994"),
            (9_223_372_036_854_775_808.0, "9223372036854776000"),
            (18_446_744_073_709_551_616.0, "1.8446744073709552e+19"),
            (1e21, "1e+21"),
            (f64::NAN, "null"),
            (f64::INFINITY, "null"),
        ] {
            assert_eq!(number_to_json(number).to_string(), wanted, "{number}");
        }
    }
}
