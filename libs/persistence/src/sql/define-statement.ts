// SQL statements with named, typed parameters: what a statement takes is declared once, and the numbers ($1, $2, …) and
// the order of the values follow from it.
//
//   const addPeople = defineStatement({
//     name: 'add-people',
//     parameters: { people: rows({ personId: 'uuid', name: 'text?' }), tenantId: 'text' },
//     text: (p) => `INSERT INTO person SELECT ${p.tenantId}, person_id, name FROM ${p.people.as('u')}`,
//   });
//   await pool.query(addPeople({ people, tenantId }));
//
// Guarantees: a value that is missing, misspelt or of another type does not compile; a property `personId` is the
// column `person_id`; the text is built once, when the statement is defined, and a parameter that it does not use is an
// error there. Does not guarantee that the text is valid SQL.
import type { ColumnTypes, ColumnsOf, ColumnType, RowOf, TypeScriptType } from './column-types.ts';

/** A parameter of many rows, which arrives as one array per column. */
export interface Rows<C extends ColumnTypes> {
  readonly columns: C;
}

export const rows = <const C extends ColumnTypes>(columns: C): Rows<C> => ({ columns });

type ParameterType = ColumnType | Rows<ColumnTypes>;
export type ParameterTypes = Readonly<Record<string, ParameterType>>;

type ArgumentOf<T> =
  T extends Rows<infer C> ? readonly RowOf<C>[] | ColumnsOf<C> : T extends ColumnType ? TypeScriptType<T> : never;
export type ArgumentsOf<P extends ParameterTypes> = { readonly [Name in keyof P]: ArgumentOf<P[Name]> };

/** How the text refers to rows. */
export interface RowsReference<C extends ColumnTypes> {
  /**
   * `unnest($1::uuid[], …) AS alias(person_id, …)`; with `ordinality`, the name of one more column that counts the rows
   * from 1.
   */
  as(alias: string, ordinality?: string): string;
  /** One column alone: `$1::uuid[]`. */
  array(property: keyof C): string;
  /** `person_id, …` */
  readonly columns: string;
}
/** How the text refers to its parameters. */
export type ReferencesOf<P extends ParameterTypes> = {
  readonly [Name in keyof P]: P[Name] extends Rows<infer C> ? RowsReference<C> : string;
};

/** What pg's `query` takes; for TypeORM, `query(text, values)`. */
export interface BoundStatement {
  /** Present: the server keeps the statement prepared, once per connection. */
  name?: string;
  text: string;
  values: unknown[];
}

export interface StatementDefinition<P extends ParameterTypes> {
  name?: string;
  parameters: P;
  text: (parameters: ReferencesOf<P>) => string;
}

export function defineStatement<const P extends ParameterTypes>(
  definition: StatementDefinition<P>,
): (values: ArgumentsOf<P>) => BoundStatement {
  const unused = new Set(Object.keys(definition.parameters));
  let count = 0;
  const references: Record<string, string | RowsReference<ColumnTypes>> = {};
  const binders: ((values: Record<string, unknown>, bound: unknown[]) => void)[] = [];
  for (const [name, type] of Object.entries(definition.parameters)) {
    if (typeof type === 'string') {
      const reference = `$${++count}::${sqlTypeOf(type)}`;
      Object.defineProperty(references, name, { get: () => (unused.delete(name), reference) });
      binders.push((values, bound) => bound.push(values[name] ?? null));
    } else {
      const types = Object.entries(type.columns);
      const arrays = new Map(types.map(([property, column]) => [property, `$${++count}::${sqlTypeOf(column)}[]`]));
      const all = [...arrays.values()].join(', ');
      const columns = types.map(([property]) => columnNameOf(property)).join(', ');
      references[name] = {
        columns,
        array: (property) => arrays.get(property)!,
        as(alias, ordinality) {
          unused.delete(name);
          if (ordinality === undefined) return `unnest(${all}) AS ${alias}(${columns})`;
          return `unnest(${all}) WITH ORDINALITY AS ${alias}(${columns}, ${ordinality})`;
        },
      };
      const properties = types.map(([property]) => property);
      binders.push((values, bound) => bindRows(values[name] as RowValues, properties, bound));
    }
  }
  const text = definition.text(references as ReferencesOf<P>);
  if (unused.size > 0) throw new Error(`the statement does not use ${[...unused].join(', ')}:\n${text}`);
  const { name } = definition;
  return (values) => {
    const bound: unknown[] = [];
    for (const bind of binders) bind(values, bound);
    return name === undefined ? { text, values: bound } : { name, text, values: bound };
  };
}

type RowValues = readonly Record<string, unknown>[] | Record<string, readonly unknown[]>;

function bindRows(values: RowValues, properties: readonly string[], bound: unknown[]): void {
  if (!Array.isArray(values)) {
    for (const property of properties) bound.push((values as Record<string, readonly unknown[]>)[property]);
    return;
  }
  const given = values as readonly Record<string, unknown>[];
  for (const property of properties) {
    const column = new Array<unknown>(given.length);
    for (let at = 0; at < given.length; at++) column[at] = given[at]![property] ?? null;
    bound.push(column);
  }
}

/** `text?` is `text` for PostgreSQL, which has no types without null. */
const sqlTypeOf = (type: string): string => type.replace('?', '');

/** `personId` is `person_id`. */
export const columnNameOf = (property: string): string =>
  property.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
