// Every error of a call to Slack with its class and what a person can do: docs/errors.md is generated from it.
import { adviceByCode, kindByCode } from './error-codes.ts';
import { failureKinds, type FailureKind } from './failure-kinds.ts';
import { kindByTransportError } from './transport-error.ts';

export interface FailureReference {
  code: string;
  kind: FailureKind;
  advice: string;
}

export function failureReference(): FailureReference[] {
  const codes = new Map<string, FailureKind>([...kindByCode, ...Object.entries(kindByTransportError)]);
  return [...codes]
    .map(([code, kind]) => ({ code, kind, advice: adviceByCode.get(code) ?? failureKinds[kind].advice }))
    .sort((a, b) => (a.code < b.code ? -1 : 1));
}
