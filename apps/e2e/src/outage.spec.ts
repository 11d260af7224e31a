// Slack is away, for one workspace or for all, while messages wait: few of them are in doubt afterwards, every other
// one is delivered, in order, and a workspace whose Slack works notices nothing. Slack's history may not be read here,
// which is the harder case.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { nothingLostOrSilentlyDoubled } from './nothing-lost-or-silently-doubled.ts';
import type { Fault } from './slack-world.ts';
import { beyondShortCallMs, shortCalls, Stage, type Connected } from './stage.ts';
import { teardown } from './teardown.ts';
import { until } from './until.ts';

const channels = 6;
const each = 10;
/** A lane's breaker opens after so many attempts without an answer. */
const mostAmbiguous = 3;

let stage: Stage;
let workspaces = 0;

beforeAll(async () => {
  stage = await Stage.start({ env: { delivery: shortCalls } });
});

afterAll(teardown);

const connect = (): Promise<Connected> =>
  stage.connectWorkspace(`AWAY${workspaces++}`, { channels, profile: 'public' });

type Outage = Pick<Fault, 'kind' | 'value' | 'after'>;

const probes = async (method: string): Promise<number> => {
  const { ok, errors } = await stage.slack.requests(method);
  return ok + errors;
};

/** Both kinds, for one workspace and for all, are in dispatch/outage.spec.ts of delivery, on a clock of its own. */
const silent: Outage = { kind: 'timeout_before', value: beyondShortCallMs };
const postsAndFails: Outage = { kind: 'http_500', after: true };

describe('an outage of Slack', () => {
  test('that does not answer for one workspace: three attempts in doubt at most, all delivered in order; another one is not slowed', async () => {
    const [failing, other] = [await connect(), await connect()];
    const load = stage.load([failing], channels * each);
    await stage.underWay(load, 0.1);
    const asked = await probes('auth.test');
    await stage.slack.fault({ ...silent, team: failing.teamId });
    await until('the breaker to probe', async () => (await probes('auth.test')) >= asked + 3);
    const before = (await stage.slack.messages({ team: failing.teamId })).length;
    const undisturbed = stage.load([other], channels);
    await stage.ended(undisturbed.ids);
    expect((await stage.slack.messages({ team: failing.teamId })).length).toBe(before);
    await stage.slack.clearFaults();
    const tally = await nothingLostOrSilentlyDoubled(stage, load);
    expect(tally).toMatchObject({ delivered: channels * each, ambiguousFailures: 0, parked: 0 });
    expect(tally.ambiguousAttempts).toBeLessThanOrEqual(mostAmbiguous);
    expect(await nothingLostOrSilentlyDoubled(stage, undisturbed)).toMatchObject({ ambiguousAttempts: 0 });
  });

  test('that posts and answers 500 to all: three attempts in doubt for each lane at most, all delivered in order', async () => {
    const connected = [await connect(), await connect(), await connect()];
    const load = stage.load(connected, connected.length * channels * each);
    await stage.underWay(load, 0.1);
    const asked = await probes('api.test');
    await stage.slack.fault(postsAndFails);
    await until('the breaker over all lanes to probe', async () => (await probes('api.test')) >= asked + 3);
    await stage.slack.clearFaults();
    const tally = await nothingLostOrSilentlyDoubled(stage, load);
    expect(tally).toMatchObject({ delivered: load.ids.length, ambiguousFailures: 0, parked: 0 });
    expect(tally.ambiguousAttempts).toBeLessThanOrEqual(connected.length * mostAmbiguous);
  });
});
