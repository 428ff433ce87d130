// Types that several parts share: options of every call, warnings, integers.

import type { InvalidRequestError, TimeoutError } from './errors';
import type { Job } from './jobs';

/** A record as the platform gives it. */
export type JsonRecord = { [field: string]: unknown };

/** The result of {@link Job.stream}, which is a stream for the web and for Node's own modules. */
export type ByteStream = ReadableStream<Uint8Array> & import('node:stream/web').ReadableStream<Uint8Array>;

/** A target of {@link Job.download}. */
export type ByteTarget = WritableStream<Uint8Array> | import('node:stream/web').WritableStream<Uint8Array>;

/**
 * Type of integers beyond 2^53, which a number cannot hold: `bigint`, string, or the nearest number. All other integers
 * are numbers. Bigints are accepted in conditions, as ids, and wherever a value is sent as JSON.
 */
export type Integers = 'bigint' | 'text' | 'number';

/**
 * Policy for warnings of the platform, most often about a field that no record has. `report` emits each as an
 * {@link ElementKitWarning} of the process; `deny` makes it an {@link InvalidRequestError}, and cancels a job that was
 * started; `ignore` does nothing. Pages and jobs carry their warnings in any case.
 */
export type Warnings = 'report' | 'deny' | 'ignore';

/**
 * A warning of the platform, as passed to `process.on('warning', …)`. `node --disable-warning=ElementKitWarning` hides
 * them.
 */
export class ElementKitWarning extends Error {
  private constructor();
  readonly name: 'ElementKitWarning';
  /** The stable code of its kind. Node prints it before the message. */
  readonly code: WarningCode;
  /** The field or parameter it is about. */
  readonly field: string | undefined;
  /** The name that was probably meant. */
  readonly suggestion: string | undefined;
}

/** The stable codes of warnings; a newer platform may have more. */
export type WarningCode = 'unknown_field' | 'invalid_date' | 'ignored_parameter' | 'adjusted' | 'empty_range' | 'other';

/** Options of every call. */
export interface CallOptions {
  /** Aborting it drops the call with its calls to the vendor. */
  signal?: AbortSignal | undefined;
  /**
   * Milliseconds until the response, for iterators and streams until the next item; then the call is dropped and fails
   * with a {@link TimeoutError}.
   */
  timeoutMs?: number | undefined;
}

/** Values that are sent as strings. */
export type Scalars = { readonly [name: string]: string | number | bigint | boolean | undefined };
