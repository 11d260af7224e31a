// For specs of code that reads and writes topics; testKafka(), emptyTopic() and sendForeign() need a broker.
export { testKafka, until } from './broker.ts';
export { emptyTopic } from './empty-topic.ts';
export { sendForeign } from './foreign-producer.ts';
export { batchOf, type TestBatch } from './test-batch.ts';
export { PublisherFake } from './publisher-fake.ts';
export { uniqueTopic } from './unique-topic.ts';
