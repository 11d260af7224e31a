// One HTTP exchange with Slack. It records whether the request was written, which decides whether a failed call may be
// repeated.
// Guarantees: `onWrite` runs when the socket is connected, right before the first byte. Nothing is written after it has
// thrown or the signal was aborted. The exchange ends within its timeout.
// It uses undici's dispatch, which costs less than fetch; undici's diagnostics channels (tracing) report it as usual.
import type { Dispatcher } from 'undici';
import { classifyTransportError, TransportError } from '../failures/transport-error.ts';

export interface ExchangeOptions {
  timeoutMs: number;
  signal?: AbortSignal | undefined;
  onWrite?: (() => void) | undefined;
}

type ResponseHeaders = Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseStart']>>[2];

export class Exchange implements Dispatcher.DispatchHandler {
  error: TransportError | undefined;
  status: number | undefined;
  headers: ResponseHeaders = {};
  #options: ExchangeOptions;
  #written = false;
  #settled = false;
  #chunks: Buffer[] = [];
  #controller: Dispatcher.DispatchController | undefined;
  #timer: NodeJS.Timeout | undefined;
  #done: (() => void) | undefined;

  constructor(options: ExchangeOptions) {
    this.#options = options;
  }

  /** Resolves when the exchange has ended, in whichever way. */
  run(dispatcher: Dispatcher, request: Dispatcher.DispatchOptions): Promise<void> {
    const { signal, timeoutMs } = this.#options;
    return new Promise((resolve) => {
      this.#done = resolve;
      if (signal?.aborted) return this.#end(new TransportError('not_written', signal.reason));
      signal?.addEventListener('abort', this.#onAbort);
      this.#timer = setTimeout(this.#onTimeout, timeoutMs);
      dispatcher.dispatch(request, this);
    });
  }

  get begun(): boolean {
    return this.#done !== undefined;
  }

  get text(): string {
    const [first] = this.#chunks;
    return this.#chunks.length === 1 && first ? first.toString() : Buffer.concat(this.#chunks).toString();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Throwing here drops the request before a byte of it is written and leaves the connection usable.
    if (this.#settled) throw this.error ?? new TransportError('not_written');
    if (this.#written) throw this.#refuse(new TransportError('connection_lost'));
    try {
      this.#options.onWrite?.();
    } catch (cause) {
      throw this.#refuse(new TransportError('not_written', cause));
    }
    if (this.#options.signal?.aborted)
      throw this.#refuse(new TransportError('not_written', this.#options.signal.reason));
    this.#controller = controller;
    this.#written = true;
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: ResponseHeaders): void {
    this.status = status;
    this.headers = headers;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.#end();
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    this.#end(classifyTransportError(error, this.#written));
  }

  // A process that was frozen runs its timers before it reads its sockets. An answer that is already in the socket is
  // read before the timeout counts.
  #onTimeout = (): void =>
    void setImmediate(() =>
      this.#cut(this.#written ? new TransportError('timeout') : new TransportError('connect_timeout')),
    );

  #onAbort = (): void => {
    const reason: unknown = this.#options.signal?.reason;
    this.#cut(new TransportError(this.#written ? 'aborted' : 'not_written', reason));
  };

  #cut(error: TransportError): void {
    if (this.#settled) return;
    this.#end(error);
    this.#controller?.abort(error);
  }

  #refuse(error: TransportError): TransportError {
    this.#end(error);
    return error;
  }

  #end(error?: TransportError): void {
    if (this.#settled) return;
    this.#settled = true;
    this.error = error;
    clearTimeout(this.#timer);
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    this.#done?.();
  }
}
