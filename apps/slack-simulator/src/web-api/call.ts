/** A call of a Web API method, and its answer. Methods do not throw for errors of the client. */
import type { Simulation } from '../simulation.ts';
import type { GridOrg, Home } from '../world/home.ts';
import type { Token } from '../world/installation.ts';
import type { Workspace } from '../world/workspace.ts';
import type { Arguments } from './arguments.ts';

export interface OpenCall {
  readonly sim: Simulation;
  readonly method: string;
  readonly args: Arguments;
  /** Credentials of HTTP Basic. */
  readonly basic: { id: string; secret: string } | undefined;
  /** Bearer token, known or not. */
  readonly bearer: string | undefined;
  /** Epoch milliseconds. */
  readonly receivedAt: number;
  /** Monotonic milliseconds. */
  readonly now: number;
}

export interface TokenCall extends OpenCall {
  readonly token: Token;
  /** Where the token was granted: a workspace, or an org. */
  readonly home: Home;
}

export interface Call extends TokenCall {
  /** The one that the call is about. */
  readonly workspace: Workspace;
}

/** Marks an answer that goes out as HTTP 429. */
export const retryAfter: unique symbol = Symbol('retryAfter');

export type Answer = Record<string, unknown> & { [retryAfter]?: number } & (
    | { ok: true }
    | { ok: false; error: string }
  );

/** Finds the workspace that an org's call is about, or says why there is none. */
export type Reach = (org: GridOrg, call: OpenCall) => Workspace | Answer;

interface MethodLimits {
  /** Calls per minute and workspace; `posting` = the workspace's posting limit; null = none. */
  readonly limit: number | 'posting' | null;
}

export type Method = MethodLimits &
  (
    | { readonly open: true; readonly handle: (call: OpenCall) => Answer | Promise<Answer> }
    | {
        readonly open?: false;
        /** Any one of them; methods whose scope depends on the conversation look themselves. */
        readonly scopes?: readonly string[];
        readonly wide?: false;
        /** How the workspace of an org's call is found; without it by the conversation. */
        readonly reach?: Reach;
        readonly handle: (call: Call) => Answer | Promise<Answer>;
      }
    | {
        readonly open?: false;
        readonly scopes?: readonly string[];
        /** About the installation, or the org itself. */
        readonly wide: true;
        readonly handle: (call: TokenCall) => Answer | Promise<Answer>;
      }
  );

/** Tiers as Slack documents them, per minute. */
export const tier = { one: 1, two: 20, three: 50, four: 100 } as const;

export function refuse(error: string, details?: Record<string, unknown>): Answer {
  return { ok: false, error, ...details };
}

export function rateLimited(seconds: number): Answer {
  return { ok: false, error: 'ratelimited', [retryAfter]: seconds };
}

export function missingScope(call: TokenCall, needed: string): Answer {
  return { ok: false, error: 'missing_scope', needed, provided: call.token.scopeHeader };
}
