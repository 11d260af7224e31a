// For specs of topics. On a broker: testKafka(), createTopics(), emptyTopic(), sendForeign().
export { testKafka, until } from './broker.ts';
export { createTopics } from './create-topics.ts';
export { emptyTopic } from './empty-topic.ts';
export { sendForeign } from './foreign-producer.ts';
export { batchOf, type TestBatch } from './test-batch.ts';
export { PublisherFake } from './publisher-fake.ts';
export { uniqueTopic } from './unique-topic.ts';
