// Writes one JSON line per event, with the ids of the current trace. Guarantees: a field that is named like a token, a
// secret or an authorization is not printed, at the top of the line and one level below; a level that is off costs
// nothing; writing is synchronous, so the last lines of a process that ends are not lost.
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

/** `name`: the part of the service that writes the lines. */
export function createLogger(name: string): Logger {
  root ??= createRootLogger();
  return root.child({ logger: name });
}

/** For tests: a root logger with another destination. */
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

/** An unknown level falls back to the default here; the configuration reports it. */
function levelOf(asked: string | undefined): string {
  return asked === 'silent' || (asked && asked in levels.values) ? asked : 'info';
}

function traceIds(): Record<string, string> {
  const span = trace.getActiveSpan()?.spanContext();
  return span && isSpanContextValid(span) ? { trace_id: span.traceId, span_id: span.spanId } : {};
}
