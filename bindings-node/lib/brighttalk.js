'use strict';
// Connecting BrightTALK.

const check = require('./check.js');
const { Platform } = require('./platform.js');

const CONNECT = {
  ...check.CALL,
  name: check.text,
  tags: check.texts,
  apiKey: check.text,
  apiSecret: check.text,
  staging: check.flag,
  keepWithoutEmail: check.flag,
};

const brighttalk = {
  async connect(platform, given) {
    if (!(platform instanceof Platform)) throw check.wrong('platform', 'a Platform', platform);
    const {
      name,
      apiKey,
      apiSecret,
      staging = false,
      keepWithoutEmail = false,
      ...rest
    } = check.options(given, CONNECT);
    const configuration = {
      ...(apiKey && { 'brighttalk.api.key': apiKey }),
      ...(apiSecret && { 'brighttalk.api.secret': apiSecret }),
      'brighttalk.isstaging': String(staging),
      'brighttalk.bulkignore.emailnotpresent': String(!keepWithoutEmail),
    };
    return platform.instances.connectFromEnv({ element: 'brighttalk', name, configuration, ...rest });
  },
};

module.exports = brighttalk;
