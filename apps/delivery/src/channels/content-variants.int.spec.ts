// What recipients with different variants of one notification read, from the record's bytes to Slack and the mail
// server. Real PostgreSQL, the stand-in for Slack and a real SMTP server.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { notificationResolved, type Decision, type Destination } from '@carillon/domain';
import { batchOf } from '@carillon/messaging/testing';
import { Tenants } from '@carillon/runtime';
import type { ClaimedDelivery } from '../model/claimed-delivery.ts';
import { testChannels } from '../testing/channels.ts';
import { always, channelOn } from '../testing/email-stage.ts';
import { LedgerStage, resolved } from '../testing/ledger-stage.ts';
import { startMailServer, type MailServer } from '../testing/mail-server.ts';
import { testIngest } from '../testing/test-ingest.ts';
import type { EmailChannel } from './email/email-channel.ts';
import { Installations } from './slack/installations.ts';
import { SlackChannelStage } from './slack/testing/slack-channel-stage.ts';

let slack: SlackChannelStage;
let mail: MailServer;
let email: EmailChannel;
const ledger = new LedgerStage();

beforeAll(async () => {
  [slack, mail] = await Promise.all([SlackChannelStage.start(), startMailServer()]);
  ledger.pool = slack.pool;
  email = channelOn(mail.url);
  await slack.connect('chat:write,im:write,mpim:write,files:write,files:read');
  const users = ['ADA', 'BOB', 'CYD'].map((name) => ({ id: `U0${name}`, name: name.toLowerCase() }));
  await slack.slack.workspace({ id: slack.team, users });
});
afterAll(async () => {
  email?.close();
  await Promise.all([slack?.stop(), mail?.close()]);
});

const mentions = [{ ref: 'member:ada', name: 'Ada', slackUserId: 'U0ADA' }];
const variants = {
  de: {
    title: 'Bericht fertig',
    body: 'Für [Ada](member:ada)',
    facts: [{ label: 'Zeilen', value: '7' }],
    mentions: [{ member: 'ada' }],
  },
  'workflow:w1': { body: 'For the team' },
};
const content = {
  title: 'Report ready',
  body: 'It is done',
  facts: [{ label: 'Rows', value: '7' }],
  files: [{ name: 'report.txt', contentType: 'text/plain', base64: 'aGVsbG8=' }],
};

const to = (recipient: string, destination: Partial<Destination>, variant?: string): Decision => ({
  recipient,
  verdict: 'send',
  destinations: [
    destination.kind === 'email'
      ? (destination as Destination)
      : ({ ...slack.delivery().destination, mentions, ...destination } as Destination),
  ],
  mode: { kind: 'now' },
  reasons: [{ code: 'addressed' }],
  ...(variant !== undefined && { variant }),
});

/** All that is claimed, sent; by recipient what Slack shows. */
async function sendBySlack(): Promise<Map<string, string>> {
  const refs = new Map<string, string>();
  const lane = slack.team;
  const epoch = await ledger.own(ledger.podA, lane);
  for (let claimed: ClaimedDelivery[]; (claimed = await ledger.claimAll(epoch, ledger.podA, lane)).length > 0; )
    for (const delivery of claimed) {
      const end = await slack.send(delivery);
      if (end.kind !== 'delivered') throw new Error(JSON.stringify(end));
      await ledger.end(delivery, end);
      refs.set(delivery.recipient, (end.ref as { ts: string }).ts);
    }
  const shown = new Map((await slack.slack.messages(lane)).map((message) => [message.ts, JSON.stringify(message)]));
  return new Map([...refs].map(([recipient, ts]) => [recipient, shown.get(ts)!]));
}

async function sendByEmail(): Promise<Map<string, string>> {
  const lane = 'email:acme';
  const epoch = await ledger.own(ledger.podA, lane);
  for (const delivery of await ledger.claimAll(epoch, ledger.podA, lane))
    expect(await email.send(delivery, always)).toMatchObject({ kind: 'delivered' });
  return new Map(
    mail.taken.map(({ to: address, subject, text, attachments }) => [
      [address].flat()[0]!.text,
      [subject, text, ...attachments.map(({ filename }) => filename)].join('\n'),
    ]),
  );
}

test('each recipient reads its own variant, and without one the content as it is, with the files of the content', async () => {
  const channels = testChannels(ledger.pool, new Installations(ledger.pool));
  const tenants = new Tenants([{ id: 'acme', name: 'Acme', sources: ['/test'] }]);
  const { data } = resolved(
    'r',
    [
      to('member:ada', { surface: 'dm', channel: 'U0ADA' }, 'de'),
      to('member:bob', { surface: 'dm', channel: 'U0BOB' }),
      to('group:ada,cyd', { surface: 'group_dm', channel: undefined, users: ['U0ADA', 'U0CYD'] }, 'de'),
      to('channel:reports', {}, 'workflow:w1'),
      to('email:de@acme.test', { kind: 'email', address: 'de@acme.test' }, 'de'),
      to('email:base@acme.test', { kind: 'email', address: 'base@acme.test' }),
      to('email:lost@acme.test', { kind: 'email', address: 'lost@acme.test' }, 'it'),
    ],
    { content, variants },
  );
  const batch = batchOf(notificationResolved, [{ id: randomUUID(), source: '/carillon', data }]);
  await testIngest({ pool: ledger.pool, channels, tenants }).resolved.handle(batch);
  expect(batch.rejected).toEqual([]);

  const inSlack = await sendBySlack();
  expect(inSlack.size).toBe(4);
  for (const recipient of ['member:ada', 'group:ada,cyd']) {
    expect(inSlack.get(recipient)).toMatch(/Bericht fertig.*Für .*U0ADA.*Zeilen/s);
    expect(inSlack.get(recipient)).not.toMatch(/Report ready|It is done|Rows/);
  }
  expect(inSlack.get('member:bob')).toMatch(/Report ready.*It is done.*Rows/s);
  expect(inSlack.get('channel:reports')).toMatch(/Report ready.*For the team.*Rows/s);
  for (const message of inSlack.values()) expect(message).toContain('report.txt');

  const byEmail = await sendByEmail();
  expect(byEmail.get('de@acme.test')).toMatch(/^Bericht fertig\n.*Für Ada.*Zeilen.*report\.txt$/s);
  expect(byEmail.get('de@acme.test')).not.toMatch(/Report ready|It is done|Rows/);
  for (const address of ['base@acme.test', 'lost@acme.test']) {
    expect(byEmail.get(address)).toMatch(/^Report ready\n.*It is done.*Rows.*report\.txt$/s);
    expect(byEmail.get(address)).not.toContain('Bericht');
  }
});
