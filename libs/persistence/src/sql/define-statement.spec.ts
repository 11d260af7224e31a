import { describe, expect, test } from '@jest/globals';
import { defineStatement, rows } from './define-statement.ts';

const addPeople = defineStatement({
  name: 'add-people',
  parameters: { tenantId: 'text', people: rows({ personId: 'uuid', fullName: 'text?' }), quietly: 'boolean' },
  text: (p) =>
    `SELECT ${p.tenantId}, ${p.people.columns} FROM ${p.people.as('u')} WHERE ${p.quietly} AND ${p.tenantId} <> ''`,
});

describe('a statement', () => {
  test('numbers its parameters and binds their values in the same order', () => {
    const people = [
      { fullName: 'Ada', personId: '1', more: true },
      { personId: '2', fullName: undefined },
    ];
    expect(addPeople({ quietly: false, people, tenantId: 'acme' })).toEqual({
      name: 'add-people',
      text: `SELECT $1::text, person_id, full_name FROM unnest($2::uuid[], $3::text[]) AS u(person_id, full_name) WHERE $4::boolean AND $1::text <> ''`,
      values: ['acme', ['1', '2'], ['Ada', null], false],
    });
  });

  test('takes rows that already are columns as they are', () => {
    const personId = ['1'];
    const { values } = addPeople({ quietly: true, tenantId: 'acme', people: { personId, fullName: [null] } });
    expect(values[1]).toBe(personId);
  });

  test('counts rows where it is asked to, and names one column alone', () => {
    const statement = defineStatement({
      parameters: { list: rows({ id: 'bigint' }) },
      text: (p) => `${p.list.as('l', 'n')}, unnest(${p.list.array('id')})`,
    });
    expect(statement({ list: [] })).toEqual({
      text: 'unnest($1::bigint[]) WITH ORDINALITY AS l(id, n), unnest($1::bigint[])',
      values: [[]],
    });
  });

  test('builds its text once, when it is defined', () => {
    let built = 0;
    const statement = defineStatement({ parameters: { id: 'uuid' }, text: (p) => `${(built += 1)} ${p.id}` });
    statement({ id: '1' });
    expect(statement({ id: '2' }).text).toBe('1 $1::uuid');
    expect(built).toBe(1);
  });

  test('that does not use what it takes cannot be defined', () => {
    expect(() => defineStatement({ parameters: { id: 'uuid', name: 'text' }, text: (p) => p.id })).toThrow(
      'does not use name',
    );
    expect(() => defineStatement({ parameters: { list: rows({ id: 'uuid' }) }, text: () => '' })).toThrow(
      'does not use list',
    );
  });
});

/** Never called: `npm run build` fails when one of these compiles. */
export function mustNotCompile(): void {
  const row = { personId: '1', fullName: 'Ada' };
  addPeople({ tenantId: 'acme', people: [row], quietly: true });
  // @ts-expect-error a parameter is missing
  addPeople({ tenantId: 'acme', people: [row] });
  // @ts-expect-error a parameter is misspelt
  addPeople({ tenantID: 'acme', people: [row], quietly: true });
  // @ts-expect-error a property of a row is missing, though it may be null
  addPeople({ tenantId: 'acme', people: [{ personId: '1' }], quietly: true });
  const misspelt = [row].map(({ personId, fullName }) => ({ personId, fullname: fullName }));
  // @ts-expect-error a property of a row is misspelt
  addPeople({ tenantId: 'acme', people: misspelt, quietly: true });
  // @ts-expect-error a value has another type
  addPeople({ tenantId: 'acme', people: [{ ...row, personId: 1 }], quietly: true });
  // @ts-expect-error null where none may be
  addPeople({ tenantId: null, people: [row], quietly: true });
  // @ts-expect-error the text names what is not declared
  defineStatement({ parameters: { id: 'uuid' }, text: (p) => `${p.name}` });
  // @ts-expect-error a type that PostgreSQL does not have
  defineStatement({ parameters: { id: 'uid' }, text: (p) => `${p.id}` });
}
