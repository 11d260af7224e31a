/** The name and icon of a message, where the app asks for others than its own. */
import { text } from './arguments.ts';
import { type Answer, type Call, missingScope } from './call.ts';

export interface Sender {
  username?: string;
  icons?: Record<string, string>;
}

const own: Sender = {};

export function readSender(call: Call): Sender | { refusal: Answer } {
  const { args } = call;
  if (args.username === undefined && args.icon_url === undefined && args.icon_emoji === undefined) return own;
  const username = text(args, 'username');
  const url = text(args, 'icon_url');
  const emoji = text(args, 'icon_emoji');
  if (username === undefined && url === undefined && emoji === undefined) return own;
  if (!call.token.scopes.has('chat:write.customize')) return { refusal: missingScope(call, 'chat:write.customize') };
  const icons = emoji !== undefined ? { emoji } : url !== undefined ? { image_48: url } : undefined;
  return { ...(username === undefined ? {} : { username }), ...(icons === undefined ? {} : { icons }) };
}
