// A process for the relay's spec: publishes what is in the outbox, tells its parent, and then never gets its answer, so
// that it can be killed between publishing and deleting.
import { OutboxRelay } from './outbox-relay.ts';
import { createPool } from '../pool.ts';

const publisher = {
  publishRecords(records) {
    process.send(records.map(({ value }) => String(value)));
    return new Promise(() => undefined);
  },
};
new OutboxRelay(createPool(process.argv[2]), publisher).start();
