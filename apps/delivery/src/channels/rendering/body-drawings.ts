// The render functions whose cost depends on the content, by kind. The process and its worker threads use the same
// table.
import { drawBody, drawPlainBody } from '@carillon/slack/rendering';
import { drawEmailBody, drawPlainEmailBody } from '../email/email-body.ts';

export const bodyDrawings = {
  slack: { draw: drawBody, plain: drawPlainBody },
  email: { draw: drawEmailBody, plain: drawPlainEmailBody },
} as const;
