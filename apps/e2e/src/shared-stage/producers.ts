// Producers without our SDK: the line of the README, and CloudEvents in structured mode.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { notificationIdOf } from '@carillon/domain/ids';
import { repository } from '@carillon/playground';
import { ada, idOf, report, seenBy, stage } from './context.ts';

describe('a producer without the SDK', () => {
  test("the README's kcat line, as printed, reaches ada", async () => {
    const readme = readFileSync(join(repository, 'README.md'), 'utf8');
    const [, value, flags] = /echo '([^']+)' \|\s+kcat (.+)/.exec(readme)!;
    const flag = (name: string): string[] =>
      [...flags!.matchAll(new RegExp(`-${name} (\\S+)`, 'g'))].map((match) => match[1]!);
    const headers = Object.fromEntries(
      flag('H').map((header) => [header.split('=')[0]!, Buffer.from(header.split('=')[1]!)]),
    );
    await stage.product.publishRaw(flag('k')[0]!, Buffer.from(value!), headers, flag('t')[0]);
    await stage.ended([notificationIdOf('acme', String(headers['ce_source']), String(headers['ce_id']))]);
    expect(await seenBy(ada, 'https://app.example/r/1')).toBe(1);
  });

  test('a CloudEvent in structured mode is read too', async () => {
    const id = randomUUID();
    const event = {
      specversion: '1.0',
      id,
      source: stage.product.source,
      type: 'carillon.notification.requested.v1',
      datacontenttype: 'application/json',
      data: report({ title: `Report ${id}` }),
    };
    await stage.product.publishRaw(id, Buffer.from(JSON.stringify(event)), {
      'content-type': Buffer.from('application/cloudevents+json; charset=utf-8'),
    });
    await stage.ended([idOf(id)]);
    expect(await seenBy(ada, id)).toBe(1);
  });
});
