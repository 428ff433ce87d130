'use strict';
// Connecting BrightTALK.

const { ConfigError } = require('./errors.js');

const brighttalk = {
  async connect(platform, options = {}) {
    const { name = 'BrightTALK', apiKey, apiSecret, staging = false, keepWithoutEmail = false, ...rest } = options;
    const given = (value, variable) => {
      const found = value ?? process.env[variable];
      if (found) return found;
      throw new ConfigError(`the credentials are missing: ${variable} is not set`, { hint: `Give them, or set ${variable}.` });
    };
    const configuration = {
      'brighttalk.api.key': given(apiKey, 'BRIGHTTALK_API_KEY'),
      'brighttalk.api.secret': given(apiSecret, 'BRIGHTTALK_API_SECRET'),
      'brighttalk.isstaging': staging,
      'brighttalk.bulkignore.emailnotpresent': !keepWithoutEmail,
    };
    return platform.instances.connect({ element: 'brighttalk', name, configuration, ...rest });
  },
};

module.exports = brighttalk;
