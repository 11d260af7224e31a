// Messaging inside a Nest application: handlers are controllers of a module, and Kafka is a transport of the
// application. A package of its own, so that whoever installs @carillon/messaging or @carillon/sdk installs no Nest.
export { consume, KAFKA_BATCH, type ConsumeOptions } from './consume.ts';
export { KafkaBatchServer, type KafkaBatchServerOptions } from './kafka-batch-server.ts';
