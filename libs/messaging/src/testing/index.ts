// For tests of what reads and writes topics, without a broker.
export { testKafka, until } from './broker.ts';
export { emptyTopic } from './empty-topic.ts';
export { sendForeign } from './foreign-producer.ts';
export { batchOf, type TestBatch } from './test-batch.ts';
export { PublisherFake } from './publisher-fake.ts';
export { uniqueTopic } from './unique-topic.ts';
