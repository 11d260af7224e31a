/** team.info: the name, domain and icon of a workspace, or of the org whose token asks without naming one. */
import type { Simulation } from '../simulation.ts';
import { text } from './arguments.ts';
import { type Answer, type Method, refuse, tier, type TokenCall } from './call.ts';

export const teamMethods: Record<string, Method> = {
  'team.info': { wide: true, limit: tier.three, scopes: ['team:read'], handle: info },
};

function info({ sim, args, home }: TokenCall): Answer {
  const asked = text(args, 'team') ?? home.id;
  const team = asked === home.id ? home : home.kind === 'org' ? home.workspace(asked) : undefined;
  if (team === undefined) return refuse('team_not_found');
  if (home.kind === 'org' && team.kind === 'workspace' && !home.covered.has(team))
    return refuse('team_access_not_granted');
  const enterprise = team.kind === 'org' ? team : team.enterprise;
  return {
    ok: true,
    team: {
      id: team.id,
      name: team.name,
      url: `https://${team.domain}.slack.com/`,
      domain: team.domain,
      email_domain: '',
      icon: teamIcon(sim, team.id),
      ...(enterprise === undefined ? {} : { enterprise_id: enterprise.id, enterprise_name: enterprise.name }),
    },
  };
}

export function teamIcon(sim: Simulation, team: string): object {
  const icon = `${sim.baseUrl}/icons/${team}.svg`;
  return {
    image_34: icon,
    image_44: icon,
    image_68: icon,
    image_88: icon,
    image_102: icon,
    image_132: icon,
    image_230: icon,
    image_default: true,
  };
}
