// Elements of a platform, and logins that a user grants in a browser.

import type { CallOptions, JsonRecord, Scalars } from './common';
import type {
  AuthenticationError,
  ConfigError,
  ConflictError,
  InvalidRequestError,
  NotFoundError,
  PermissionDeniedError,
  TimeoutError,
} from './errors';
import type { NewInstance } from './platform';

/** Values for the address at which a user grants access. */
export interface OauthOptions extends CallOptions {
  /** The address of the application to which the vendor sends the user; by default the element's own. */
  callbackUrl?: string | undefined;
  /** The client id of the application; by default the element's own. */
  apiKey?: string | undefined;
  /** The scopes, separated as the vendor expects it; by default the element's own. */
  scope?: string | undefined;
  /** The state that the vendor repeats to the callback; random by default. */
  state?: string | undefined;
  /**
   * Values for placeholders of the address, for instance `siteAddress`. OAuth 1 needs the client secret, as `apiSecret`.
   */
  parameters?: Scalars | undefined;
}

/** The definition of an element: a document, or the path of a file or folder that has one. */
export type Definition = object | string | URL;

/** A problem or a remark about a definition. */
export interface Finding {
  /** JSON pointer of the value, or of the object that lacks it. */
  pointer: string;
  /** Kind of the finding: a word that programs compare. */
  code: string;
  /** One sentence, without the pointer. */
  message: string;
  /** Advice, if there is any. */
  hint?: string;
}

/** The findings in a definition. */
export interface DefinitionReport {
  /** With one of them no import succeeds. */
  problems: Finding[];
  /** Parts that are stored and do not run, or run with a risk. */
  remarks: Finding[];
}

/** The elements of a platform; each is named by its key or its id. */
export interface Elements {
  /** Returns all elements: `platform.elements()` is the same as {@link list}. */
  (options?: CallOptions): Promise<JsonRecord[]>;
  /** Returns all elements. */
  list(options?: CallOptions): Promise<JsonRecord[]>;
  /** Returns one element; fails with a {@link NotFoundError} if no element has that key or id. */
  get(element: string, options?: CallOptions): Promise<JsonRecord>;
  /** Returns the capabilities of an element, such as its `authenticationType` (spec P 5). */
  metadata(element: string, options?: CallOptions): Promise<JsonRecord>;
  /** Returns the configuration that instances of an element accept: `key`, `name`, `required`, defaults. */
  configuration(element: string, options?: CallOptions): Promise<JsonRecord[]>;
  /**
   * Imports a definition as a new element of the organization (spec E 2.1). It can be connected at once by its key:
   * `platform.instances.connect({ element: 'acme', … })`. A string or a `file:` URL is the path of a file or folder: one
   * JSON or YAML, or a folder with scripts in files.
   *
   * Fails with an {@link InvalidRequestError} if the definition has a problem ({@link check} finds all of them), with a
   * {@link ConflictError} if an element has its key, with a {@link PermissionDeniedError} if the caller may not write
   * elements.
   */
  import(definition: Definition, options?: CallOptions): Promise<JsonRecord>;
  /**
   * Replaces the definition of an element (spec E 2.3); fails as {@link import}. It applies to calls from then on;
   * running bulk jobs finish with the one they began with.
   */
  replace(element: string, definition: Definition, options?: CallOptions): Promise<JsonRecord>;
  /** Returns the definition of an element: what was imported, with ids and defaults (spec E 1.97). */
  export(element: string, options?: CallOptions): Promise<JsonRecord>;
  /** Removes an element of the organization (spec E 2.4); fails with a {@link ConflictError} while it has instances. */
  remove(element: string, options?: CallOptions): Promise<void>;
  /** Returns the findings in a definition, without a call to the platform (spec E 1.10). */
  check(definition: Definition, options?: CallOptions): Promise<DefinitionReport>;
  /**
   * Returns the address at which a user grants access to an element with OAuth 2 (spec E 4.24). Open its `url` in a
   * browser. The vendor sends the user to the callback with a code: a {@link LoopbackCallback} receives it on this
   * machine, {@link OauthUrl.grant} reads it from an address. Pass the grant as {@link NewInstance.granted}, with the
   * configuration `oauth.api.key`, `oauth.api.secret` and `oauth.callback.url`.
   *
   * Fails with an {@link InvalidRequestError} if the element does not use OAuth 2, or a value without default is missing.
   */
  oauthUrl(element: string, options?: OauthOptions): Promise<OauthUrl>;
}

/** The code and the state that a vendor sent to the callback after a user granted access. */
export interface Grant {
  /** The code: a secret that serves once and is short-lived. It is not enumerable, so that printing does not show it. */
  readonly code: string;
  /** The state of the login. */
  readonly state: string;
}

/** The address at which a user grants access to an element with OAuth 2. */
export class OauthUrl {
  private constructor();
  /** The address to open in a browser. */
  readonly url: string;
  /** The key of the element. */
  readonly element: string;
  /** The state by which the redirect of this user is recognized. */
  readonly state: string;
  /**
   * Returns the grant in the address of the callback, for a program that receives that address itself: the whole
   * address to which the vendor sent the user, with its query. Throws an {@link AuthenticationError} if the user or the
   * vendor denied access, and a {@link ConfigError} if the address has another state, so that it belongs to another
   * login, or has no code.
   */
  grant(redirect: string | URL): Grant;
}

/**
 * Receives the code of a vendor when a user granted access in a browser on this machine (spec E 4.60). Bind it, pass its
 * `url` as `callbackUrl` and as `oauth.callback.url`, open the address of {@link Elements.oauthUrl}, then wait for
 * {@link grant}.
 */
export class LoopbackCallback {
  private constructor();
  /**
   * Listens on 127.0.0.1; port 0, the default, selects a free one. A vendor that compares the whole address needs the
   * port that is registered there. Fails with a {@link ConfigError} if the port cannot be used.
   */
  static bind(options?: CallOptions & { port?: number | undefined }): Promise<LoopbackCallback>;
  /** The address of the callback. */
  readonly url: string;
  /**
   * Waits for the redirect of a login, at most 5 minutes, and closes the callback; other requests are ignored. Fails
   * with an {@link AuthenticationError} if the user or the vendor denied access, with a {@link TimeoutError} if access
   * was not granted in time.
   */
  grant(login: OauthUrl, options?: CallOptions): Promise<Grant>;
  /** Stops listening. Has no effect once {@link grant} was called. */
  close(): void;
  /** Stops listening, for `using`. */
  [Symbol.dispose](): void;
}
