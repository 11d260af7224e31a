// One trace through every hop, and no secret in logs, topics or traces.
import { randomBytes, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { idOf, report, spans, stage } from './context.ts';
import { until } from '../until.ts';

describe('a trace', () => {
  test('one unbroken tree runs from the producer through every hop to the call of Slack', async () => {
    const id = randomUUID();
    const traceId = randomBytes(16).toString('hex');
    const producerSpan = randomBytes(8).toString('hex');
    await stage.product.publish([
      { id, data: report({ title: `Report ${id}` }), traceparent: `00-${traceId}-${producerSpan}-01` },
    ]);
    await stage.ended([idOf(id)]);
    const call = await until('the span of the call of Slack', () =>
      spans.spans.find(
        (span) =>
          span.traceId === traceId &&
          span.service === 'delivery' &&
          JSON.stringify(span.attributes).includes('/api/chat.postMessage'),
      ),
    );
    const treeOf = () => spans.spans.filter((span) => span.traceId === traceId);
    // Each service exports its spans by itself: a parent may come after its children.
    await until('the parent of every span', () => {
      const known = new Set([producerSpan, ...treeOf().map((span) => span.spanId)]);
      return treeOf().every((span) => known.has(span.parentSpanId ?? 'none'));
    });
    const tree = treeOf();
    const path: string[] = [];
    for (
      let span: (typeof tree)[number] | undefined = call;
      span;
      span = tree.find((other) => other.spanId === span.parentSpanId)
    ) {
      path.unshift(span.service);
      if (span.parentSpanId === producerSpan) path.unshift('producer');
    }
    expect([path[0], path[1], path.at(-1)]).toEqual(['producer', 'preferences', 'delivery']);
    expect((await stage.timeline(idOf(id)))?.traceId).toBe(traceId);
  });
});

describe('secrets', () => {
  test('tokens appear in no log, topic or trace', async () => {
    const token = await botToken();
    const needles = [token, token.slice(5)].map((text) => Buffer.from(text));
    const files = [...filesIn(stage.playground.logsDir), ...filesIn(join(stage.playground.dataDir, 'kafka'))];
    expect(files.length).toBeGreaterThan(5);
    const leaks = files.filter((file) => needles.some((needle) => readFileSync(file).includes(needle)));
    const traced = spans.bytes.filter((bytes) => needles.some((needle) => bytes.includes(needle)));
    expect({ leaks, traced: traced.length }).toEqual({ leaks: [], traced: 0 });
    expect(spans.bytes.length).toBeGreaterThan(0);
  });

  test('what a browser brings back from Slack appears in no log or trace', async () => {
    const secret = `secret-${randomUUID()}`;
    const { url } = stage.playground.service('installation');
    for (const path of [`start?connection=${secret}`, `callback?code=${secret}&state=${secret}`]) {
      expect((await fetch(`${url}/slack/oauth/${path}`, { redirect: 'manual' })).status).toBe(400);
      const route = `/slack/oauth/${path.slice(0, path.indexOf('?'))}`;
      await until(`the span of ${route}`, () =>
        spans.spans.find((span) => span.service === 'installation' && span.name.includes(route)),
      );
    }
    expect(spans.bytes.filter((bytes) => bytes.includes(secret))).toEqual([]);
    expect(filesIn(stage.playground.logsDir).filter((file) => readFileSync(file).includes(secret))).toEqual([]);
  });
});

/** The bot token of acme's workspace, as a service gets it. */
async function botToken(): Promise<string> {
  const { installationId } = stage.playground.tenant!;
  const token = await stage.playground.token({ tenant: '', sub: 'delivery', roles: ['service'] });
  const response = await fetch(`${stage.playground.service('installation').url}/v1/tokens`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ installationIds: [installationId] }),
  });
  const { tokens } = (await response.json()) as { tokens: { token: string }[] };
  return tokens[0]!.token;
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((path) => statSync(path).isFile());
}
