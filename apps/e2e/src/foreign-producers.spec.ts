// What producers that are not ours may write without harm to anybody: kcat and confluent-kafka, with every codec, every
// broken envelope that we could think of, batches that unpack to far more than they are, and forged records on our own
// topics. Guarantees, on the whole platform: each valid record between them is handled once and in its order, each
// other one is a dead letter that names the fault, and no service is harmed. Without ACLs on the broker, as here.
import { afterAll, beforeAll } from '@jest/globals';
import { startForeignProducerStage, stopForeignProducerStage } from './foreign-producers/context.ts';
import './foreign-producers/each-codec.ts';
import './foreign-producers/broken-envelopes.ts';
import './foreign-producers/unpacked-size.ts';
import './foreign-producers/valid-between.ts';
import './foreign-producers/forged-state.ts';
import './foreign-producers/services-unharmed.ts';

beforeAll(startForeignProducerStage);
afterAll(stopForeignProducerStage);
