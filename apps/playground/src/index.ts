// What tests and benchmarks use: the whole playground, or single servers.
export { Playground, startPlayground } from './playground.ts';
export type { ConnectOptions, PlaygroundOptions, TokenRequest } from './playground-options.ts';
export { startKafka, type KafkaOptions, type KafkaServer } from './kafka/start-kafka.ts';
export { kafkaClient } from './kafka/kafka-client.ts';
export { lagOf, stateLag } from './kafka/state-caught-up.ts';
export { startPostgres, type PostgresOptions, type PostgresServer } from './postgres/start-postgres.ts';
export { startIssuer, type Issuer } from './issuer/issuer.ts';
export type { Mail } from './mail/mail.ts';
export { startMailSink, type MailSink } from './mail/mail-sink.ts';
export { publishEvent, recordOf, type ProducedEvent } from './seed/publish-event.ts';
export {
  connectSimulatedWorkspace,
  type SimulatedWorkspace,
  type SimulatedWorkspaceOptions,
} from './slack/simulated-workspace.ts';
export { serviceNames, type ProcessName, type ServiceName } from './services/service-names.ts';
export type { SupervisedProcess } from './services/supervised-process.ts';
export type { SlackApp } from './services/service-environment.ts';
export { showFirstNotification } from './show-first-notification.ts';
export { CannotStart } from './cannot-start.ts';
export { repository } from './paths.ts';
export { findFreePort } from './ports.ts';
export { until, TimedOut, type UntilOptions } from './until.ts';
