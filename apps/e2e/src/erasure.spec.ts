// Whoever deletes an installation erases its people: no name and no address that only Slack knew is left in any
// table or topic, and no Slack id but in what is kept for a time that is stated.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { kafkaClient } from '@carillon/playground';
import { searchDatabase, searchTopics, type Found } from './erasure/search-everything.ts';
import { Stage, type Connected } from './stage.ts';
import { teardown } from './teardown.ts';
import { until } from './until.ts';

const services = ['installation', 'directory-sync', 'preferences', 'delivery', 'slack-ingress'] as const;
const ada = { id: 'U0ERASEADA', name: 'Zephyrine Quillfeather', email: 'zephyrine@only-slack.test' };
const ben = { id: 'U0ERASEBEN', name: 'Benoit Ormsgard', email: 'ben.erased@product.test' };
const eve = { id: 'U0ERASEEVE', name: 'Evadne Wexcombe', email: 'evadne@only-slack.test' };
/** Known from Slack alone: `ben`'s address is the product's too. */
const personal = [ada.name, ada.email, ben.name, eve.name, eve.email];
const slackIds = [ada.id, ben.id, eve.id];

/** Where Slack ids stay after an erasure, and how long. */
const keptForAStatedTime = {
  'topic carillon.slack.event.v1': '3 days: a service that was away reads it then',
  'topic carillon.notification.resolved.v1': '7 days: a delivery that was away reads it then',
  'table delivery.decision': 'the retention of the ledger, which says what happened to a notification',
  'table delivery.delivery': 'the retention of the ledger',
  'table directory-sync.audit_entry': 'GET privacy: who linked whom stays provable',
  'topic carillon.audit.v1': '365 days',
};

let stage: Stage;
let connected: Connected;

beforeAll(async () => {
  stage = await Stage.start({ services: [...services] });
  connected = await stage.connectWorkspace('ERASE', { channels: 1 });
});
afterAll(teardown);

async function call<T>(service: (typeof services)[number], method: string, path: string, body?: object): Promise<T> {
  const token = await stage.playground.token({ tenant: 'acme', sub: 'olga', roles: ['owner'] });
  const answer = await fetch(`${stage.playground.service(service).url}/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

const statusOf = async (memberId: string): Promise<string | undefined> => {
  const { items } = await call<{ items: { links: { installationId: string; status: string }[] }[] }>(
    ...(['directory-sync', 'GET', `people?q=${memberId}`] as const),
  );
  return items[0]?.links.find((link) => link.installationId === connected.installationId)?.status;
};

async function search(texts: readonly string[]): Promise<Record<string, string[]>> {
  const kafka = kafkaClient(stage.playground.kafka.brokers, 'e2e-erasure');
  const found: Found[] = [await searchTopics(kafka, texts)];
  for (const service of services) {
    const url = stage.playground.postgres.databaseUrl(service, 'migration');
    found.push(await searchDatabase(service, url, texts));
  }
  return Object.fromEntries(found.flatMap((one) => [...one].map(([where, seen]) => [where, [...seen].sort()])));
}

test('after an installation was deleted nothing of its people is left but what is kept for a stated time', async () => {
  const member = (memberId: string, email: string) => ({
    tenantId: 'acme',
    memberId,
    email,
    name: memberId,
    active: true,
  });
  await stage.product.declareMembers([member('erased-a', 'a@product.test'), member('erased-b', ben.email)]);
  await stage.slack.workspace({ id: connected.teamId, users: [ada, ben, eve] });
  await until('ben to be linked', async () => (await statusOf('erased-b')) === 'matched');
  const link = `people/erased-a/links/${connected.installationId}`;
  await call('directory-sync', 'PUT', link, { slackUserId: ada.id });
  const ids = ['erased-a', 'erased-b'];
  // Preferences learns of the links by Kafka: a notification of before is not for Slack.
  await until(
    'both to be told',
    async () => {
      const messages = await stage.slack.messages({ team: connected.teamId });
      if ([ada, ben].every(({ id }) => messages.some(({ user }) => user === id))) return true;
      const events = ids.map((id) => ({
        id: `${id}-${Date.now()}`,
        data: { tenantId: 'acme', type: 'report.ready', to: [{ member: id }], title: 'Report' },
      }));
      await stage.product.publish(events);
      return false;
    },
    { everyMs: 1_000 },
  );
  const before = await search([...personal, ...slackIds]);
  expect(before['table directory-sync.slack_user']).toEqual([...personal, ...slackIds].sort());

  await call('installation', 'DELETE', `installations/${connected.installationId}`);
  await until('the links to be gone', async () => (await statusOf('erased-a')) === undefined);
  await until('the users to be gone, and the outboxes to be empty', async () => {
    const left = Object.keys(await search([...personal, ...slackIds]));
    return !left.some((where) => where === 'table directory-sync.slack_user' || where.endsWith('.outbox'));
  });

  const personalLeft = Object.keys(await search(personal));
  // The searches find what is there: an event of Slack's named these people a moment ago.
  expect(personalLeft).toEqual(['topic carillon.slack.event.v1']);
  const idsLeft = Object.keys(await search(slackIds));
  expect(idsLeft.filter((where) => !(where in keptForAStatedTime))).toEqual([]);
});
