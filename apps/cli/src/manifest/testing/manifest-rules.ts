// What Slack accepts in an app manifest, as far as Carillon uses it. Written from the rules of slackapi/manifest-schema
// (schemas/manifest.schema.1.0.0.json at commit 19557f58; MIT, says its pyproject.toml) and from Slack's app manifest
// reference, https://docs.slack.dev/reference/app-manifest. Nothing is copied from there. The schema at that commit
// does not know `agent_view`; its fields are those of the reference. Keys that these rules do not know are refused, as
// Slack does. Rules between fields, such as the scope that an event needs, are in the spec.
import { z } from 'zod';

const text = (max: number, min = 1) => z.string().min(min).max(max);
const url = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^https?:\/\//);
const uniqueTexts = (most: number, longest: number) =>
  z
    .array(text(longest))
    .max(most)
    .refine((items) => new Set(items).size === items.length, 'must not name anything twice');
const scopeList = uniqueTexts(255, 50);

export const manifestRules = z.strictObject({
  _metadata: z.strictObject({ major_version: z.literal([1, 2]), minor_version: z.int() }),
  display_information: z.strictObject({
    name: text(35),
    description: text(140),
    long_description: text(4000, 175),
    background_color: z.string().regex(/^#([0-9a-f]{3}){1,2}$/i),
  }),
  features: z.strictObject({
    app_home: z.strictObject({
      home_tab_enabled: z.boolean(),
      messages_tab_enabled: z.boolean(),
      messages_tab_read_only_enabled: z.boolean(),
    }),
    agent_view: z
      .strictObject({
        agent_description: text(300),
        suggested_prompts: z
          .array(z.strictObject({ title: text(Infinity), message: text(Infinity) }))
          .max(4)
          .optional(),
        actions: z.array(z.strictObject({ name: text(Infinity), description: text(Infinity) })).optional(),
      })
      .optional(),
    bot_user: z.strictObject({ display_name: text(80), always_online: z.boolean() }),
    slash_commands: z
      .array(
        z.strictObject({
          command: text(32, 2).regex(/^\//),
          url: url(3000),
          description: text(2000),
          usage_hint: text(1000).optional(),
          should_escape: z.boolean(),
        }),
      )
      .min(1)
      .max(50)
      .optional(),
  }),
  oauth_config: z.strictObject({
    redirect_urls: uniqueTexts(1000, 2500),
    scopes: z.strictObject({ bot: scopeList, bot_optional: scopeList.optional() }),
  }),
  settings: z.strictObject({
    event_subscriptions: z.strictObject({ request_url: url(3500), bot_events: uniqueTexts(100, 50) }),
    interactivity: z.strictObject({
      is_enabled: z.boolean(),
      request_url: url(3500),
      message_menu_options_url: url(3500),
    }),
    org_deploy_enabled: z.boolean(),
    socket_mode_enabled: z.boolean(),
    token_rotation_enabled: z.boolean(),
  }),
});
