// From whom a tenant's e-mails come.
import { expect, test } from '@jest/globals';
import { Senders } from './senders.ts';

test('a sender that is no address stops the start and is named', () => {
  expect(() => new Senders('Carillon', [])).toThrow(/MAIL_FROM/);
  expect(() => new Senders('a@b.test', [{ id: 'acme', name: 'Acme', mail: { from: 'a@b.test, c@d.test' } }])).toThrow(
    /acme/,
  );
});
