// Signatures of callbacks.

import type { ConfigError } from './errors';

/**
 * Returns whether a callback was signed with this key (the instance's `event.notification.signature.key`), compared in
 * constant time. Verify before parsing the body; the signature is the header `Elements-Webhook-Signature`. Returns
 * `false` without a body and without exactly one signature. Throws a {@link ConfigError} for an empty key, with which
 * anyone can sign, and for a parsed body.
 */
export function verifyWebhook(
  key: string,
  body: Uint8Array | string | null | undefined,
  signature: string | readonly string[] | null | undefined,
): boolean;
