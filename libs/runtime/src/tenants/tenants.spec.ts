// Which tenants there are, and who may speak for them.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseServiceClients, mayCall } from '../auth/service-clients.ts';
import { Tenants } from './tenants.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tenants-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function load(
  content: object,
  issuers = ['https://one.example'],
  mode: 'production' | 'development' = 'production',
): Tenants {
  const file = join(folder, 'tenants.yaml');
  writeFileSync(file, JSON.stringify(content));
  return Tenants.load(file, { issuers, mode });
}
const acme = { id: 'acme', name: 'Acme', sources: ['/acme/*'] };

describe('tenants', () => {
  test('are those that are declared, and nothing that objects have by birth', () => {
    const tenants = load({ tenants: [acme] });
    expect(tenants.has('acme')).toBe(true);
    for (const id of ['__proto__', 'constructor', 'toString', '', 'globex']) {
      expect(tenants.has(id)).toBe(false);
      expect(tenants.allowsSource(id, '/acme/x')).toBe(false);
    }
  });

  test('must list their sources in production, and are named where they do not', () => {
    const open = { id: 'open', name: 'Open' };
    expect(() => load({ tenants: [acme, open] })).toThrow(/tenants\.yaml: sources: open must list/);
    expect(load({ tenants: [acme, open] }, undefined, 'development').allowsSource('open', '/x')).toBe(true);
  });

  test('with several identity providers each is bound, or the service does not start', () => {
    expect(() => load({ tenants: [acme] }, ['https://one.example', 'https://two.example'])).toThrow(
      /issuers: must say which tenants/,
    );
    const tenants = load(
      { tenants: [acme], issuers: [{ url: 'https://one.example', tenants: ['acme'], roles: ['member'] }] },
      ['https://one.example', 'https://two.example'],
    );
    expect(tenants.issuerMaySpeakFor('https://one.example', 'acme')).toBe(true);
    expect(tenants.issuerMaySpeakFor('https://two.example', 'acme')).toBe(false);
    expect(tenants.rolesFrom('https://one.example', ['owner', 'member'])).toEqual(['member']);
    expect(tenants.rolesFrom('https://two.example', ['owner'])).toEqual([]);
  });

  test('a wrong binding stops the start with its field', () => {
    expect(() => load({ tenants: [acme], issuers: [{ url: 'one', tenants: '*', roles: ['king'] }] })).toThrow(
      /issuers\[0\]\.url.*issuers\[0\]\.roles\[0\]/,
    );
  });
});

describe('cells', () => {
  const cells = ['0', 'eu'].map((id) => ({ id, deliveryUrl: `http://${id}` }));

  test('a process starts in a cell that is listed, and where none is listed in the default one', () => {
    const divided = load({ tenants: [acme, { ...acme, id: 'globex', cell: 'eu' }], cells });
    divided.checkCell('eu');
    expect(() => divided.checkCell('us')).toThrow('TENANTS_FILE: cells: does not list us, the cell of this process');
    expect(['acme', 'globex', 'nobody'].map((id) => divided.cellOf(id))).toEqual(['0', 'eu', '0']);
    const whole = load({ tenants: [acme] });
    whole.checkCell('0');
    expect(() => whole.checkCell('1')).toThrow(/does not list 1/);
  });
});

describe('the list of our own services', () => {
  test('gives each its routes', () => {
    const clients = parseServiceClients(
      'delivery=POST /v1/tokens, POST /v1/tokens/dead ; directory-sync=POST /v1/tokens',
    );
    expect(mayCall(clients, 'delivery', 'POST /v1/tokens/dead')).toBe(true);
    expect(mayCall(clients, 'directory-sync', 'POST /v1/tokens/dead')).toBe(false);
    expect(mayCall(clients, 'constructor', 'POST /v1/tokens')).toBe(false);
    expect(parseServiceClients('').size).toBe(0);
  });

  test.each(['delivery', 'delivery=', 'delivery=tokens', '=POST /x', 'a=GET /x;a=GET /y'])('%s is refused', (text) => {
    expect(() => parseServiceClients(text)).toThrow();
  });
});
