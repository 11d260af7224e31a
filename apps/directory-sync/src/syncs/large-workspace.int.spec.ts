// Its own file: a collection of all garbage, again and again, is no company for other specs.
import { randomUUID } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from '@jest/globals';
import { until } from '@carillon/messaging/testing';
import { testIssuer } from '@carillon/runtime/testing';
import { testDirectory } from '../testing/directory.ts';
import { SlackSimulator } from '@carillon/slack-testing';
import { tokenService } from '../testing/token-service.ts';

it('a sync of 10,000 users holds no more of them in memory than of a few', async () => {
  const [slack, issuer, tokens] = await Promise.all([SlackSimulator.start(), testIssuer(), tokenService()]);
  const directory = await testDirectory({ slack: slack.url, installation: tokens.url, token: issuer.tokenUrl });
  const installationId = randomUUID();
  const syncOf = async () =>
    (await directory.pool.query<{ state: string; pages: number }>('SELECT * FROM sync')).rows[0]!;
  try {
    await slack.limits({ methods: { '*': null } });
    await slack.workspace({ id: 'T0LARGE', name: 'Large', generate: { users: 10_000, emailDomain: 'large.test' } });
    await directory.members(
      Array.from({ length: 10_000 }, (_, i) => ({ memberId: `m-${i + 1}`, email: `person${i + 1}@large.test` })),
    );
    tokens.tokens.set(installationId, await slack.install('T0LARGE', 'users:read,users:read.email'));
    await directory.installation({
      installationId,
      teamId: 'T0LARGE',
      scopes: ['users:read', 'users:read.email'],
    });
    const before = await liveMegabytes();
    let peak = before;
    let pages = 0;
    directory.runner();
    await until(async () => {
      const sync = await syncOf();
      if (sync.pages >= pages + 10) {
        pages = sync.pages;
        peak = Math.max(peak, await liveMegabytes());
      }
      return sync.state === 'done';
    }, 60_000);
    peak = Math.max(peak, await liveMegabytes());
    expect(await syncOf()).toMatchObject({ users_seen: 10_000, links_changed: 10_000, attempt: 1 });
    const matched = await directory.pool.query(`SELECT count(*)::int AS n FROM link WHERE status = 'matched'`);
    expect(matched.rows).toEqual([{ n: 10_000 }]);
    expect(peak - before).toBeLessThan(12);
  } finally {
    await directory.close();
    slack.stop();
    await Promise.all([issuer.close(), tokens.close()]);
  }
}, 120_000);

/** What is left after a full collection. */
async function liveMegabytes(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (options: { type: 'major'; execution: 'async' }) => Promise<void>;
  await collect({ type: 'major', execution: 'async' });
  return process.memoryUsage().heapUsed / 2 ** 20;
}
