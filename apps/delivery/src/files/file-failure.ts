// Why a file cannot be attached, as a value: `refused` is final for this file, `later` may pass. The sentence is read
// by people, in the timeline and beside the message, so it names no address and no secret of the file's URL.

export interface FileFailure {
  kind: 'refused' | 'later';
  code: string;
  sentence: string;
}

export const refused = (code: string, sentence: string): FileFailure => ({ kind: 'refused', code, sentence });
export const later = (code: string, sentence: string): FileFailure => ({ kind: 'later', code, sentence });

/** Carries a failure up to where it becomes a value again; it never leaves this folder. */
export class FileTrouble extends Error {
  override readonly name = 'FileTrouble';

  constructor(readonly failure: FileFailure) {
    super(failure.code);
  }
}
