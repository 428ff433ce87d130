// The toLocale… methods for US English and UTC. QuickJS has no Intl and ignores the options. Here an unsupported option
// is an error, since otherwise text in another format than the requested one would be stored silently.
(function () {
  'use strict';
  const { apply, ownKeys } = Reflect;
  const { isArray } = Array;
  const { toFixed, valueOf: numberValue } = Number.prototype;
  const { toString: bigText } = BigInt.prototype;
  const { replace } = String.prototype;
  const Big = BigInt,
    Text = String;

  const refuse = (name, what) => {
    throw new RangeError(`${name}: ${what} is not supported; scripts know the locale en-US and the time zone UTC`);
  };
  const known = (locale) => locale === undefined || locale === 'en-US' || locale === 'en';
  const checkLocales = (name, locales) => {
    for (const locale of isArray(locales) ? locales : [locales]) {
      if (!known(locale)) refuse(name, `the locale ${Text(locale)}`);
    }
  };
  const zones = ['UTC', 'Etc/UTC', 'GMT'];
  // Returns the given options of a method; throws if one is not supported.
  const checkOptions = (name, options, supported) => {
    if (options === undefined) return {};
    const given = {};
    for (const key of ownKeys(Object(options))) {
      const value = options[key];
      if (value === undefined) continue;
      if (!(key in supported)) refuse(name, `the option ${Text(key)}`);
      if (!supported[key](value)) refuse(name, `${Text(key)}: ${Text(value)}`);
      given[key] = value;
    }
    return given;
  };
  const define = (prototype, name, length, method) => {
    Object.defineProperty(method, 'name', { value: name });
    Object.defineProperty(method, 'length', { value: length });
    Object.defineProperty(prototype, name, { value: method, writable: true, configurable: true });
  };

  const date = { __proto__: null, timeZone: (zone) => zones.includes(zone) };
  const get = Date.prototype;
  const { getUTCFullYear, getUTCMonth, getUTCDate, getUTCHours, getUTCMinutes, getUTCSeconds, getTime } = get;
  const two = (number) => (number < 10 ? `0${number}` : `${number}`);
  const day = (at) => `${apply(getUTCMonth, at, []) + 1}/${apply(getUTCDate, at, [])}/${apply(getUTCFullYear, at, [])}`;
  const time = (at) => {
    const hours = apply(getUTCHours, at, []);
    const rest = `${two(apply(getUTCMinutes, at, []))}:${two(apply(getUTCSeconds, at, []))}`;
    return `${hours % 12 || 12}:${rest} ${hours < 12 ? 'AM' : 'PM'}`;
  };
  const dates = {
    toLocaleString: (at) => `${day(at)}, ${time(at)}`,
    toLocaleDateString: day,
    toLocaleTimeString: time,
  };
  for (const name of ownKeys(dates)) {
    define(get, name, 0, function (locales, options) {
      checkLocales(name, locales);
      checkOptions(name, options, date);
      return apply(getTime, this, []) === apply(getTime, this, []) ? dates[name](this) : 'Invalid Date';
    });
  }

  const digits = (count) => Number.isInteger(count) && count >= 0 && count <= 20;
  const number = {
    __proto__: null,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    useGrouping: (use) => typeof use === 'boolean',
  };
  const grouped = (text) => apply(replace, text, [/\B(?=(\d{3})+$)/g, ',']);
  // Returns the digits of a non-negative number with at most `most` decimals; halves are rounded up.
  const decimal = (value, most) => {
    if (value >= 1e21) return `${Big(value)}`;
    if (value < 1e-6) return apply(toFixed, value, [most]);
    const [whole, fraction = ''] = `${value}`.split('.');
    if (fraction.length <= most) return `${whole}.${fraction}`;
    const digits = `${(Big(whole + fraction.slice(0, most + 1)) + 5n) / 10n}`.padStart(most + 1, '0');
    return `${digits.slice(0, digits.length - most)}.${digits.slice(digits.length - most)}`;
  };
  const formatted = (value, options) => {
    if (value !== value) return 'NaN';
    if (value === Infinity || value === -Infinity) return value < 0 ? '-∞' : '∞';
    const least = options.minimumFractionDigits ?? 0;
    const most = options.maximumFractionDigits ?? Math.max(least, 3);
    if (least > most) throw new RangeError('minimumFractionDigits is larger than maximumFractionDigits');
    const negative = value < 0 || (value === 0 && 1 / value < 0);
    const text = decimal(negative ? -value : value, most);
    let [whole, fraction = ''] = text.split('.');
    while (fraction.length > least && fraction.endsWith('0')) fraction = fraction.slice(0, -1);
    fraction = fraction.padEnd(least, '0');
    return `${negative ? '-' : ''}${options.useGrouping === false ? whole : grouped(whole)}${fraction && `.${fraction}`}`;
  };
  define(Number.prototype, 'toLocaleString', 0, function toLocaleString(locales, options) {
    checkLocales('toLocaleString', locales);
    return formatted(apply(numberValue, this, []), checkOptions('toLocaleString', options, number));
  });
  define(BigInt.prototype, 'toLocaleString', 0, function toLocaleString(locales, options) {
    checkLocales('toLocaleString', locales);
    const given = checkOptions('toLocaleString', options, { __proto__: null, useGrouping: number.useGrouping });
    const text = apply(bigText, this, []);
    return given.useGrouping === false ? text : grouped(text);
  });

  const { toLowerCase, toUpperCase, localeCompare } = String.prototype;
  define(String.prototype, 'toLocaleLowerCase', 0, function toLocaleLowerCase(locales) {
    checkLocales('toLocaleLowerCase', locales);
    return apply(toLowerCase, this, []);
  });
  define(String.prototype, 'toLocaleUpperCase', 0, function toLocaleUpperCase(locales) {
    checkLocales('toLocaleUpperCase', locales);
    return apply(toUpperCase, this, []);
  });
  define(String.prototype, 'localeCompare', 1, function (that, locales, options) {
    checkLocales('localeCompare', locales);
    checkOptions('localeCompare', options, { __proto__: null });
    return apply(localeCompare, this, [that]);
  });
});
