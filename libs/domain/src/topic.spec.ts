import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { deadLetterNameOf, isDeadLetterName, sourceNameOf } from './topic.ts';
import { notificationRequested } from './topics.ts';

describe('dead-letter topics', () => {
  test('are named after their topic, and the name leads back to it', () => {
    const name = deadLetterNameOf(notificationRequested);
    expect(name).toBe('carillon.notification.requested.v1.dlq');
    expect(deadLetterNameOf(notificationRequested.name)).toBe(name);
    expect(sourceNameOf(name)).toBe(notificationRequested.name);
    expect(sourceNameOf(notificationRequested.name)).toBe(notificationRequested.name);
    expect([isDeadLetterName(name), isDeadLetterName(notificationRequested.name)]).toEqual([true, false]);
  });

  test('their suffix is spelled in topic.ts and in no other source file', () => {
    const root = fileURLToPath(new URL('../../..', import.meta.url));
    const sources = ['apps', 'libs'].flatMap((tier) =>
      readdirSync(join(root, tier)).flatMap((project) =>
        (readdirSync(join(root, tier, project, 'src'), { recursive: true }) as string[])
          .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
          .map((file) => join(tier, project, 'src', file)),
      ),
    );
    expect(sources.length).toBeGreaterThan(300);
    const spelling = sources.filter((file) => /\.dlq\b/.test(readFileSync(join(root, file), 'utf8')));
    expect(spelling).toEqual([join('libs', 'domain', 'src', 'topic.ts')]);
  });
});
