// Token rotation and key rotation on a real PostgreSQL; Slack's part is played by a function.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SlackRefused, SlackUnavailable } from '../slack-app/errors.ts';
import type { Tokens } from '../slack-app/grant.ts';
import { anInstallation, migratedDatabase, type MigratedDatabase } from '../testing/database.ts';
import { KeyRing } from './key-ring.ts';
import { SealedToken } from './sealed-token.entity.ts';
import { SealedRows } from './sealed-rows.ts';
import { SealedTokens } from './sealed-tokens.ts';
import { TokenRefresh } from './token-refresh.ts';

const minute = 60_000;
const aheadMs = 120 * minute;
const key = (): string => randomBytes(32).toString('base64');
const ringText = `k1:${key()}`;
const inMinutes = (minutes: number): Date => new Date(Date.now() + minutes * minute);

let database: MigratedDatabase;
let sealed: SealedTokens;

beforeAll(async () => {
  database = await migratedDatabase();
  sealed = new SealedTokens(database.dataSource, KeyRing.parse(ringText));
});
afterAll(() => database?.drop());

async function aRow(tokens: Tokens): Promise<SealedToken> {
  const { id } = await anInstallation(database.dataSource);
  await sealed.store(database.dataSource.manager, id, tokens);
  return (await sealed.find(id))!;
}

const refreshWith = (refresh: (token: string) => Promise<Tokens>): TokenRefresh =>
  new TokenRefresh(database.dataSource, sealed, { refresh }, aheadMs);
const never = {
  fresh: (row: SealedToken) => refreshWith(() => Promise.reject(new Error('nobody should ask Slack'))).fresh(row),
};

describe('TokenRefresh', () => {
  it('leaves a token alone that does not expire, or not soon', async () => {
    expect(await never.fresh(await aRow({ accessToken: 'forever' }))).toEqual({ accessToken: 'forever' });
    const expiresAt = inMinutes(121);
    expect(await never.fresh(await aRow({ accessToken: 'long', refreshToken: 'r', expiresAt }))).toEqual({
      accessToken: 'long',
      refreshToken: 'r',
      expiresAt,
    });
  });

  it('exchanges one that expires soon, and has stored the new pair before anybody gets it', async () => {
    const row = await aRow({ accessToken: 'old', refreshToken: 'r1', expiresAt: inMinutes(60) });
    const renewed = { accessToken: 'new', refreshToken: 'r2', expiresAt: inMinutes(720) };
    expect(
      await refreshWith((token) => Promise.resolve(token === 'r1' ? renewed : { accessToken: 'wrong' })).fresh(row),
    ).toEqual(renewed);
    expect(await sealed.open((await sealed.find(row.installationId))!)).toEqual(renewed);
  });

  it('exchanges a refresh token once, however many ask at the same time, and none of them waits while the old token works', async () => {
    const row = await aRow({ accessToken: 'old', refreshToken: 'r1', expiresAt: inMinutes(60) });
    let asked = 0;
    let answer = (_: Tokens): void => undefined;
    const slow = refreshWith(() => {
      asked++;
      return new Promise((resolve) => (answer = resolve));
    });
    const calls = Array.from({ length: 8 }, () => slow.fresh(row));
    let ended = 0;
    for (const call of calls) void call.then(() => ended++);
    while (ended < 7 || asked === 0) await new Promise(setImmediate);
    answer({ accessToken: 'new', refreshToken: 'r2', expiresAt: inMinutes(720) });
    const all = await Promise.all(calls);
    expect(asked).toBe(1);
    expect(all.filter((tokens) => tokens && 'accessToken' in tokens && tokens.accessToken === 'new')).toHaveLength(1);
  });

  it('lets those who ask for an expired token wait for the one exchange', async () => {
    const row = await aRow({ accessToken: 'old', refreshToken: 'r1', expiresAt: inMinutes(-1) });
    let asked = 0;
    const refresh = refreshWith(() => {
      asked++;
      return Promise.resolve({ accessToken: 'new', refreshToken: 'r2', expiresAt: inMinutes(720) });
    });
    const all = await Promise.all(Array.from({ length: 5 }, () => refresh.fresh(row)));
    expect(all.map((tokens) => tokens && 'accessToken' in tokens && tokens.accessToken)).toEqual(Array(5).fill('new'));
    expect(asked).toBe(1);
  });

  it('goes on with a token that still works when Slack gives no new one, and tries again the next time', async () => {
    const row = await aRow({ accessToken: 'old', refreshToken: 'r1', expiresAt: inMinutes(60) });
    for (const failure of [
      new SlackUnavailable('oauth.v2.access', 'HTTP 503'),
      new SlackRefused('oauth.v2.access', 'invalid_refresh_token'),
    ]) {
      expect(await refreshWith(() => Promise.reject(failure)).fresh(row)).toMatchObject({ accessToken: 'old' });
    }
    expect(
      await refreshWith(() =>
        Promise.resolve({ accessToken: 'new', refreshToken: 'r2', expiresAt: inMinutes(720) }),
      ).fresh(row),
    ).toMatchObject({ accessToken: 'new' });
  });

  it('tells an authorisation that Slack ended from a Slack, or a secret of ours, that is out of order', async () => {
    const expired = { accessToken: 'old', refreshToken: 'r1', expiresAt: inMinutes(-1) };
    const failing = (error: Error) => async () => refreshWith(() => Promise.reject(error)).fresh(await aRow(expired));
    expect(await failing(new SlackRefused('oauth.v2.access', 'invalid_refresh_token'))()).toEqual({
      refused: 'invalid_refresh_token',
    });
    expect(await failing(new SlackRefused('oauth.v2.access', 'bad_client_secret'))()).toBeUndefined();
    expect(await failing(new SlackUnavailable('oauth.v2.access', 'HTTP 503'))()).toBeUndefined();
  });

  it('does not put an exchanged pair in the place of what a reconnect brought meanwhile', async () => {
    const row = await aRow({ accessToken: 'old', refreshToken: 'r1', expiresAt: inMinutes(-1) });
    const refresh = refreshWith(async () => {
      await sealed.store(database.dataSource.manager, row.installationId, { accessToken: 'reconnected' });
      return { accessToken: 'exchanged', refreshToken: 'r2', expiresAt: inMinutes(720) };
    });
    expect(await refresh.fresh(row)).toEqual({ accessToken: 'reconnected' });
  });
});

describe('SealedTokens', () => {
  it('keeps nothing readable in the database', async () => {
    const row = await aRow({ accessToken: 'xoxb-readable', refreshToken: 'xoxe-readable' });
    expect(JSON.stringify(row)).not.toContain('readable');
  });

  it("does not open a row that was given another installation's token", async () => {
    const [one, other] = [await aRow({ accessToken: 'one' }), await aRow({ accessToken: 'other' })];
    await database.dataSource.manager.update(
      SealedToken,
      { installationId: one.installationId },
      { accessToken: other.accessToken },
    );
    await expect(sealed.open((await sealed.find(one.installationId))!)).rejects.toMatchObject({
      code: 'sealed_for_another',
    });
    await sealed.forget(database.dataSource.manager, one.installationId);
  });

  it('seals every token with the new key, after which the old key can go', async () => {
    const tokens = { accessToken: 'a', refreshToken: 'r', expiresAt: inMinutes(5) };
    const row = await aRow(tokens);
    const fresh = `k2:${key()}`;
    await Promise.all(
      [1, 2].map(() => {
        const ring = KeyRing.parse(`${fresh},${ringText}`);
        return new SealedRows(database.dataSource, ring, new SealedTokens(database.dataSource, ring)).sealAnew();
      }),
    );
    expect(await database.dataSource.manager.countBy(SealedToken, { kid: 'k1' })).toBe(0);
    const onlyNew = new SealedTokens(database.dataSource, KeyRing.parse(fresh));
    expect(await onlyNew.open((await onlyNew.find(row.installationId))!)).toEqual(tokens);
  });

  it('sealed anew while Slack exchanges it gives way to the new pair', async () => {
    const row = await aRow({ accessToken: 'a', refreshToken: 'r', expiresAt: inMinutes(1) });
    const ring = KeyRing.parse(`k9:${key()},${ringText}`);
    const rowsSealedAnew = new SealedRows(database.dataSource, ring, new SealedTokens(database.dataSource, ring));
    const own = new SealedTokens(database.dataSource, ring);
    const exchange = new TokenRefresh(
      database.dataSource,
      own,
      {
        refresh: async () => {
          await rowsSealedAnew.sealAnew();
          return { accessToken: 'new', refreshToken: 'r2', expiresAt: inMinutes(720) };
        },
      },
      7_200_000,
    );
    expect(await exchange.fresh(row)).toMatchObject({ accessToken: 'new' });
    expect(await own.open((await own.find(row.installationId))!)).toMatchObject({ refreshToken: 'r2' });
    await own.forget(database.dataSource.manager, row.installationId);
  });

  it('of a key that was lost is counted, and stops nobody else from being sealed anew', async () => {
    const row = await aRow({ accessToken: 'of a lost key' });
    const [{ kid }] = await database.dataSource.query<[{ kid: string }]>(
      'SELECT kid FROM sealed_token WHERE installation_id = $1',
      [row.installationId],
    );
    const ring = KeyRing.parse(`k3:${key()}`);
    const rows = new SealedRows(database.dataSource, ring, new SealedTokens(database.dataSource, ring));
    expect((await rows.sealAnew()).unreadable).toBeGreaterThan(0);
    expect(await rows.keysInUse()).toContainEqual({ kid, rows: expect.any(Number), known: false });
    expect(await rows.keysInUse()).toContainEqual({ kid: 'k3', rows: 0, known: true });
  });
});
