'use strict';
// Connecting BrightTALK.

const check = require('./check.js');
const { CONNECT_BRIGHTTALK, Platform } = require('./platform.js');

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
    const { name, tags, apiKey, apiSecret, staging, keepWithoutEmail, ...limit } = check.options(given, CONNECT);
    const wanted = {
      name,
      tags,
      api_key: apiKey,
      api_secret: apiSecret,
      staging,
      keep_without_email: keepWithoutEmail,
    };
    return platform.instances[CONNECT_BRIGHTTALK](wanted, limit);
  },
};

module.exports = brighttalk;
