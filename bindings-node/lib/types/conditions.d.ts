// Conditions in CEQL.

/** A value in a condition. */
export type Literal = string | number | bigint | boolean | Date;

/** A condition; as a string it is CEQL. */
export class Expression {
  private constructor();
  /** Matches records that meet both conditions. */
  and(other: Expression): Expression;
  /** Matches records that meet at least one condition. */
  or(other: Expression): Expression;
  /** Matches records that do not meet this condition. */
  not(): Expression;
  /** Returns the condition as CEQL. */
  toString(): string;
}

/** A field of a record; its comparisons are an {@link Expression}. */
export class Field {
  private constructor();
  /** Equals; `null` tests for absence. */
  eq(value: Literal | null): Expression;
  /** Is present and does not equal. */
  ne(value: Literal | null): Expression;
  /** Less. */
  lt(value: Literal): Expression;
  /** Less or equal. */
  le(value: Literal): Expression;
  /** Greater. */
  gt(value: Literal): Expression;
  /** Greater or equal. */
  ge(value: Literal): Expression;
  /** Matches a pattern in which `%` matches anything, ignoring case. */
  like(pattern: string): Expression;
  /** Equals one of these values; at least one is required. */
  in(values: readonly Literal[]): Expression;
  /** Is absent. */
  isNull(): Expression;
  /** Is present. */
  isNotNull(): Expression;
}

/** Returns a field by its name or dotted path, quoted if necessary. */
export function field(name: string): Field;

/** Builds a condition from a template whose values are quoted: ``ceql`email = ${email} AND id IN (${ids})` ``. */
export function ceql(
  parts: TemplateStringsArray,
  ...values: (Literal | readonly Literal[] | Expression | null)[]
): Expression;
