// What posting, changing and deleting a message need beside the connection of the attempt.
import type { Answers } from './answers.ts';
import type { Conversations } from './conversations.ts';
import type { Attachments } from './files/attachments.ts';
import type { Installations } from './installations.ts';

export interface SlackParts {
  installations: Installations;
  conversations: Conversations;
  attachments: Attachments;
  answers: Answers;
}
