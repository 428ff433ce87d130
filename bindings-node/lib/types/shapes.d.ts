// Object definitions, transformations and common resources.

import type { CallOptions, JsonRecord } from './common';
import type { ConflictError } from './errors';

/** Object definitions of a level: custom shapes. */
export class Definitions {
  private constructor();
  /** Returns the definitions of the level by name. */
  list(options?: CallOptions): Promise<{ [name: string]: JsonRecord }>;
  /** Returns it by its name. */
  get(name: string, options?: CallOptions): Promise<JsonRecord>;
  /** Creates a definition, for instance `{ fields: [{ path: 'mail', type: 'string' }] }`. */
  create(name: string, definition: object, options?: CallOptions): Promise<JsonRecord>;
  /** Replaces its fields. */
  replace(name: string, definition: object, options?: CallOptions): Promise<JsonRecord>;
  /** Renames it with its transformations at this level. */
  rename(name: string, newName: string, options?: CallOptions): Promise<void>;
  /** Deletes it; fails with a {@link ConflictError} while a transformation of the level uses it. */
  delete(name: string, options?: CallOptions): Promise<void>;
}

/** Transformations of a level, which map shapes to the objects of an element. */
export class Transformations {
  private constructor();
  /** Returns the transformations of the level by the name of their shape. */
  list(options?: CallOptions): Promise<{ [name: string]: JsonRecord }>;
  /** Returns it by its name. */
  get(name: string, options?: CallOptions): Promise<JsonRecord>;
  /**
   * Creates the transformation of a shape, for instance
   * `{ vendorName: 'contacts', fields: [{ path: 'mail', vendorPath: 'email' }] }`.
   */
  create(name: string, transformation: object, options?: CallOptions): Promise<JsonRecord>;
  /** Replaces it. */
  replace(name: string, transformation: object, options?: CallOptions): Promise<JsonRecord>;
  /** Deletes it. */
  delete(name: string, options?: CallOptions): Promise<void>;
  /** Returns a record, or an array of them, as mapped by the transformation, without calling the vendor. */
  execute(name: string, payload: unknown, options?: CallOptions & { toVendor?: boolean | undefined }): Promise<unknown>;
}

/** Shapes as the result of all levels. */
export class CommonResources {
  private constructor();
  /** Returns the common resources that the caller sees. */
  list(options?: CallOptions): Promise<JsonRecord[]>;
  /** Returns it by its name. */
  get(name: string, options?: CallOptions): Promise<JsonRecord>;
  /** Creates or replaces a common resource by its `name`. */
  save(resource: object, options?: CallOptions): Promise<JsonRecord>;
  /** Renames it. */
  rename(name: string, newName: string, options?: CallOptions): Promise<void>;
  /** Deletes it. */
  delete(name: string, options?: CallOptions): Promise<void>;
}
