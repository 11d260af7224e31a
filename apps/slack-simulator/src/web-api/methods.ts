/** Every Web API method that the simulator knows. */
import type { Method } from './call.ts';
import { authMethods } from './auth.ts';
import { chatMethods } from './chat.ts';
import { conversationMethods } from './conversations.ts';
import { eventMethods } from './event-authorizations.ts';
import { fileMethods } from './files.ts';
import { historyMethods } from './history.ts';
import { messageMethods } from './chat-changes.ts';
import { oauthMethods } from '../oauth/oauth-methods.ts';
import { openIdMethods } from '../oauth/openid-methods.ts';
import { reactionMethods } from './reactions.ts';
import { teamMethods } from './team.ts';
import { userMethods } from './users.ts';
import { viewMethods } from './views.ts';

export const methods: Record<string, Method> = {
  ...authMethods,
  ...chatMethods,
  ...conversationMethods,
  ...eventMethods,
  ...fileMethods,
  ...historyMethods,
  ...messageMethods,
  ...oauthMethods,
  ...openIdMethods,
  ...reactionMethods,
  ...teamMethods,
  ...userMethods,
  ...viewMethods,
};
