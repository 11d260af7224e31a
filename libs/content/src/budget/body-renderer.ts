// Renders the bodies of notifications without blocking the event loop. Guarantees: a body that is surely cheap to parse
// (parsing-cost.ts) is rendered at once; any other body is rendered in a worker thread within its budget, and as plain
// text where the budget does not suffice. Results are cached, up to a number of bytes, so that a notification to a
// thousand recipients is rendered once; concurrent requests for the same body share one result. Plain text instead of
// an expensive body is cached for one minute only, because the machine may have been busy. It does not know channels;
// each kind has its own render function.
import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { isCheapToParse } from './parsing-cost.ts';
import { RenderWorkers, type NotDrawn, type RenderWorkersOptions } from './render-workers.ts';

/** The input of a render function, as JSON. */
export interface BodyInput {
  markdown: string;
}

export interface BodyDrawing<Input extends BodyInput, Output extends object> {
  /** May be expensive. */
  draw: (input: Input) => Output;
  /** The same words without a format, in one pass. */
  plain: (input: Input) => Output;
}

export interface BodyRendererOptions extends RenderWorkersOptions {
  cacheBytes?: number;
  /** Called for each body that is shown as plain text, with the reason. */
  onPlain?: (plain: { kind: string; tenantId: string; reason: NotDrawn; cause?: unknown }) => void;
}

type Drawings = Readonly<Record<string, BodyDrawing<never, object>>>;
type InputOf<Drawing> = Drawing extends BodyDrawing<infer Input, object> ? Input : never;
type OutputOf<Drawing> = Drawing extends BodyDrawing<never, infer Output> ? Output : never;

const plainForMs = 60_000;

export class BodyRenderer<Kinds extends Drawings> {
  readonly #drawings: Kinds;
  readonly #workers: RenderWorkers;
  readonly #kept: LRUCache<string, object>;
  readonly #underWay = new Map<string, Promise<object>>();
  readonly #onPlain: BodyRendererOptions['onPlain'];

  constructor(drawings: Kinds, { cacheBytes = 16 * 1024 * 1024, onPlain, ...workers }: BodyRendererOptions) {
    this.#drawings = drawings;
    this.#workers = new RenderWorkers(workers);
    this.#kept = new LRUCache({ maxSize: cacheBytes, sizeCalculation: bytesOf });
    this.#onPlain = onPlain;
  }

  async render<Kind extends keyof Kinds & string>(
    kind: Kind,
    tenantId: string,
    input: InputOf<Kinds[Kind]>,
  ): Promise<OutputOf<Kinds[Kind]>> {
    const key = createHash('sha256').update(kind).update(JSON.stringify(input)).digest('base64');
    const drawn = this.#kept.get(key) ?? (await (this.#underWay.get(key) ?? this.#draw(key, kind, tenantId, input)));
    return drawn as OutputOf<Kinds[Kind]>;
  }

  close(): Promise<void> {
    return this.#workers.close();
  }

  #draw(key: string, kind: string, tenantId: string, input: BodyInput): Promise<object> {
    const { draw, plain } = this.#drawings[kind] as unknown as BodyDrawing<BodyInput, object>;
    if (isCheapToParse(input.markdown)) {
      const output = draw(input);
      this.#kept.set(key, output);
      return Promise.resolve(output);
    }
    const drawing = this.#workers.run(kind, tenantId, input).then((drawn) => {
      this.#underWay.delete(key);
      if ('output' in drawn) {
        this.#kept.set(key, drawn.output as object);
        return drawn.output as object;
      }
      const { notDrawn: reason, cause } = drawn;
      this.#onPlain?.({ kind, tenantId, reason, cause });
      const output = plain(input);
      this.#kept.set(key, output, { ttl: plainForMs });
      return output;
    });
    this.#underWay.set(key, drawing);
    return drawing;
  }
}

/** Two bytes for a character, and some for each value. */
function bytesOf(value: unknown): number {
  if (typeof value === 'string') return 16 + 2 * value.length;
  if (typeof value !== 'object' || value === null) return 16;
  return Object.values(value).reduce((sum: number, each) => sum + bytesOf(each), 64);
}
