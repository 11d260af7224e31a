/**
 * The effects of faults on a connection: a late answer, a broken connection, or a server error. Faults that are answers
 * of Slack (`error`, `rate_limit`) are handled where answers are made.
 */
import type { ServerResponse } from 'node:http';
import type { Fault } from './faults.ts';
import { respond } from './http.ts';

/** Logs the HTTP status that the client got; 0 = none. */
type Log = (status: number, error?: string) => void;

/** Before the method takes effect. Returns whether the fault has ended the request. */
export function failInstead(fault: Fault, res: ServerResponse, log: Log): boolean {
  switch (fault.kind) {
    case 'timeout_before':
      log(504, fault.kind);
      hold(fault, res, () => respond(res, 504, 'text/html', 'upstream request timeout'));
      return true;
    case 'reset_before':
      log(0, fault.kind);
      res.socket?.resetAndDestroy();
      return true;
    case 'http_500':
      if (fault.after) return false;
      log(statusOf(fault), `http_${statusOf(fault)}`);
      sendServerError(fault, res);
      return true;
    case 'rate_limit':
    case 'error':
    case 'timeout_after':
    case 'reset_after':
      return false;
  }
}

/** After the method took effect: its answer is late or lost. Returns whether the fault has ended the request. */
export function loseAnswer(fault: Fault, res: ServerResponse, log: Log, write: () => void): boolean {
  switch (fault.kind) {
    case 'timeout_after':
      log(200);
      hold(fault, res, write);
      return true;
    case 'reset_after':
      log(0);
      res.socket?.resetAndDestroy();
      return true;
    case 'http_500':
      log(statusOf(fault));
      sendServerError(fault, res);
      return true;
    case 'rate_limit':
    case 'error':
    case 'timeout_before':
    case 'reset_before':
      return false;
  }
}

function hold(fault: Fault, res: ServerResponse, then: () => void): void {
  const timer = setTimeout(
    () => {
      if (!res.destroyed) then();
    },
    Number(fault.value ?? 60_000),
  );
  res.once('close', () => clearTimeout(timer));
}

function statusOf(fault: Fault): number {
  return Number(fault.value ?? 500);
}

function sendServerError(fault: Fault, res: ServerResponse): void {
  const page = '<!DOCTYPE html><html><head><title>Server Error</title></head><body>Server Error</body></html>';
  respond(res, statusOf(fault), 'text/html', page);
}
