// A request that was found to fit its type, as it is decided and told: with the content that the type's template writes
// where the request has no title. Guarantees: Kafka, REST, explain and dry runs check the same, and name the field that
// is wrong.
import {
  fieldErrorLine,
  type FieldError,
  type NotificationRequest,
  type NotificationType,
  type WideAudience,
} from '@carillon/domain';
import type { NotifyingMention } from '@carillon/slack';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Variables } from '../conditions/condition.ts';
import { wideFault, wideOf } from '../fan-out/wide-audiences.ts';
import { checkContent, type ContentFault } from '../ingestion/content-faults.ts';
import type { CompiledTemplate } from '../templates/compile-template.ts';

export interface PreparedRequest {
  /** Has a title. */
  request: NotificationRequest;
  type: NotificationType;
  variables: Variables;
  /** Slack users whom raw blocks name. */
  users: readonly NotifyingMention[];
  /** Where it wrote the content: it may write others for other locales. */
  template?: CompiledTemplate;
  /** Those of its audience who are found by a search, and decided page by page. */
  wide: readonly WideAudience[];
}

/** @param event the `ce_source` and `ce_id`; empty where nothing was sent */
export function prepareRequest(
  request: NotificationRequest,
  type: NotificationType,
  event: { source: string; id: string; tenantName: string },
  catalogue: Pick<Catalogue, 'compiled'>,
): PreparedRequest | { fault: ContentFault } {
  if (request.priority === 'urgent' && !type.urgent)
    return invalid('priority', `must not be urgent: the type ${type.name} does not allow it`);
  const wide = wideOf(request.to);
  const unwanted = wide.length > 0 ? wideFault(request.to!, type) : undefined;
  if (unwanted) return invalid(unwanted.path, unwanted.detail);
  const compiled = needsCompiled(request, type) ? catalogue.compiled(type) : undefined;
  if (compiled && 'errors' in compiled) return unusable(type.name, compiled.errors);
  const [wrong] = compiled?.validateData(request.data) ?? [];
  if (wrong) return invalid(wrong.path, wrong.message);
  const variables = variablesOf(request, type, event);
  if (request.title !== undefined) {
    const { fault, users } = checkContent(request, type);
    return fault ? { fault } : { request, type, variables, users, wide };
  }
  if (!compiled?.template) return invalid('title', `is required: the type ${type.name} has no template`);
  const rendered = compiled.template.render(variables);
  if ('errors' in rendered) {
    const [error] = rendered.errors;
    return invalid(error?.path ?? 'data', error?.message ?? 'cannot be written by the template');
  }
  const said = { ...request, ...rendered.content };
  const { fault, users } = checkContent(said, type);
  return fault ? { fault } : { request: said, type, variables, users, wide, template: compiled.template };
}

const needsCompiled = ({ title }: NotificationRequest, { schema, template }: NotificationType): boolean =>
  schema !== undefined || (title === undefined && template !== undefined);

const invalid = (path: string, detail: string): { fault: ContentFault } => ({
  fault: { code: 'invalid_payload', path, detail },
});

const unusable = (name: string, errors: FieldError[]): { fault: ContentFault } => ({
  fault: {
    code: 'unusable_type',
    path: 'type',
    detail: `the type ${name} does not compile in this release: ${fieldErrorLine(errors)}`,
  },
});

const noData: Record<string, unknown> = Object.freeze({});

/** What expressions read. */
export function variablesOf(
  { tenantId, title, priority = 'normal', data = noData, orderingKey, collapseKey, threadKey }: NotificationRequest,
  { name, category }: NotificationType,
  { source, id, tenantName }: { source: string; id: string; tenantName: string },
): Variables {
  return {
    data,
    notification: {
      type: name,
      category,
      priority,
      source,
      id,
      ...(title !== undefined && { title }),
      ...(orderingKey !== undefined && { orderingKey }),
      ...(collapseKey !== undefined && { collapseKey }),
      ...(threadKey !== undefined && { threadKey }),
    },
    tenant: { id: tenantId, name: tenantName },
  };
}
