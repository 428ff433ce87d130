//! Records between Rust and JavaScript, directly and without a JSON text between.

use rquickjs::atom::PredefinedAtom;
use rquickjs::{Array, Ctx, Error, Exception, Filter, Object, Result, String as JsString, Type, Value};
use serde_json::{Map, Number, Value as Json};

/// Deepest nesting of a result.
const MAX_DEPTH: usize = 128;
/// What one member of a result counts, beside its text.
const MEMBER_BYTES: usize = 64;

/// A JSON value as a new JavaScript value.
pub(super) fn to_js<'js>(ctx: &Ctx<'js>, json: &Json) -> Result<Value<'js>> {
    Ok(match json {
        Json::Null => Value::new_null(ctx.clone()),
        Json::Bool(value) => Value::new_bool(ctx.clone(), *value),
        Json::Number(number) => number_to_js(ctx, number),
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
                // Assigning to `__proto__` would change the prototype in place of making a property.
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

fn number_to_js<'js>(ctx: &Ctx<'js>, number: &Number) -> Value<'js> {
    match number.as_i64().and_then(|whole| i32::try_from(whole).ok()) {
        Some(small) => Value::new_int(ctx.clone(), small),
        None => Value::new_number(ctx.clone(), number.as_f64().unwrap_or(f64::NAN)),
    }
}

/// A JavaScript value as JSON, by the rules of `JSON.stringify`; none for `undefined`, functions and symbols.
///
/// # Errors
/// An exception when it is cyclic, nests deeper than 128, is larger than `bytes`, or one of its getters throws.
pub(super) fn to_json<'js>(value: &Value<'js>, bytes: usize) -> Result<Option<Json>> {
    let ctx = value.ctx();
    let plain: Object = Object::new(ctx.clone())?;
    let prototype = plain.get_prototype().ok_or(Error::Unknown)?;
    Reader { ctx, prototype, left: bytes }.read(value, 0)
}

struct Reader<'a, 'js> {
    ctx: &'a Ctx<'js>,
    /// That of plain objects.
    prototype: Object<'js>,
    /// What the result may still take; a small graph can be a huge tree.
    left: usize,
}

impl<'js> Reader<'_, 'js> {
    fn read(&mut self, value: &Value<'js>, depth: usize) -> Result<Option<Json>> {
        self.take(MEMBER_BYTES)?;
        Ok(match value.type_of() {
            Type::Null => Some(Json::Null),
            Type::Bool => value.as_bool().map(Json::Bool),
            Type::Int | Type::Float => Some(value.as_number().map_or(Json::Null, number_to_json)),
            Type::String => value.as_string().map(|text| self.text(text)).transpose()?.map(Json::String),
            Type::Array => self.array(value, depth)?,
            Type::Object => self.object(value, depth)?,
            Type::BigInt => return Err(Exception::throw_type(self.ctx, "a BigInt cannot be a value of a record")),
            Type::Exception | Type::Promise | Type::Proxy => self.exotic(value)?,
            // undefined, functions and symbols
            _ => None,
        })
    }

    fn array(&mut self, value: &Value<'js>, depth: usize) -> Result<Option<Json>> {
        let Some(array) = value.as_array() else { return Ok(None) };
        self.enter(depth)?;
        let mut items = Vec::new();
        for position in 0..array.len() {
            let item: Value = array.get(position)?;
            items.push(self.read(&item, depth + 1)?.unwrap_or(Json::Null));
        }
        Ok(Some(Json::Array(items)))
    }

    fn object(&mut self, value: &Value<'js>, depth: usize) -> Result<Option<Json>> {
        let Some(object) = value.as_object() else { return Ok(None) };
        let plain = object.get_prototype().is_none_or(|prototype| prototype == self.prototype);
        if !plain || object.get::<_, Value>(PredefinedAtom::ToJSON)?.is_function() {
            return self.exotic(value);
        }
        self.enter(depth)?;
        let mut members = Map::new();
        for property in object.own_props::<JsString, Value>(Filter::new().string().enum_only()) {
            let (name, member) = property?;
            if let Some(json) = self.read(&member, depth + 1)? {
                members.insert(self.text(&name)?, json);
            }
        }
        Ok(Some(Json::Object(members)))
    }

    /// Dates, boxed values, instances of classes, proxies: as JavaScript's own `JSON.stringify` has them.
    fn exotic(&mut self, value: &Value<'js>) -> Result<Option<Json>> {
        let Some(text) = self.ctx.json_stringify(value.clone())? else { return Ok(None) };
        let text = self.text(&text)?;
        let unreadable = |_| Exception::throw_range(self.ctx, "the value cannot be a part of a record");
        serde_json::from_str(&text).map(Some).map_err(unreadable)
    }

    fn text(&mut self, text: &JsString<'js>) -> Result<String> {
        let text = match text.to_string() {
            // A half of a surrogate pair has no form in JSON; the engine replaces it.
            Err(Error::Utf8(_)) => well_formed(self.ctx, text)?,
            outcome => outcome?,
        };
        self.take(text.len())?;
        Ok(text)
    }

    fn enter(&self, depth: usize) -> Result<()> {
        if depth < MAX_DEPTH {
            return Ok(());
        }
        Err(Exception::throw_type(self.ctx, "the value is cyclic or nested deeper than 128"))
    }

    fn take(&mut self, bytes: usize) -> Result<()> {
        match self.left.checked_sub(bytes) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(Exception::throw_range(self.ctx, "the value is too large")),
        }
    }
}

fn well_formed<'js>(ctx: &Ctx<'js>, text: &JsString<'js>) -> Result<String> {
    let to_well_formed: rquickjs::Function = ctx.eval("(text) => text.toWellFormed()")?;
    to_well_formed.call::<_, JsString>((text.clone(),))?.to_string()
}

/// Whole numbers have no fraction in JSON; what JSON cannot hold is null.
#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
fn number_to_json(number: f64) -> Json {
    let whole = number as i64;
    if whole as f64 == number && number.abs() < 9_007_199_254_740_992.0 {
        return Json::Number(whole.into());
    }
    Number::from_f64(number).map_or(Json::Null, Json::Number)
}
