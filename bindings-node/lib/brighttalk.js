'use strict';
// Connecting BrightTALK.

const check = require('./check.js');
const { ConfigError } = require('./errors.js');
const { Platform } = require('./platform.js');

const CONNECT = {
  ...check.CALL, name: check.text, tags: check.texts, apiKey: check.text, apiSecret: check.text, staging: check.flag,
  keepWithoutEmail: check.flag,
};

const brighttalk = {
  async connect(platform, given) {
    if (!(platform instanceof Platform)) throw check.wrong('platform', 'a Platform', platform);
    const { name = 'BrightTALK', apiKey, apiSecret, staging = false, keepWithoutEmail = false, ...rest } = check.options(given, CONNECT);
    const configuration = {
      'brighttalk.api.key': credential('apiKey', apiKey, 'BRIGHTTALK_API_KEY'),
      'brighttalk.api.secret': credential('apiSecret', apiSecret, 'BRIGHTTALK_API_SECRET'),
      'brighttalk.isstaging': staging,
      'brighttalk.bulkignore.emailnotpresent': !keepWithoutEmail,
    };
    return platform.instances.connect({ element: 'brighttalk', name, configuration, ...rest });
  },
};

/** A credential that is given, or that of the environment. */
function credential(option, value, variable) {
  const found = value || process.env[variable];
  if (found) return found;
  throw new ConfigError(`the credentials are missing: there is no ${option}, and ${variable} is not set`, {
    hint: `Pass ${option}, or set ${variable}.`,
  });
}

module.exports = brighttalk;
