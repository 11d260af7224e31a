// A request that was given up is not delivered late. The receiver stops reading, and the request is larger than the
// receiver's buffers: when the caller gives up, the rest of it is in the sender's kernel.
import { createServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Client } from 'undici';
import { post, useLoopbackSlack } from '../testing/loopback-slack.ts';
import { StalledReceiver } from '../testing/stalled-receiver.ts';
import { closeConnections } from './connections.ts';
import { resettingConnector } from './resetting-connector.ts';
import type { CallOptions } from './slack-client.ts';

const slack = useLoopbackSlack();
/** Fits into the sender's buffers, which take some megabytes, and not into the receiver's. */
const text = 'x'.repeat(1_500_000);

describe('a receiver that stalled never gets the whole of a request that was given up', () => {
  let receiver: StalledReceiver;
  afterEach(() => receiver.stop());
  const call = (options: CallOptions, timeoutMs = 5_000) =>
    slack.client({ slackUrl: receiver.url, timeoutMs }).call(post, { text }, options);

  test.each([
    ['by a timeout', () => call({}, 300), 'timeout'],
    [
      'by an abort',
      () => {
        const abort = new AbortController();
        return call({ signal: abort.signal, onWrite: () => void setImmediate(() => abort.abort()) });
      },
      'aborted',
    ],
    [
      'at the end of the process',
      () => call({ onWrite: () => void setImmediate(() => void closeConnections(0)) }),
      'connection_lost',
    ],
  ])('%s', async (_cause, giveUp, code) => {
    receiver = await new StalledReceiver(createServer({ pauseOnConnect: true })).start();
    expect(await giveUp()).toMatchObject({ ok: false, failure: { code, sent: 'maybe' } });
    const { bytes, end } = await receiver.rest();
    expect(end).toBe('ECONNRESET');
    expect(bytes).toBeLessThan(text.length);
  });

  test('over TLS', async () => {
    // With a key that both sides know, TLS needs no certificate.
    const tls = { ciphers: 'PSK', maxVersion: 'TLSv1.2' as const };
    const psk = Buffer.alloc(16, 1);
    const server = createTlsServer({ ...tls, pskCallback: () => psk, pauseOnConnect: true });
    receiver = await new StalledReceiver(server, 'secureConnection').start();
    const client = new Client(receiver.url.replace('http:', 'https:'), {
      connect: resettingConnector({
        ...tls,
        pskCallback: () => ({ psk, identity: 'spec' }),
        checkServerIdentity: () => undefined,
      }),
    });
    await new Promise<void>((ended) => {
      client.dispatch(
        { method: 'POST', path: '/', body: text },
        {
          onRequestStart: (controller) => void setImmediate(() => controller.abort(new Error('given up'))),
          onResponseError: () => ended(),
        },
      );
    });
    const { bytes, end } = await receiver.rest();
    await client.destroy();
    expect(end).toBe('ECONNRESET');
    expect(bytes).toBeLessThan(text.length);
  });
});
