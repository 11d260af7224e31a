// The proof that it works, for eyes: the seeded notification's way, step by step.
import type { Playground } from './playground.ts';
import { kafkaClient } from './kafka/kafka-client.ts';
import { describeTimeline, type Timeline } from './show-timeline.ts';
import { sendFirstNotification, type Arrived } from './seed/first-notification.ts';

const timeoutMs = 90_000;

export async function showFirstNotification(playground: Playground, signal: AbortSignal): Promise<void> {
  const { tenant } = playground;
  const ada = tenant?.members[0];
  if (!tenant || !ada?.slackUserId) throw new Error('ada is not linked to a Slack user');
  const kafka = kafkaClient(playground.kafka.brokers, 'carillon-playground');
  const admin = kafka.admin();
  await admin.connect();
  try {
    const accessToken = await playground.token({ tenant: tenant.id, sub: 'ada', roles: ['admin'], email: ada.email });
    const { slackUserId } = ada;
    const arrived = await playground.progress.step(
      'one notification, from Kafka to Slack',
      () =>
        sendFirstNotification({
          kafka,
          admin,
          slackUrl: playground.slack.url,
          deliveryUrl: playground.service('delivery').url,
          accessToken,
          teamId: tenant.teamId,
          slackUserId,
          timeoutMs,
          signal,
        }),
      ({ tookMs }) => `visible after ${tookMs} ms`,
    );
    show(arrived);
  } finally {
    await admin.disconnect();
  }
}

function show({ timeline }: Arrived): void {
  console.log(`\n${describeTimeline(timeline as Timeline).join('\n')}`);
}
