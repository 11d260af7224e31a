// How a service runs: configuration, start and stop, health, who may call, what errors look like.
import 'reflect-metadata';

export { AuditLog, type AuditAct, type AuditCaller } from './audit/audit-log.ts';
export type { Refusal } from './audit/refusals.ts';
export { Internal, Public, RateLimit, Roles, type Rate } from './auth/access.ts';
export {
  Caller,
  identityOfRequest,
  mayAccess,
  ownedOrNotFound,
  tenantOf,
  wrongRole,
  type Identity,
} from './auth/identity.ts';
export { BotToken } from './bot-tokens/bot-token.ts';
export { RecentlyUsed, type RecentlyUsedLimits } from './bot-tokens/recently-used.ts';
export { BotTokens, type TokenUnavailable, type TokenUnavailableReason } from './bot-tokens/bot-tokens.ts';
export {
  tokenAnswer,
  type IssuedToken,
  type TokenAnswer,
  type UnavailableReason,
} from './bot-tokens/token-answer.ts';
export { BrowserBinding } from './browser/browser-binding.ts';
export { answerPage, answerRedirect, htmlPage } from './browser/html-page.ts';
export { ReturnToPolicy, withAnswer } from './browser/return-to.ts';
export type { ServiceClients } from './auth/service-clients.ts';
export { ServiceTokenError, ServiceTokens } from './auth/service-tokens.ts';
export {
  authConfig,
  cellConfig,
  commaSeparated,
  databaseConfig,
  durationMs,
  httpConfig,
  internalListenerConfig,
  kafkaConfig,
  kafkaConfigOf,
  parsedBy,
  port,
  replicaConfig,
  returnToOrigins,
  serviceIdentityConfig,
  unsubscribeConfig,
} from './config/fragments.ts';
export { DeclarationError, readDeclaration, readTenants, repeated } from './config/declarations.ts';
export { ConfigError, loadConfig, type ConfigProblem } from './config/load-config.ts';
export { secret } from './config/secret.ts';
export type { AnswerHead } from './http/answer-head.ts';
export { Answers, pageOfItems } from './http/answers.ts';
export { unstorableField } from './http/body-guard.ts';
export { TakesBody, type BodyRules } from './http/body-rules.ts';
export { Direct } from './http/direct-routes.ts';
export { escapeHtml } from './http/escape-html.ts';
export { etagOf, refuseIfChanged, withEtag } from './http/if-match.ts';
export { decodeCursor, encodeCursor, pageOf, pageQuery, type Page } from './http/page.ts';
export {
  lockedProblem,
  notFound,
  Problem,
  problemOfFields,
  problemOfIssues,
  refusalReasonOf,
  unavailable,
  type FieldProblem,
  type ProblemDocument,
} from './http/problem.ts';
export { CONFIG, DATABASE } from './platform/tokens.ts';
export type { Platform } from './platform/platform.module.ts';
export { Lifecycle, type Phase } from './process/lifecycle.ts';
export { Readiness, type ReadinessCheck, type ReadinessReport } from './process/readiness.ts';
export { runService } from './process/run-service.ts';
export type { ServiceOptions } from './process/start-service.ts';
export type { Change } from './replicas/newest-changes.ts';
export {
  stateReplica,
  type StateOf,
  type StateReplica,
  type StateReplicaDeclaration,
} from './replicas/state-replica.ts';
export { newerRows, storeNewer, type NewerRows, type WriteNewer } from './replicas/store-newer.ts';
export { replicaSweep, ReplicaSweep, type Replica, type ReplicaSweepParts } from './replicas/replica-sweep.ts';
export {
  stateRecordFault,
  tenantOfKey,
  type StateFault,
  type StateRecord,
  type StateRules,
} from './replicas/state-record-fault.ts';
export { Tenants } from './tenants/tenants.ts';
