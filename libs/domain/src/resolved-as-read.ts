// A resolved record as its consumers read it: `resolved.ts` says what is written, and a neighbouring release may write
// more than that. Guarantees: fields that this release does not know are ignored; a reason with an unknown code keeps
// its code; an unknown priority is `normal`, and an unknown policy for ambiguity is the default; a decision or a
// destination of an unknown kind is listed in `unreadable` under its recipient, and the other decisions of the record
// are read; a variant of the content that cannot be read is left out, and whoever is to get a variant that is not
// there, or a roll-up that cannot be read, gets the content as it is. A record without tenant, notification or content,
// or with a decision that names no recipient, is no record.
import { z } from 'zod';
import { ambiguityPolicy, priority } from './enumerations.ts';
import { fieldErrorLine, fieldErrors } from './field-errors.ts';
import { lenient, parseLeniently } from './read-leniently.ts';
import type { ReasonCode } from './reasons.ts';
import { content } from './request.ts';
import {
  contentVariant,
  decision,
  deliveryMode,
  destination,
  emailDestination,
  recipientsPerRecord,
  resolvedNotification,
  type ContentVariant,
  type Decision,
  type Destination,
  type ResolvedNotification,
} from './resolved.ts';
import { isStorable, storable } from './storable.ts';

/** A reason whose code may be one of a newer release. */
export const reasonAsRead = z.object({ code: z.string().min(1).max(100), detail: z.string().optional() });
export type ReasonAsRead = z.infer<typeof reasonAsRead>;

export interface DecisionAsRead extends Omit<Decision, 'reasons'> {
  reasons: ReasonAsRead[];
}

/** What this release cannot carry out for a recipient. */
export interface Unreadable {
  recipient: string;
  /** Which fields, and what is wrong with them. */
  problem: string;
}

export interface ResolvedNotificationAsRead extends Omit<ResolvedNotification, 'decisions' | 'reasons'> {
  decisions: DecisionAsRead[];
  reasons?: ReasonAsRead[] | undefined;
  unreadable?: Unreadable[];
}

const decisionFrame = decision.extend({
  destinations: z.array(z.unknown()),
  fallback: z.unknown().optional(),
  mode: lenient(deliveryMode),
  variant: decision.shape.variant.catch(undefined),
  rollUp: decision.shape.rollUp.catch(undefined),
  reasons: z.array(reasonAsRead).min(1),
});

const { notification, policies } = resolvedNotification.shape;

export const resolvedNotificationAsRead = resolvedNotification
  .extend({
    notification: notification.extend({
      content: lenient(content),
      variants: z.record(z.string(), z.unknown()).optional().catch(undefined),
      priority: priority.catch('normal'),
    }),
    policies: policies.extend({ ambiguity: ambiguityPolicy.catch('resend') }),
    decisions: z.array(z.looseObject({ recipient: z.string().min(1) })).max(recipientsPerRecord),
    reasons: z.array(reasonAsRead).optional(),
  })
  .transform(({ decisions, notification: { variants: written, ...rest }, ...record }): ResolvedNotificationAsRead => {
    const variants = written && readVariants(written);
    return {
      ...record,
      notification: { ...rest, ...(variants && { variants }) },
      ...readDecisions(decisions, variants ?? {}),
    };
  });

function readVariants(values: Readonly<Record<string, unknown>>): Record<string, ContentVariant> {
  const variants: Record<string, ContentVariant> = {};
  for (const [name, value] of Object.entries(values)) {
    const result = parseLeniently(contentVariant, value);
    if (isStorable(name) && result.success) variants[name] = result.data;
  }
  return variants;
}

function readDecisions(
  values: readonly { recipient: string }[],
  variants: Readonly<Record<string, ContentVariant>>,
): Required<Pick<ResolvedNotificationAsRead, 'decisions' | 'unreadable'>> {
  const decisions: DecisionAsRead[] = [];
  const unreadable: Unreadable[] = [];
  for (const value of values) {
    const { recipient } = value;
    const frame = decisionFrame.safeParse(value);
    if (!frame.success) {
      unreadable.push({ recipient, problem: fieldErrorLine(fieldErrors(frame.error.issues, value)) });
      continue;
    }
    const { destinations, fallback, variant, rollUp, ...rest } = frame.data;
    const [known, problems] = readDestinations(destinations);
    if (problems.length > 0) unreadable.push({ recipient, problem: problems.join('; ') });
    if (known.length === 0 && problems.length > 0) continue;
    const byEmail = parseLeniently(emailDestination, fallback);
    const reasons = problems.length > 0 ? [...rest.reasons, partOf(problems)] : rest.reasons;
    decisions.push({
      ...rest,
      reasons,
      destinations: known,
      ...(byEmail.success && { fallback: byEmail.data }),
      ...(variant !== undefined && Object.hasOwn(variants, variant) && { variant }),
      ...(rollUp && { rollUp }),
    });
  }
  return { decisions, unreadable };
}

const partOf = (problems: readonly string[]): ReasonAsRead => ({
  code: 'unreadable_decision' satisfies ReasonCode,
  detail: storable(problems.join('; ')),
});

function readDestinations(values: readonly unknown[]): [known: Destination[], problems: string[]] {
  const known: Destination[] = [];
  const problems: string[] = [];
  for (const [at, value] of values.entries()) {
    const result = parseLeniently(destination, value);
    if (result.success) known.push(result.data);
    else problems.push(`destinations.${at}: ${fieldErrorLine(fieldErrors(result.error.issues, value))}`);
  }
  return [known, problems];
}
