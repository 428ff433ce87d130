// Integers that a number cannot represent are BigInts in records; this keeps them exact in JSON.parse and
// JSON.stringify too. Returns the functions that conversions need.
(function () {
  'use strict';
  const { apply } = Reflect;
  const { parse, rawJSON, isRawJSON } = JSON;
  const { isInteger, isSafeInteger } = Number;
  const { toString } = BigInt.prototype;
  const { toWellFormed } = String.prototype;
  const { exec } = RegExp.prototype;
  const Big = BigInt;
  const long = /\d{16}/;
  const whole = /^-?\d+$/;

  // JSON.stringify rejects a BigInt without this method.
  Object.defineProperty(BigInt.prototype, 'toJSON', {
    value: function toJSON() {
      return rawJSON(apply(toString, this, []));
    },
    writable: true,
    configurable: true,
  });

  // A record holds integers of 64 bits; larger ones stay numbers, as everywhere outside of scripts.
  const fits = (value) => value >= -(2n ** 63n) && value < 2n ** 64n;
  const exact = (value, context) => {
    if (typeof value !== 'number' || !isInteger(value) || isSafeInteger(value)) return value;
    if (!apply(exec, whole, [context.source])) return value;
    const integer = Big(context.source);
    return fits(integer) ? integer : value;
  };
  JSON.parse = function parse_(text, reviver) {
    text = `${text}`;
    if (!apply(exec, long, [text])) return parse(text, reviver);
    return parse(
      text,
      typeof reviver === 'function'
        ? function (key, value, context) {
            return apply(reviver, this, [key, exact(value, context), context]);
          }
        : (key, value, context) => exact(value, context),
    );
  };
  Object.defineProperty(JSON.parse, 'name', { value: 'parse' });

  const boxed = [Number, String, Boolean, BigInt].map((box) => box.prototype.valueOf);
  return {
    isArray: Array.isArray,
    integer: (value) => (fits(value) ? apply(toString, value, []) : undefined),
    unboxed(value) {
      if (isRawJSON(value)) return parse(value.rawJSON, (key, value, context) => exact(value, context));
      for (let index = 0; index < 4; index++) {
        try {
          return apply(boxed[index], value, []);
        } catch {}
      }
      return value;
    },
    wellFormed: (text) => apply(toWellFormed, text, []),
  };
});
