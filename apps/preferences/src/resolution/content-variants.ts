// What of the content differs for some recipients: the template's words in a person's language, and a workflow's own
// words. Guarantees: each variant is written once, however many recipients read it; a decision names a variant that is
// there; where a language cannot be written, the person reads the template's default one.
import type { ContentVariant, Decision } from '@carillon/domain';
import { variantOf, type Resolution } from './resolve.ts';
import type { PreparedRequest } from './prepared-request.ts';
import type { TenantContext } from './resolution-context.ts';

export type Variants = Record<string, ContentVariant>;

/** As the topic's schema allows. */
const most = 50;

/** Names the variant in the decisions. Undefined: everybody reads the same. */
export function addVariants(
  { template, variables, request, wide }: Pick<PreparedRequest, 'template' | 'variables' | 'request' | 'wide'>,
  { decisions, workflows = [] }: Resolution,
  context: TenantContext,
): Variants | undefined {
  if (!template && workflows.length === 0) return undefined;
  const variants = new Map<string, ContentVariant>();
  for (const { workflow, mention } of workflows.slice(0, most)) {
    const { title, body } = workflow;
    variants.set(variantOf(workflow), {
      ...(title !== undefined && { title }),
      ...(body !== undefined && { body }),
      ...(mention && { mentions: [...(request.mentions ?? []), mention] }),
    });
  }
  if (template && template.locales.length > 1) {
    const write = (locale: string): boolean => {
      if (variants.has(locale)) return true;
      const rendered = template.render(variables, locale);
      if ('errors' in rendered || variants.size >= most) return false;
      variants.set(locale, rendered.content);
      return true;
    };
    // Delivery keeps the variants of the first record: all pages of an audience have the same ones.
    if (wide.length > 0) for (const locale of template.locales.slice(1)) write(locale);
    for (const decision of decisions) {
      const locale = template.localeFor(localeOf(decision, context));
      if (decision.variant !== undefined || decision.verdict !== 'send' || locale === template.locales[0]) continue;
      if (write(locale)) decision.variant = locale;
    }
  }
  for (const decision of decisions)
    if (decision.variant !== undefined && !variants.has(decision.variant)) delete decision.variant;
  return variants.size > 0 ? Object.fromEntries(variants) : undefined;
}

const member = 'member:';

const localeOf = ({ recipient }: Decision, { members }: TenantContext): string | undefined =>
  recipient.startsWith(member) ? members.get(recipient.slice(member.length))?.locale : undefined;
