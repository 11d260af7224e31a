/** The app proves itself with HTTP Basic or with form fields. */
import { text } from '../web-api/arguments.ts';
import { type Answer, type OpenCall, refuse } from '../web-api/call.ts';

export function refuseClient({ sim, args, basic }: OpenCall): Answer | undefined {
  const id = text(args, 'client_id') ?? basic?.id;
  const secret = text(args, 'client_secret') ?? basic?.secret;
  if (id !== sim.app.clientId) return refuse('invalid_client_id');
  if (secret !== sim.app.clientSecret) return refuse('bad_client_secret');
  return undefined;
}
