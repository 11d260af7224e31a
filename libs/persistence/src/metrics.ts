// The metrics of this library: the outbox, and the pools of connections. Only the process that publishes an outbox has
// values of it; in the others they are 0.
import { counter, gauge } from '@carillon/telemetry';

export const outboxAge = gauge({
  name: 'carillon.outbox.age',
  unit: 's',
  help: 'Age of the oldest record that waits in the outbox (0 in processes that do not publish it)',
});
export const outboxSetAside = gauge({
  name: 'carillon.outbox.set_aside',
  unit: '{message}',
  help: 'Records in the outbox that Kafka can never take as they are and that wait for an operator',
});
export const outboxSetAsideAge = gauge({
  name: 'carillon.outbox.set_aside.oldest_age',
  unit: 's',
  help: 'Age of the oldest record that is set aside',
});
export const outboxBlockedTopics = gauge({
  name: 'carillon.outbox.blocked_topics',
  unit: '{topic}',
  help: 'Topics whose records Kafka does not take now, e.g. for want of a permission',
});
export const outboxPublished = counter({
  name: 'carillon.outbox.published',
  unit: '{message}',
  help: 'Records published from the outbox',
});
export const outboxRefused = counter({
  name: 'carillon.outbox.refused',
  unit: '{message}',
  help: 'Records that the broker will never take',
  labels: { topic: { atMost: 100, of: 'topics' } },
});

const pool = { 'db.client.connection.pool.name': { atMost: 20, of: 'pools of the service' } } as const;

export const poolConnections = gauge({
  name: 'db.client.connection.count',
  unit: '{connection}',
  help: 'Connections of a pool to PostgreSQL, by what they do',
  labels: { ...pool, 'db.client.connection.state': ['idle', 'used'] },
});
export const poolMost = gauge({
  name: 'db.client.connection.max',
  unit: '{connection}',
  help: 'Most connections that a pool opens',
  labels: pool,
});
export const poolPending = gauge({
  name: 'db.client.connection.pending_requests',
  unit: '{request}',
  help: 'Statements and transactions that wait for a connection of a pool',
  labels: pool,
});
