// The bytes of one file of a notification, ready to be sent: inline ones from memory, those behind a URL by way of a
// temporary file. Promises: memory does not grow with the file; the length is exact; what is larger than allowed, takes
// too long or is not what its producer declared is refused; failures are values; the temporary file has no name from
// the start, so it is gone with the process, however that ends.
import { randomUUID } from 'node:crypto';
import { open, unlink, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Content } from '@carillon/domain';
import { FileTrouble, later, refused, type FileFailure } from './file-failure.ts';
import { HttpsSource, type Resolve, type SourceAnswer } from './https-source.ts';
import { TrustedHosts } from './trusted-hosts.ts';

export type FileOfContent = NonNullable<Content['files']>[number];

export interface OpenedFile {
  kind: 'opened';
  /** In bytes. */
  length: number;
  /** The bytes from the first to the last, again each time. */
  read(): Readable;
  close(): Promise<void>;
}

export interface OpenFileSettings {
  mostBytes: number;
  /** For one file, from the first look-up to the last byte. */
  timeoutMs: number;
  /** `host` or `host:port`, exempt from the address check. */
  trustedHosts: readonly string[];
  resolve?: Resolve;
}

export type OpenFile = (file: FileOfContent, signal?: AbortSignal) => Promise<OpenedFile | FileFailure>;

/** What servers say of a file of which they know nothing. */
const untyped = new Set(['application/octet-stream', 'binary/octet-stream']);

export function fileOpener(settings: OpenFileSettings): OpenFile {
  const source = new HttpsSource(new TrustedHosts(settings.trustedHosts), settings.resolve);
  return async (file, signal) => {
    const timeout = AbortSignal.timeout(settings.timeoutMs);
    try {
      if (file.base64 !== undefined) return inline(Buffer.from(file.base64, 'base64'), settings.mostBytes);
      const answer = await source.get(file.url ?? '', signal ? AbortSignal.any([signal, timeout]) : timeout);
      try {
        check(answer, file, settings.mostBytes);
        return await stored(answer, settings.mostBytes);
      } finally {
        answer.close();
      }
    } catch (error) {
      if (error instanceof FileTrouble) return error.failure;
      if (signal?.aborted) return later('file_given_up', 'Fetching the file was given up.');
      if (timeout.aborted) return later('file_timeout', 'The file took too long to arrive.');
      return later('file_unreachable', `The file's server could not be reached, or broke off${codeOf(error)}.`);
    }
  };
}

function inline(bytes: Buffer, mostBytes: number): OpenedFile {
  checkLength(bytes.length, mostBytes);
  return { kind: 'opened', length: bytes.length, read: () => Readable.from([bytes]), close: () => Promise.resolve() };
}

function check({ headers }: SourceAnswer, file: FileOfContent, mostBytes: number): void {
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') {
    throw new FileTrouble(
      refused('file_encoded', "The file's server sends it compressed, though it was asked not to."),
    );
  }
  const announced = headers['content-length'];
  if (announced !== undefined) checkLength(Number(announced), mostBytes);
  const type = essence(headers['content-type']);
  if (type !== undefined && !untyped.has(type) && type !== essence(file.contentType)) {
    throw new FileTrouble(refused('file_wrong_type', `The file is not what was declared, but ${type.slice(0, 100)}.`));
  }
}

async function stored({ body }: SourceAnswer, mostBytes: number): Promise<OpenedFile> {
  const handle = await unnamedFile();
  let length = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > mostBytes) throw tooLarge(mostBytes);
      await handle.writeFile(chunk).catch(noRoom);
    }
    checkLength(length, mostBytes);
  } catch (error) {
    await handle.close().catch(() => undefined);
    throw error;
  }
  const read = (): Readable => handle.createReadStream({ start: 0, end: length - 1, autoClose: false });
  return { kind: 'opened', length, read, close: () => handle.close().catch(() => undefined) };
}

async function unnamedFile(): Promise<FileHandle> {
  const path = join(tmpdir(), `carillon-file-${randomUUID()}`);
  const handle = await open(path, 'wx+', 0o600).catch(noRoom);
  await unlink(path).catch(async (error: unknown) => {
    await handle.close();
    noRoom(error);
  });
  return handle;
}

function noRoom(error: unknown): never {
  throw new FileTrouble(later('file_not_stored', `The file could not be kept for sending${codeOf(error)}.`));
}

function checkLength(length: number, mostBytes: number): void {
  if (length > mostBytes) throw tooLarge(mostBytes);
  if (length === 0) throw new FileTrouble(refused('file_empty', 'The file is empty.'));
}

function tooLarge(mostBytes: number): FileTrouble {
  const most = mostBytes >= 1024 * 1024 ? `${Math.floor(mostBytes / 1024 / 1024)} MiB` : `${mostBytes} bytes`;
  return new FileTrouble(refused('file_too_large', `The file is larger than ${most}.`));
}

/** A content type without its parameters. */
function essence(header: string | string[] | undefined): string | undefined {
  const [first] = Array.isArray(header) ? header : [header];
  return first?.split(';', 1)[0]?.trim().toLowerCase() || undefined;
}

function codeOf(error: unknown): string {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: unknown };
  if (cause !== undefined && code === undefined) return codeOf(cause);
  return typeof code === 'string' && /^[A-Z0-9_]+$/.test(code) ? ` (${code})` : '';
}
