// `carillon explain`: why somebody would be told, or was; nothing is sent. Of a notification that is described by flags
// or a file, what would be decided now; of one that was published, what was decided then and what would be now.
import { Command } from 'commander';
import { requestFrom } from '../publish/request-from.ts';
import { addRequestOptions, requestsOf, type RequestOptions } from '../publish/request-options.ts';
import { accessToken } from '../services/access-token.ts';
import { asItCame, askService } from '../services/ask-service.ts';
import { findService } from '../services/find-services.ts';
import { UserError, type Terminal } from '../terminal.ts';
import { explanation, pastExplanation } from './explanation.ts';
import { showExplanation, showPastExplanation } from './show-explanation.ts';

interface Flags extends RequestOptions {
  source?: string;
  id?: string;
  json?: boolean;
  url?: string;
}

const examples = `
The token in CARILLON_TOKEN needs the role admin of the tenant; in a playground one is fetched from its issuer. A token
of a product may ask for what is not sent, and for what it published; a member's for what the member was sent.
The exit status says whether there was an answer, not whether somebody is told.

Examples:
  $ carillon explain --type report.ready --to ada --title "Report ready"
  $ carillon explain --file event.json --json
  $ carillon explain 6f1c2f0e-6d6c-5c0e-9d8e-0f4f3a2b1c0d
`;

export function explainCommand(terminal: Terminal): Command {
  const command = new Command('explain')
    .description('show why somebody would be told of a notification or not; nothing is sent')
    .argument('[notificationId]', 'of one that was published, as `carillon publish` prints it');
  return addRequestOptions(command)
    .option('--source <uri>', 'the CloudEvents source, where it matters')
    .option('--id <id>', 'the CloudEvents id, where it matters')
    .option('--json', 'the answer of preferences as JSON')
    .option('--url <url>', 'preferences (default: PREFERENCES_URL, else the playground)')
    .addHelpText('after', examples)
    .action((notificationId: string | undefined, flags: Flags) =>
      notificationId === undefined
        ? explainRequests(flags, terminal)
        : explainPublished(notificationId, flags, terminal),
    );
}

const needs = "the tenant's role admin";

async function explainRequests(flags: Flags, terminal: Terminal): Promise<void> {
  if (!describesRequest(flags))
    throw new UserError('name a notification: its id, or what would be sent by --file or by --type, --to, …', 2);
  const service = findService(terminal, 'preferences', flags.url);
  const requests = requestsOf(flags, terminal);
  for (const [at, request] of requests.entries()) {
    const { source = request['source'], id = request['id'] } = flags;
    const tenant = typeof request['tenantId'] === 'string' ? request['tenantId'] : undefined;
    const token = await accessToken(terminal, { roles, tenant });
    const body = { ...request, source, id };
    const asked = { token, path: '/v1/explain', body, answer: asItCame(explanation), needs };
    const answer = await askService(service, asked);
    if (!answer) throw new UserError(`preferences at ${service.url} explains nothing: is the URL that of preferences?`);
    if (at > 0 && !flags.json) terminal.out('\n');
    terminal.out(flags.json ? asJson(answer.body) : showExplanation(answer.shown));
  }
}

async function explainPublished(notificationId: string, flags: Flags, terminal: Terminal): Promise<void> {
  if (describesRequest(flags))
    throw new UserError('name one notification: the id of a published one, or what would be sent', 2);
  const service = findService(terminal, 'preferences', flags.url);
  const token = await accessToken(terminal, { roles, tenant: flags.tenant });
  const path = `/v1/notifications/${encodeURIComponent(notificationId)}/explain`;
  const answer = await askService(service, { token, path, answer: asItCame(pastExplanation), needs });
  if (!answer) throw new UserError('no such notification is known. If it was published just now, try again');
  terminal.out(flags.json ? asJson(answer.body) : showPastExplanation(answer.shown));
}

const roles = ['owner', 'admin'];

const asJson = (body: unknown): string => `${JSON.stringify(body, null, 2)}\n`;

const describesRequest = ({ tenant: _, ...flags }: Flags): boolean =>
  [flags.file, flags.source, flags.id].some((one) => one !== undefined) || Object.keys(requestFrom(flags)).length > 0;
