import { expect, test } from '@jest/globals';
import { parse } from 'node:querystring';
import fc from 'fast-check';
import { parseForm } from './form.ts';

const same = (form: string) => expect({ ...parseForm(form) }).toEqual({ ...parse(form) });

test('every form reads as node:querystring reads it', () => {
  const part = fc.stringMatching(/^[ab=&+%]{0,4}$/);
  const broken = fc.array(fc.oneof(part, fc.constantFrom('%zz', '%e2%82', '%f0%9f%8e%89')), { maxLength: 30 });
  fc.assert(fc.property(broken, (parts) => same(parts.join(''))));
  const pairs = fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })), { maxLength: 8 });
  fc.assert(fc.property(pairs, (fields) => same(new URLSearchParams(fields).toString())));
});
