// Shows that everything works: the seeded notification in Slack, and its timeline.
import type { Playground } from './playground.ts';
import { withAdmin } from './kafka/kafka-client.ts';
import { printTimeline } from './print-timeline.ts';
import { sendFirstNotification } from './seed/first-notification.ts';

const timeoutMs = 90_000;

export async function showFirstNotification(
  playground: Playground,
  signal: AbortSignal,
  write: (text: string) => void = (text) => console.log(text),
): Promise<void> {
  const { tenant, slack } = playground;
  const ada = tenant?.members[0];
  if (!tenant || !ada?.slackUserId) throw new Error('ada is not linked to a Slack user');
  const { teamId } = tenant;
  const { slackUserId } = ada;
  const accessToken = await playground.token({ tenant: tenant.id, sub: 'ada', roles: ['admin'], email: ada.email });
  const deliveryUrl = playground.service('delivery').url;
  const { notificationId } = await withAdmin(playground.kafka.brokers, (kafka, admin) =>
    playground.progress.step(
      'one notification, from Kafka to Slack',
      () =>
        sendFirstNotification({
          kafka,
          admin,
          slackUrl: slack.url,
          deliveryUrl,
          accessToken,
          teamId,
          slackUserId,
          timeoutMs,
          signal,
        }),
      ({ tookMs }) => `visible after ${tookMs} ms`,
    ),
  );
  await printTimeline({ notificationId, deliveryUrl, accessToken, signal }, (text) => write(`\n${text}`));
}
