'use strict';
// Verification of callbacks of the platform.

const native = require('./native.js');
const check = require('./check.js');
const { ConfigError } = require('./errors.js');

/** Returns whether a callback was signed with this key. */
function verifyWebhook(key, body, signature) {
  if (check.text('key', key) === '') {
    throw new ConfigError('key must not be empty', {
      hint: 'Anyone can sign with an empty key. Is the variable set that holds it?',
    });
  }
  // A request without a body; Express leaves it undefined.
  if (body === undefined || body === null) return false;
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  if (!(bytes instanceof Uint8Array)) {
    const error = check.wrong('body', 'the raw body, a string or a Uint8Array', body);
    error.hint = 'A body that was parsed is not the one that was signed; with Express, use express.raw().';
    throw error;
  }
  // A missing or repeated header verifies nothing.
  return typeof signature === 'string' && native.verifyWebhook(key, bytes, signature);
}

module.exports = { verifyWebhook };
