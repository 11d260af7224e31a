// Why a file cannot be attached: `refused` is final for this file; after `later` another attempt may succeed. The
// sentence is shown in the timeline and in the message, so it contains no address and no secret of the file's URL.

export interface FileFailure {
  kind: 'refused' | 'later';
  code: string;
  sentence: string;
}

export const refused = (code: string, sentence: string): FileFailure => ({ kind: 'refused', code, sentence });
export const later = (code: string, sentence: string): FileFailure => ({ kind: 'later', code, sentence });

/** Throws a failure within this folder; its functions return the failure as a value. */
export class FileError extends Error {
  override readonly name = 'FileError';

  constructor(readonly failure: FileFailure) {
    super(failure.code);
  }
}
