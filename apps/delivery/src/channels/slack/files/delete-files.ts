// Deletes the files of a message that was retracted. Guarantees: a file that Slack still shows is deleted, or named in
// the attempt's record. Deleting a file twice does no harm, so an interrupted attempt is repeated.
import type { SlackClient } from '@carillon/slack';
import type { UploadedFile } from './remembered-uploads.ts';
import type { SendResult, SendGuard, Remark } from '../../../model/send-result.ts';
import { withoutDoubt, type Answers } from '../answers.ts';

const method = 'files.delete';

export interface DeleteFiles {
  client: SlackClient;
  installationId: string;
  files: readonly UploadedFile[];
  reserve: SendGuard['reserve'];
  answers: Answers;
}

/** The files that could not be deleted, with the reason; or the end of an attempt that is to be repeated. */
export async function deleteFiles({
  client,
  installationId,
  files,
  reserve,
  answers,
}: DeleteFiles): Promise<{ remark?: Remark } | { end: SendResult }> {
  const refused: { title: string; code: string }[] = [];
  for (const { id, title } of files) {
    const waitMs = reserve(method);
    if (waitMs > 0) return { end: { kind: 'not_written', why: 'pace', waitMs } };
    const answer = await client.call(method, { file: id });
    if (answer.ok) continue;
    const end = withoutDoubt(answers.end(method, installationId, answer));
    if (end.kind !== 'refused') return { end };
    refused.push({ title, code: end.error });
  }
  return refused.length === 0 ? {} : { remark: filesRemain(refused.map(({ title, code }) => `${title} (${code})`)) };
}

export const filesRemain = (named: readonly string[]): Remark => ({
  error: 'files_remain',
  advice: `Slack did not delete ${named.length === 1 ? 'the file' : 'the files'} ${named.join(', ')}; an admin of the workspace has to.`,
});
