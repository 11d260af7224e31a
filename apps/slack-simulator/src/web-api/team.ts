/** team.info: the workspace's name, domain and icon. */
import { text } from './arguments.ts';
import { type Answer, type Call, type Method, refuse, tier } from './call.ts';

export const teamMethods: Record<string, Method> = {
  'team.info': { limit: tier.three, scopes: ['team:read'], handle: info },
};

function info({ sim, args, workspace }: Call): Answer {
  const asked = text(args, 'team');
  if (asked !== undefined && asked !== workspace.id) return refuse('team_not_found');
  const icon = `${sim.baseUrl}/icons/${workspace.id}.svg`;
  return {
    ok: true,
    team: {
      id: workspace.id,
      name: workspace.name,
      url: `https://${workspace.domain}.slack.com/`,
      domain: workspace.domain,
      email_domain: '',
      icon: {
        image_34: icon,
        image_44: icon,
        image_68: icon,
        image_88: icon,
        image_102: icon,
        image_132: icon,
        image_230: icon,
        image_default: true,
      },
      ...(workspace.enterprise === undefined
        ? {}
        : { enterprise_id: workspace.enterprise.id, enterprise_name: workspace.enterprise.name }),
    },
  };
}
