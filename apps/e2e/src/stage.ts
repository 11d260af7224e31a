// What an end-to-end spec runs on: the services on real servers, with waits short enough for a test, and what stands
// around them: a product, Slack, a reader of outcomes. Those use nothing of ours but the documented interfaces.
// Guarantees that `teardown` stops it, also while it is still starting.
import { randomUUID } from 'node:crypto';
import {
  connectSimulatedWorkspace,
  kafkaClient,
  startPlayground,
  type Playground,
  type PlaygroundOptions,
  type ServiceName,
  type SimulatedWorkspace,
  type SimulatedWorkspaceOptions,
} from '@carillon/playground';
import { notificationIdOf } from '@carillon/domain/ids';
import type { Load } from './load.ts';
import { Outcomes } from './outcomes.ts';
import { Product } from './product.ts';
import { SlackWorld } from './slack-world.ts';
import { stoppedByTeardown } from './teardown.ts';
import { until } from './until.ts';

/**
 * Waits of seconds instead of half minutes. A call to Slack keeps its time: a machine that is busy for some seconds
 * must not turn an answer into a lost one. A spec in which answers are lost sets `shortCalls` itself.
 */
const shortWaits = {
  delivery: { RECONCILE_WAIT_MS: '2s', KAFKA_SESSION_TIMEOUT_MS: '6s' },
  preferences: { KAFKA_SESSION_TIMEOUT_MS: '6s' },
  'directory-sync': { KAFKA_SESSION_TIMEOUT_MS: '6s' },
  installation: { KAFKA_SESSION_TIMEOUT_MS: '6s' },
} satisfies PlaygroundOptions['env'];

/** For delivery, where calls run into their timeout or a process lets its lease run out. */
export const shortCalls = { CALL_TIMEOUT_MS: '4s', LEASE_MS: '8s' } as const;
/** What a fault makes of an answer that a call with `shortCalls` does not wait for. */
export const beyondShortCallMs = 8_000;

/** slack-ingress and console take no part in most promises; a spec that wants them names them. */
const defaultServices: readonly ServiceName[] = ['installation', 'directory-sync', 'preferences', 'delivery'];

export interface TimelineView {
  notificationId: string;
  traceId?: string;
  decisions: {
    recipient: string;
    verdict: string;
    reasons: { code: string; sentence: string; detail?: string }[];
    deliveries: {
      deliveryId: string;
      state: string;
      waitingFor?: string;
      attempts: { at: string; result: string; error?: string }[];
    }[];
  }[];
}

export type Connected = SimulatedWorkspace;

export class Stage {
  private constructor(
    readonly playground: Playground,
    readonly product: Product,
    readonly slack: SlackWorld,
    readonly outcomes: Outcomes,
  ) {}

  /** Ended by `teardown`. */
  static start(options: PlaygroundOptions = {}): Promise<Stage> {
    return stoppedByTeardown((signal) => Stage.begin({ ...options, signal }));
  }

  private static async begin(options: PlaygroundOptions): Promise<Stage> {
    const env: NonNullable<PlaygroundOptions['env']> = { ...options.env };
    for (const [name, waits] of Object.entries(shortWaits) as [keyof typeof shortWaits, Record<string, string>][]) {
      env[name] = { ...waits, ...env[name] };
    }
    const playground = await startPlayground({
      ...{ portOffset: 'free', quiet: true, durable: false, services: defaultServices },
      ...options,
      env,
    });
    const kafka = kafkaClient(playground.kafka.brokers, 'e2e');
    const stage = new Stage(playground, new Product(kafka), new SlackWorld(playground.slack.url), new Outcomes(kafka));
    try {
      await Promise.all([stage.outcomes.start(), stage.product.start()]);
      return stage;
    } catch (error) {
      await stage.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await Promise.allSettled([this.outcomes.stop(), this.product.stop()]);
    await this.playground.stop();
  }

  /** Workspaces `T0LOAD…` with channels that the app may post to, connected for `acme`. */
  async connectWorkspaces(count: number, channelsEach: number): Promise<Connected[]> {
    const connected = [];
    for (let w = 0; w < count; w++) connected.push(await this.connectWorkspace(`LOAD${w}`, { channels: channelsEach }));
    return connected;
  }

  /** One such workspace; `name` is in capital letters and digits. */
  connectWorkspace(name: string, options: Omit<SimulatedWorkspaceOptions, 'teamId'>): Promise<Connected> {
    return connectSimulatedWorkspace(this.playground, { teamId: `T0${name}`, ...options });
  }

  /**
   * Publishes one notification to each channel in turn until there are `count`, at about `perSecond`. Answers at once.
   */
  load(connected: readonly Connected[], count: number, perSecond = Infinity, type = 'report.ready'): Load {
    const targets = connected.flatMap(({ installationId, channels }) =>
      channels.map((channel) => ({ installation: installationId, channel })),
    );
    const run = randomUUID();
    const events = Array.from({ length: count }, (_, n) => {
      const to = targets[n % targets.length]!;
      return {
        id: `${run}-${n}`,
        data: { tenantId: 'acme', type, to: [to], title: `Report ${n}`, orderingKey: to.channel },
      };
    });
    const sent = events.map(({ id, data }) => ({
      notificationId: notificationIdOf('acme', this.product.source, id),
      channel: data.orderingKey,
    }));
    return {
      sent,
      ids: sent.map(({ notificationId }) => notificationId),
      published: this.product.publish(events, { perSecond }),
    };
  }

  async timeline(notificationId: string): Promise<TimelineView | undefined> {
    const token = await this.playground.token({ tenant: 'acme', sub: 'sre', roles: ['admin'] });
    const response = await fetch(`${this.playground.service('delivery').url}/v1/notifications/${notificationId}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    if (response.status === 404) return undefined;
    if (!response.ok) throw new Error(`the timeline answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as TimelineView;
  }

  /** How many members of the tenant directory-sync shows as matched in the installation. */
  async linkedPeople(tenant: string, installationId: string): Promise<number> {
    const token = await this.playground.token({ tenant, sub: 'admin', roles: ['admin'] });
    let count = 0;
    for (let cursor = ''; ; ) {
      const query = new URLSearchParams({
        status: 'matched',
        installation: installationId,
        limit: '200',
        ...(cursor && { cursor }),
      });
      const response = await fetch(`${this.playground.service('directory-sync').url}/v1/people?${query.toString()}`, {
        headers: { authorization: `Bearer ${token}` },
      });
      if (!response.ok) throw new Error(`people answered ${response.status}: ${await response.text()}`);
      const page = (await response.json()) as { items: unknown[]; nextCursor?: string | null };
      count += page.items.length;
      if (!page.nextCursor) return count;
      cursor = page.nextCursor;
    }
  }

  /** Waits until about this share of the load has its outcome. */
  async underWay({ ids }: Load, share: number): Promise<void> {
    await until(
      `${share * 100} % of the load`,
      () => ids.filter((id) => this.outcomes.of(id).length > 0).length >= ids.length * share,
      { everyMs: 50 },
    );
  }

  /** Waits until each of the notifications has its outcome. */
  async ended(notificationIds: readonly string[], deadline: { timeoutMs?: number } = {}): Promise<void> {
    await until(
      'an outcome of every notification',
      () => {
        const open = notificationIds.filter(
          (id) => !this.outcomes.of(id).some(({ deliveryId }) => deliveryId !== undefined),
        ).length;
        if (open > 0) throw new Error(`${open} of ${notificationIds.length} have none`);
        return true;
      },
      { everyMs: 250, ...deadline },
    );
  }
}
