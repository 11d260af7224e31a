/** A manifest that Slack accepts, for specs that change one thing in it. */
import type { Manifest } from '../manifest/manifest-schema.ts';

export function sampleManifest(): Manifest {
  return {
    _metadata: { major_version: 1 },
    display_information: { name: 'Carillon', description: 'Notifications', background_color: '#4A154B' },
    features: {
      app_home: { home_tab_enabled: true, messages_tab_enabled: true, messages_tab_read_only_enabled: false },
      bot_user: { display_name: 'Carillon', always_online: true },
      slash_commands: [{ command: '/carillon', description: 'Preferences', url: 'https://app.test/commands' }],
    },
    oauth_config: {
      redirect_urls: ['https://app.test/callback', 'http://127.0.0.1:3000/callback'],
      scopes: { bot: ['chat:write', 'commands', 'users:read', 'channels:read'], bot_optional: ['channels:read'] },
    },
    settings: {
      event_subscriptions: {
        request_url: 'https://app.test/events',
        bot_events: ['app_uninstalled', 'team_join', 'channel_created'],
      },
      interactivity: { is_enabled: true, request_url: 'https://app.test/interactions' },
      org_deploy_enabled: true,
      socket_mode_enabled: false,
      token_rotation_enabled: false,
    },
  };
}
