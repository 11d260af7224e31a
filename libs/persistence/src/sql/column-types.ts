// The PostgreSQL types that statements take, and what each is in TypeScript. A trailing `?` permits null.

interface ValueTypes {
  uuid: string;
  text: string;
  boolean: boolean;
  smallint: number;
  integer: number;
  /** A string where it may exceed what a double holds exactly. */
  bigint: number | string;
  float8: number;
  timestamptz: Date | string;
  date: string;
  bytea: Buffer;
  /** The text of the document: who has an object says when it is made into text. */
  json: string;
  jsonb: string;
}

type SqlType = keyof ValueTypes;

/** One value. `text[]`: an array, as one parameter. */
export type ColumnType = SqlType | `${SqlType}?` | `${SqlType}[]`;

/** Columns of rows: a row holds one value of each, never an array. */
export type ColumnTypes = Readonly<Record<string, SqlType | `${SqlType}?`>>;

export type TypeScriptType<T extends ColumnType> = T extends `${infer S extends SqlType}?`
  ? ValueTypes[S] | null | undefined
  : T extends `${infer S extends SqlType}[]`
    ? readonly ValueTypes[S][]
    : T extends SqlType
      ? ValueTypes[T]
      : never;

/** Every property has to be there, so that a misspelt one does not compile; `undefined` is stored as null. */
export type RowOf<C extends ColumnTypes> = { readonly [Property in keyof C]: TypeScriptType<C[Property]> };

/** The same rows as one array per column, for who has them so. */
export type ColumnsOf<C extends ColumnTypes> = {
  readonly [Property in keyof C]: readonly TypeScriptType<C[Property]>[];
};
