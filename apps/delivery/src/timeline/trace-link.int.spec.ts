// The link from a timeline to its trace.
import { expect, test } from '@jest/globals';
import { idOf, resolved, toMember, useLedger } from '../testing/ledger-stage.ts';
import { Timeline } from './timeline.ts';

const stage = useLedger();
const traceId = '0af7651916cd43dd8448eb211c80319c';

test('a timeline has the id of its trace, and a link where the platform says where traces are shown', async () => {
  await stage.take([{ ...resolved('r', [toMember('ada')]), traceparent: `00-${traceId}-b7ad6b7169203331-01` }]);
  const template = 'https://traces.test/{traceId}/view?id={traceId}';
  const linked = await new Timeline(stage.pool, { TRACE_URL_TEMPLATE: template }).of(idOf('r'));
  expect(linked).toMatchObject({ traceId, traceUrl: `https://traces.test/${traceId}/view?id=${traceId}` });
  const plain = await new Timeline(stage.pool, {}).of(idOf('r'));
  expect(plain).toMatchObject({ traceId });
  expect(plain).not.toHaveProperty('traceUrl');
});
