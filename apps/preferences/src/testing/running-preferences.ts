// This service on private topics of the test broker and on a database of its own, for specs that need all of it.
// Guarantees: `stop()` ends and drops all that `prepare()` and `start()` made, in any state.
import { fileURLToPath } from 'node:url';
import type { NotificationRequest, PayloadOf, Topic } from '@carillon/domain';
import { Publisher, type Outgoing } from '@carillon/messaging';
import { createTopics, testKafka } from '@carillon/messaging/testing';
import { createTestDatabase, type TestDatabase } from '@carillon/persistence/testing';
import { startForTest, testIssuer, type TestIssuer, type TestService } from '@carillon/runtime/testing';
import { config } from '../config.ts';
import { service } from '../service.ts';
import { privateTopics, Seen } from './private-topics.ts';

export class RunningPreferences {
  readonly kafka = testKafka({ maxWaitMs: 50 });
  readonly publisher = new Publisher(this.kafka);
  readonly #private = privateTopics();
  readonly topics = this.#private.topics;
  readonly #seen: Seen<Topic>[] = [];
  #issuer: TestIssuer | undefined;
  #database: TestDatabase | undefined;
  #service: TestService | undefined;

  get issuer(): TestIssuer {
    return this.#issuer!;
  }

  get databaseUrl(): string {
    return this.#database!.url;
  }

  /** After `start()`. */
  get service(): TestService {
    return this.#service!;
  }

  /** What comes to a topic from the start on; call it before `start()`. */
  seen<T extends Topic>(topic: T): Seen<T> {
    const seen = new Seen(this.kafka, topic, this.#private.run, this.publisher);
    this.#seen.push(seen);
    return seen;
  }

  /** Everything but the service: the issuer of tokens, an empty database, empty topics. */
  async prepare(): Promise<void> {
    this.#issuer = await testIssuer();
    this.#database = await createTestDatabase();
    await createTopics(this.kafka, Object.values(this.topics));
  }

  async start(env: Record<string, string> = {}): Promise<void> {
    if (!this.#database) await this.prepare();
    this.#service = await startForTest({
      ...service,
      name: `preferences-${this.#private.run}`,
      config,
      topics: Object.values(this.topics),
      module: this.#private.module,
      adjust: (platform) => {
        platform.publisher = this.#private.publisher(platform.publisher!);
      },
      env: {
        ...this.issuer.env,
        DATABASE_URL: this.databaseUrl,
        KAFKA_BROKERS: this.kafka.brokers.join(','),
        TENANTS_FILE: fileURLToPath(new URL('./tenants.yaml', import.meta.url)),
        ...env,
      },
    });
    await Promise.all(this.#seen.map((seen) => seen.start()));
  }

  async stopService(): Promise<void> {
    await this.#service?.stop();
    this.#service = undefined;
  }

  async stop(): Promise<void> {
    await this.stopService();
    await Promise.all(this.#seen.map((seen) => seen.stop()));
    await this.publisher.close();
    await this.#issuer?.close();
    await this.#database?.drop();
  }

  publish<T extends Topic>(topic: T, events: readonly Outgoing<PayloadOf<T>>[]): Promise<void> {
    return this.publisher.publish(topic, events);
  }
}

/** A request of a tenant's reports, as a product publishes it. */
export const requestOf = (
  tenantId: string,
  id: string,
  given: Partial<NotificationRequest> = {},
): Outgoing<NotificationRequest> => ({
  id,
  source: `/${tenantId}/reports`,
  data: { tenantId, type: 'report.ready', title: id, ...given },
});
