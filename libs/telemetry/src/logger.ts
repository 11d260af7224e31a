// One JSON line per event, with the ids of the trace it happened in. Promises: no token, secret or authorization
// field is ever printed, whether it stands at the top of the line or one level down; a level that is off costs
// nothing; writing is synchronous, so the last words of a dying process are read.
import { isSpanContextValid, trace } from '@opentelemetry/api';
import { levels, pino, type DestinationStream, type Logger as PinoLogger } from 'pino';
import { errorFields } from './error-fields.ts';
import { serviceName } from './service-name.ts';

export type Logger = PinoLogger;

const SECRETS = [
  'token',
  'tokens',
  'access_token',
  'accessToken',
  'refresh_token',
  'refreshToken',
  'botToken',
  'authorization',
  'Authorization',
  'cookie',
  'secret',
  'client_secret',
  'clientSecret',
  'signingSecret',
  'password',
];

let root: Logger | undefined;

/** `name` says which part of the service speaks. */
export function createLogger(name: string): Logger {
  root ??= createRootLogger();
  return root.child({ logger: name });
}

/** For tests: a root that writes elsewhere. */
export function createRootLogger(destination?: DestinationStream): Logger {
  const options = {
    level: levelOf(process.env['LOG_LEVEL']),
    base: { service: serviceName(), pid: process.pid },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (level: string) => ({ level }) },
    serializers: { err: errorFields, error: errorFields },
    redact: { paths: [...SECRETS, ...SECRETS.map((name) => `*.${name}`)], censor: '***' },
    mixin: traceIds,
  };
  return destination ? pino(options, destination) : pino(options);
}

/** A level that does not exist is the configuration's to report, not a reason to say nothing at all. */
function levelOf(asked: string | undefined): string {
  return asked === 'silent' || (asked && asked in levels.values) ? asked : 'info';
}

function traceIds(): Record<string, string> {
  const span = trace.getActiveSpan()?.spanContext();
  return span && isSpanContextValid(span) ? { trace_id: span.traceId, span_id: span.spanId } : {};
}
