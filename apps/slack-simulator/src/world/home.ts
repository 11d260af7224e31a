/** Where the app can be installed: in a workspace, or in an org for those of its workspaces that its admins choose. */
import type { Org } from './org.ts';
import type { Workspace } from './workspace.ts';

export type GridOrg = Org<Workspace>;
export type Home = Workspace | GridOrg;
