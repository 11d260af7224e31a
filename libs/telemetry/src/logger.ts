// Writes one JSON line per event, with the ids of the current trace. Guarantees: a field that is named like a token, a
// secret or an authorization is not printed, at the top of the line and one level below; a Slack token and the token of
// an authorization are not printed wherever they stand in a line; a level that is off costs nothing; writing is
// synchronous, so the last lines of a process that ends are not lost.
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

/** `xoxb-…`, `xoxe.xoxp-…`, `xapp-…`, and what follows `Bearer`. */
const tokenInText = /\bxox[a-z]-[\w-]+|\bxoxe\.[\w.-]+|\bxapp-[\w-]+|(?<=\bBearer )[\w.~+/=-]+/g;

let root: Logger | undefined;
const loggers = new Map<string, Logger>();

/** `name`: the part of the service that writes the lines. */
export function createLogger(name: string): Logger {
  root ??= createRootLogger();
  let logger = loggers.get(name);
  if (!logger) loggers.set(name, (logger = root.child({ logger: name })));
  return logger;
}

/** Loggers switch between LOG_LEVEL and `debug`. Returns the level from now on. */
export function switchLogLevel(): string {
  const usual = levelOf(process.env['LOG_LEVEL']);
  root ??= createRootLogger();
  const level = root.level === usual ? 'debug' : usual;
  for (const logger of [root, ...loggers.values()]) logger.level = level;
  return level;
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
    hooks: { streamWrite: (line: string) => line.replace(tokenInText, '***') },
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
