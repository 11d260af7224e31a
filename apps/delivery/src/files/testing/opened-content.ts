// For specs of opened files: a file to open, and the content of an opened one.
import type { Readable } from 'node:stream';
import { expect } from '@jest/globals';
import type { FileFailure } from '../file-error.ts';
import type { FileOfContent, OpenedFile } from '../open-file.ts';

export const csv = (url: string): FileOfContent => ({ name: 'report.csv', contentType: 'text/csv', url });

export async function contentOf(opened: OpenedFile | FileFailure): Promise<string> {
  if (opened.kind !== 'opened') throw new Error(opened.code);
  const bytes = await all(opened.read());
  expect(bytes.length).toBe(opened.length);
  await opened.close();
  return bytes.toString();
}

export async function all(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
