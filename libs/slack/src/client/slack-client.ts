// Calls to Slack's Web API with one token. A call is made once: no retries, no waiting for a rate limit, no queue.
// Slack's WebClient builds the request (form encoding, user agent, token). exchange.ts sends it and reads the answer,
// because the WebClient loses details of a failure and, after one 429, pauses every method.
// Guarantees: `call` never throws; no error message contains the token; clients share connections and nothing else.
import { type FetchFunction, type Logger, LogLevel, WebClient } from '@slack/web-api';
import { classify } from '../failures/classify.ts';
import { TransportError } from '../failures/transport-error.ts';
import { answerOf, type SlackAnswer, type SlackBody } from './answer.ts';
import { connections } from './connections.ts';
import { Exchange } from './exchange.ts';

export interface SlackClientOptions {
  /** Left out for methods that take none (`oauth.v2.access`). */
  token?: string | undefined;
  /** Slack's address without `/api/`. */
  slackUrl?: string;
  /** The longest that a call may take, from its start to the end of the answer. */
  timeoutMs: number;
}

export interface CallOptions {
  signal?: AbortSignal | undefined;
  /** Runs right before the request is written: throw, or abort the signal, and nothing is written (`not_written`). */
  onWrite?: (() => void) | undefined;
}

const silent: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  getLevel: () => LogLevel.ERROR,
  setName() {},
};

// The WebClient gets this answer to every call; `answerOf` reads the real one.
const seen: Awaited<ReturnType<FetchFunction>> = {
  ok: true,
  status: 200,
  statusText: '',
  url: '',
  headers: { get: () => null, entries: () => [] },
  text: () => Promise.resolve('{"ok":true}'),
  json: () => Promise.resolve({ ok: true }),
  arrayBuffer: () => Promise.resolve(new ArrayBuffer(0)),
};

export class SlackClient {
  readonly #web: WebClient;
  readonly #origin: string;
  readonly #timeoutMs: number;
  #underWay: Exchange | undefined;

  constructor({ token, slackUrl = 'https://slack.com', timeoutMs }: SlackClientOptions) {
    const base = slackUrl.replace(/\/+$/, '');
    this.#origin = new URL(base).origin;
    this.#timeoutMs = timeoutMs;
    this.#web = new WebClient(token, {
      slackApiUrl: `${base}/api/`,
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      maxRequestConcurrency: Number.POSITIVE_INFINITY,
      // The timeout belongs to the exchange, which knows whether the request was written before it.
      timeout: 0,
      allowAbsoluteUrls: false,
      logger: silent,
      // An object of its own: the WebClient writes its token into the one it is given.
      headers: {},
      fetch: this.#carry,
    });
  }

  async call<Body = SlackBody>(
    method: string,
    args: object = {},
    options: CallOptions = {},
  ): Promise<SlackAnswer<Body>> {
    const started = performance.now();
    const exchange = new Exchange({ timeoutMs: this.#timeoutMs, ...options });
    try {
      await this.#write(exchange, method, args);
      if (!exchange.begun) exchange.error = new TransportError('invalid_request');
    } catch (cause) {
      // After the exchange has begun, its own result counts and not the WebClient's error.
      if (!exchange.begun) exchange.error = new TransportError('invalid_request', cause);
    }
    const latencyMs = performance.now() - started;
    try {
      return answerOf(method, exchange, latencyMs);
    } catch (cause) {
      return { ok: false, failure: classify(method, new TransportError('unreadable_answer', cause)), latencyMs };
    }
  }

  /** The WebClient has no queue and calls `#carry` before its first await, so the exchange finds its request. */
  #write(exchange: Exchange, method: string, args: object): Promise<unknown> {
    if (!/^[a-z]\w*(\.\w+)+$/i.test(method)) throw new TypeError("not a method of Slack's Web API");
    const encoded = encodedArguments(args);
    this.#underWay = exchange;
    try {
      return this.#web.apiCall(method, encoded);
    } finally {
      this.#underWay = undefined;
    }
  }

  #carry: FetchFunction = async (url, init) => {
    const exchange = this.#underWay;
    this.#underWay = undefined;
    if (!exchange || typeof init?.body !== 'string') throw new TypeError('a request that no call made');
    const path = String(url).slice(this.#origin.length);
    await exchange.run(connections(), {
      origin: this.#origin,
      path,
      method: 'POST',
      headers: init.headers ?? {},
      body: init.body,
    });
    return seen;
  };
}

/** Nested values as JSON text: the same bytes on the wire, and no second pass over them inside the WebClient. */
function encodedArguments(args: object): Record<string, unknown> {
  const encoded: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(args) as [string, unknown][]) {
    encoded[name] = typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
  }
  return encoded;
}
