// A product that publishes onto Kafka with a plain client.
import { randomUUID } from 'node:crypto';
import type { Kafka, Producer, ProducerRecord } from 'kafkajs';

export interface ProductEvent {
  id: string;
  data: object;
  traceparent?: string;
}

const requested = 'carillon.notification.requested.v1';
/** A product waits for its broker for longer than kafkajs does. */
const givesUpAfterMs = 120_000;
const pauseMs = 500;
/** Between two waves of a load with a finite rate. */
const waveMs = 100;

export class Product {
  readonly source = '/acme/reports';
  private readonly producer: Producer;

  constructor(kafka: Kafka) {
    this.producer = kafka.producer({ allowAutoTopicCreation: false, retry: { retries: 1e6, maxRetryTime: 2_000 } });
  }

  start(): Promise<void> {
    return this.producer.connect();
  }

  stop(): Promise<void> {
    return this.producer.disconnect();
  }

  /** In order; a finite rate spreads them over time. */
  async publish(events: readonly ProductEvent[], { perSecond = Infinity } = {}): Promise<void> {
    const wave = perSecond === Infinity ? 500 : Math.ceil((perSecond * waveMs) / 1000);
    for (let begin = 0; begin < events.length; begin += wave) {
      if (begin > 0 && perSecond !== Infinity) await new Promise((resolve) => setTimeout(resolve, waveMs));
      await this.untilAcknowledged({
        topic: requested,
        acks: -1,
        messages: events.slice(begin, begin + wave).map(({ id, data, traceparent }) => ({
          key: (data as { orderingKey?: string }).orderingKey ?? id,
          value: JSON.stringify(data),
          headers: {
            ce_specversion: '1.0',
            ce_id: id,
            ce_source: this.source,
            ce_type: requested,
            'content-type': 'application/json',
            ...(traceparent && { traceparent }),
          },
        })),
      });
    }
  }

  /**
   * kafkajs gives up on a broker that stays away for some seconds; a product does not. A wave that arrives twice says
   * nothing new, because its ids are the same, and none overtakes another.
   */
  private async untilAcknowledged(record: ProducerRecord): Promise<void> {
    for (const deadline = Date.now() + givesUpAfterMs; ; ) {
      try {
        await this.producer.send(record);
        return;
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    }
  }

  /** The product's people, on the compacted topic. */
  async declareMembers(
    members: readonly { tenantId: string; memberId: string; email: string; name: string; active: boolean }[],
  ): Promise<void> {
    const topic = 'carillon.member.changed.v1';
    for (let begin = 0; begin < members.length; begin += 500) {
      await this.producer.send({
        topic,
        acks: -1,
        messages: members.slice(begin, begin + 500).map((member) => ({
          key: `${member.tenantId}:${member.memberId}`,
          value: JSON.stringify(member),
          headers: {
            ce_specversion: '1.0',
            ce_id: randomUUID(),
            ce_source: this.source,
            ce_type: topic,
            'content-type': 'application/json',
          },
        })),
      });
    }
  }

  /** Whatever bytes and headers, as a broken producer would. */
  async publishRaw(key: string, value: Buffer, headers: Record<string, Buffer>, topic = requested): Promise<void> {
    await this.producer.send({ topic, acks: -1, messages: [{ key, value, headers }] });
  }
}
