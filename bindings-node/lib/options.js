'use strict';
// Options of platforms: the option in core and the rule of each. Generated from the option tables of core; do not edit.

const check = require('./check.js');

const HOSTED = {
  baseUrl: ['base_url', check.filled],
  userSecret: ['user_secret', check.filled],
  organizationSecret: ['organization_secret', check.filled],
  allowInsecureHttp: ['allow_insecure_http', check.flag],
  timeoutMs: ['timeout_ms', check.milliseconds],
  connectTimeoutMs: ['connect_timeout_ms', check.milliseconds],
  readTimeoutMs: ['read_timeout_ms', check.milliseconds],
  retries: ['retries', check.whole(0)],
  proxy: ['proxy', check.filled],
  noProxy: ['no_proxy', check.flag],
  caFile: ['ca_file', check.files],
  answerLimit: ['answer_limit', check.whole(1)],
  warnings: ['warnings', check.warnings],
};

const EMBEDDED = {
  workers: ['resume_jobs', check.workers],
  timeoutMs: ['timeout_ms', check.milliseconds],
  warnings: ['warnings', check.warnings],
  keyFile: ['key_file', check.file],
  caFile: ['ca_file', check.files],
  brighttalkUrl: ['brighttalk_url', check.filled],
  allowVendorOverride: ['allow_vendor_override', check.flag],
  vendorAttempts: ['vendor_attempts', check.whole(1)],
  vendorRetryAfterMs: ['vendor_retry_after_ms', check.milliseconds],
  vendorConnectTimeoutMs: ['vendor_connect_timeout_ms', check.milliseconds],
  vendorReadTimeoutMs: ['vendor_read_timeout_ms', check.milliseconds],
  vendorTimeoutMs: ['vendor_timeout_ms', check.milliseconds],
  callTimeLimitMs: ['call_time_limit_ms', check.milliseconds],
  maxOutageMs: ['max_outage_ms', check.milliseconds],
  retentionMs: ['retention_ms', check.milliseconds],
  leaseMs: ['lease_ms', check.milliseconds],
  sortMemory: ['sort_memory', check.whole(1)],
  commitBytes: ['commit_bytes', check.whole(0)],
  scriptTimeLimitMs: ['script_time_limit_ms', check.milliseconds],
  scriptMemory: ['script_memory', check.whole(1)],
  exposeScriptSecrets: ['expose_script_secrets', check.flag],
  scriptNetwork: ['script_network', check.filled],
  publishedOnly: ['published_only', check.flag],
  derivedActivityFields: ['derived_activity_fields', check.flag],
  recordUsage: ['record_usage', check.flag],
  allowPrivateCallbacks: ['allow_private_callbacks', check.flag],
  allowPrivateVendors: ['allow_private_vendors', check.flag],
};

const UPLOAD = {
  mode: ['mode', check.filled],
  key: ['key', check.filled],
  format: ['format', check.filled],
  path: ['path', check.filled],
  concurrency: ['concurrency', check.whole(0)],
  unknownColumns: ['unknown_columns', check.flag],
  callbackUrl: ['callback_url', check.filled],
  callbackPayload: ['callback_payload', check.document],
  warnings: ['warnings', check.warnings],
};

module.exports = { HOSTED, EMBEDDED, UPLOAD };
