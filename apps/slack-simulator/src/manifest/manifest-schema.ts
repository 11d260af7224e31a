/**
 * The shape of an app manifest: the known keys at every level, their types and their longest values. Source:
 * slackapi/manifest-schema, Slack's manifest reference and the types of `@slack/web-api`, summer 2026. What one part
 * demands of another is checked by `checkManifest`. What only apps hosted by Slack have, such as workflows and
 * datastores, is not known here. URLs on this machine are taken for https: here the app is a neighbour.
 */
import { z } from 'zod';
import { scopeWords, signInScopes, userOnlyScopes } from '../oauth/scopes.ts';
import { eventScopes } from './event-scopes.ts';

const words = (most: number) => z.string().min(1).max(most, `must have at most ${most} characters`);
const listOf = <T extends z.ZodType>(item: T, most: number) =>
  z.array(item).max(most, `must have at most ${most} entries`);
const url = z.string().refine(isSecure, 'must be an https URL, or one on this machine');
const botScope = z.string().refine((s) => s in scopeWords, 'is not a scope of bots');
const userScope = z
  .string()
  .refine((s) => s in scopeWords || s in signInScopes || userOnlyScopes.has(s), 'is not a scope of people');
const event = z.string().refine((e) => eventScopes.has(e), 'is not an event of bots');
const prompts = listOf(z.strictObject({ title: z.string().min(1), message: z.string().min(1) }), 4);

export const manifestSchema = z.strictObject({
  _metadata: z
    .strictObject({ major_version: z.int().min(1).max(2), minor_version: z.int() })
    .partial()
    .optional(),
  display_information: z.strictObject({
    name: words(35),
    description: words(140).optional(),
    long_description: z.string().min(175, 'must have at least 175 characters').max(4000).optional(),
    background_color: z
      .string()
      .regex(/^#([0-9a-f]{3}){1,2}$/i, 'must be a colour like #0000AA')
      .optional(),
  }),
  features: z
    .strictObject({
      agent_view: z.strictObject({
        agent_description: words(300).optional(),
        suggested_prompts: prompts.optional(),
        actions: z.array(z.strictObject({ name: z.string().min(1), description: z.string().min(1) })).optional(),
      }),
      app_home: z
        .strictObject({
          home_tab_enabled: z.boolean(),
          messages_tab_enabled: z.boolean(),
          messages_tab_read_only_enabled: z.boolean(),
        })
        .partial(),
      assistant_view: z.strictObject({ assistant_description: words(300), suggested_prompts: prompts.optional() }),
      bot_user: z.strictObject({
        display_name: words(80),
        always_online: z.boolean().optional(),
      }),
      shortcuts: listOf(
        z.strictObject({
          type: z.enum(['global', 'message']),
          name: words(24),
          callback_id: words(255),
          description: words(150),
        }),
        10,
      ).min(1),
      slash_commands: listOf(
        z.strictObject({
          command: words(32).regex(/^\/[^\s/]+$/, 'must start with / and have no spaces'),
          description: words(2000),
          should_escape: z.boolean().optional(),
          url: url.optional(),
          usage_hint: words(1000).optional(),
        }),
        50,
      ).min(1),
      unfurl_domains: listOf(words(255), 5),
    })
    .partial()
    .optional(),
  oauth_config: z.strictObject({
    redirect_urls: listOf(url, 1000).optional(),
    scopes: z.strictObject({
      bot: listOf(botScope, 255).min(1, 'must have a scope'),
      bot_optional: listOf(botScope, 255).optional(),
      user: listOf(userScope, 255).optional(),
      user_optional: listOf(userScope, 255).optional(),
    }),
    token_management_enabled: z.boolean().optional(),
    pkce_enabled: z.boolean().optional(),
  }),
  settings: z
    .strictObject({
      allowed_ip_address_ranges: listOf(z.string(), 50),
      event_subscriptions: z
        .strictObject({
          request_url: url,
          bot_events: listOf(event, 100),
          user_events: listOf(z.string(), 100),
          metadata_subscriptions: listOf(z.strictObject({ app_id: words(255), event_type: words(255) }), 50),
        })
        .partial(),
      function_runtime: z.string(),
      incoming_webhooks: z.strictObject({ incoming_webhooks_enabled: z.boolean() }).partial(),
      interactivity: z.strictObject({
        is_enabled: z.boolean(),
        request_url: url.optional(),
        message_menu_options_url: url.optional(),
      }),
      is_hosted: z.boolean(),
      is_mcp_enabled: z.boolean(),
      siws_links: z.strictObject({ initiate_uri: url.optional() }),
      org_deploy_enabled: z.boolean(),
      socket_mode_enabled: z.boolean(),
      token_rotation_enabled: z.boolean(),
    })
    .partial()
    .optional(),
  functions: z.record(z.string(), z.looseObject({ title: z.string(), description: z.string() })).optional(),
});
export type Manifest = z.infer<typeof manifestSchema>;

function isSecure(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, hostname } = new URL(value);
  return (
    protocol === 'https:' || (protocol === 'http:' && /^(.+\.)?localhost$|^127(\.\d+){3}$|^\[::1\]$/.test(hostname))
  );
}
