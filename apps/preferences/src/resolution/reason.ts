// Reasons as values. Those without a detail are created once, because millions of decisions share them.
import { reasonCodes, type Reason, type ReasonCode } from '@carillon/domain';

const plain = Object.fromEntries(reasonCodes.map((code) => [code, Object.freeze({ code })])) as Record<
  ReasonCode,
  Reason
>;

export const reason = (code: ReasonCode, detail?: string): Reason =>
  detail === undefined ? plain[code] : { code, detail };
