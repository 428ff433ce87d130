'use strict';

const brighttalk = require('./brighttalk.js');
const ceql = require('./ceql.js');
const { LoopbackCallback, OauthUrl } = require('./elements.js');
const { fromNative, ...errors } = require('./errors.js');
const { Instance } = require('./instance.js');
const { Bulk, Job, Sync } = require('./jobs.js');
const { Instances, Platform } = require('./platform.js');
const { Records } = require('./records.js');
const { CommonResources, Definitions, Transformations } = require('./shapes.js');
const { ElementKitWarning } = require('./warning.js');
const { verifyWebhook } = require('./webhook.js');

module.exports = {
  Platform,
  Instances,
  Instance,
  Records,
  Bulk,
  Job,
  Sync,
  Definitions,
  Transformations,
  CommonResources,
  LoopbackCallback,
  OauthUrl,
  ElementKitWarning,
  brighttalk,
  verifyWebhook,
  ...ceql,
  ...errors,
};
