// One notification through every service: published on Kafka as a product does, and awaited in Slack. When it does not
// arrive in time, the error names the step that it did not pass.
import { randomUUID } from 'node:crypto';
import { deadLetterNameOf, notificationRequested, notificationResolved } from '@carillon/domain';
import { notificationIdOf } from '@carillon/domain/ids';
import type { Admin, Kafka } from 'kafkajs';
import { lagOf } from '../kafka/state-caught-up.ts';
import { TimedOut, until } from '../until.ts';
import { acme } from './acme.ts';
import { publishEvent } from './publish-event.ts';

export interface FirstNotificationOptions {
  kafka: Kafka;
  admin: Admin;
  slackUrl: string;
  deliveryUrl: string;
  /** A token that may read the timeline. */
  accessToken: string;
  teamId: string;
  slackUserId: string;
  timeoutMs: number;
  signal: AbortSignal;
}

export interface Arrived {
  notificationId: string;
  tookMs: number;
}

export async function sendFirstNotification(s: FirstNotificationOptions): Promise<Arrived> {
  const id = `seed-${randomUUID()}`;
  const link = `https://app.acme.test/reports/${id}`;
  const data = {
    tenantId: acme.tenantId,
    type: 'report.ready',
    to: [{ member: 'ada' }],
    title: 'Report ready',
    body: '**Sales**: 42',
    link: { url: link, label: 'Open' },
  };
  const notificationId = notificationIdOf(acme.tenantId, acme.source, id);
  const started = performance.now();
  const deadLettersBefore = await endOf(s.admin, deadLetterNameOf(notificationRequested));
  await publishEvent(s.kafka, notificationRequested.name, [{ id, source: acme.source, key: id, data }]);
  try {
    await until('the message in Slack', () => isVisible(s, link), { timeoutMs: s.timeoutMs, signal: s.signal });
  } catch (error) {
    if (!(error instanceof TimedOut)) throw error;
    throw new Error(
      `The seeded notification ${notificationId} is not in Slack after ${s.timeoutMs / 1000} s: ${await missingStep(s, notificationId, deadLettersBefore)}`,
      { cause: error },
    );
  }
  return { notificationId, tookMs: Math.round(performance.now() - started) };
}

async function isVisible(s: FirstNotificationOptions, link: string): Promise<boolean> {
  const response = await fetch(`${s.slackUrl}/_sim/messages?team=${s.teamId}&user=${s.slackUserId}`);
  if (!response.ok) throw new Error(`/_sim/messages answered ${response.status}`);
  return (await response.text()).includes(link);
}

async function timelineOf(s: FirstNotificationOptions, notificationId: string): Promise<unknown> {
  const response = await fetch(`${s.deliveryUrl}/v1/notifications/${notificationId}`, {
    headers: { authorization: `Bearer ${s.accessToken}` },
  });
  if (response.status === 404) return undefined;
  if (!response.ok)
    throw new Error(`delivery answered ${response.status} for the timeline: ${(await response.text()).slice(0, 300)}`);
  return response.json();
}

/** A sentence about the step that the notification did not pass, found from the last step to the first. */
async function missingStep(
  s: FirstNotificationOptions,
  notificationId: string,
  deadLettersBefore: number,
): Promise<string> {
  const timeline = await timelineOf(s, notificationId).catch((error: unknown) => error as Error);
  if (timeline instanceof Error) return timeline.message;
  if (timeline) return `delivery knows it and has not sent it. Its timeline:\n${JSON.stringify(timeline, null, 2)}`;
  const dead = deadLetterNameOf(notificationRequested);
  if ((await endOf(s.admin, dead)) > deadLettersBefore)
    return `preferences put it on ${dead}; see: npx carillon dead-letters list`;
  const unread = await lagOf(s.admin, 'carillon.preferences', notificationRequested.name);
  if (unread > 0) return `preferences has not read ${notificationRequested.name} (${unread} behind); see its log`;
  const waiting = await lagOf(s.admin, 'carillon.delivery', notificationResolved.name);
  if (waiting > 0)
    return `preferences resolved it, delivery has not read ${notificationResolved.name} (${waiting} behind); see its log`;
  return 'preferences and delivery have read every record, but delivery does not know it; see their logs';
}

async function endOf(admin: Admin, topic: string): Promise<number> {
  const offsets = await admin.fetchTopicOffsets(topic).catch(() => []);
  return offsets.reduce((sum, { high }) => sum + Number(high), 0);
}
