// Opens one file of a notification for sending. An inline file is read from memory; a file behind a URL is fetched into
// a temporary file. Guarantees: memory does not grow with the file; the length is exact; a file that is too large, too
// slow or of another type than declared is refused; failures are returned, not thrown; the temporary file is unlinked
// as soon as it is created, so it does not outlive the process.
import { randomUUID } from 'node:crypto';
import { open, unlink, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Content } from '@carillon/domain';
import { FileError, later, refused, type FileFailure } from './file-error.ts';
import { HttpsSource, type Resolve, type SourceAnswer } from './https-source.ts';
import { TrustedHosts } from './trusted-hosts.ts';

export type FileOfContent = NonNullable<Content['files']>[number];

export interface OpenedFile {
  kind: 'opened';
  /** In bytes. */
  length: number;
  /** A new stream of all bytes, each time. */
  read(): Readable;
  close(): Promise<void>;
}

export interface OpenFileSettings {
  mostBytes: number;
  /** The longest that one file may take, from the DNS query to the last byte. */
  timeoutMs: number;
  /** `host` or `host:port`: the addresses of these hosts need not be public. */
  trustedHosts: readonly string[];
  resolve?: Resolve;
}

export type OpenFile = (file: FileOfContent, signal?: AbortSignal) => Promise<OpenedFile | FileFailure>;

/** The content types that servers send for a file of an unknown type. */
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
      if (error instanceof FileError) return error.failure;
      if (signal?.aborted) return later('file_given_up', 'Fetching the file was cancelled.');
      if (timeout.aborted) return later('file_timeout', 'The file took too long to arrive.');
      return later(
        'file_unreachable',
        `The file's server could not be reached, or closed the connection${codeOf(error)}.`,
      );
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
    throw new FileError(refused('file_encoded', "The file's server sends it compressed, though it was asked not to."));
  }
  const announced = headers['content-length'];
  if (announced !== undefined) checkLength(Number(announced), mostBytes);
  const type = essence(headers['content-type']);
  if (type !== undefined && !untyped.has(type) && type !== essence(file.contentType)) {
    throw new FileError(
      refused('file_wrong_type', `The type of the file is ${type.slice(0, 100)}, not the declared one.`),
    );
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
  throw new FileError(
    later('file_not_stored', `The file could not be written to the temporary directory${codeOf(error)}.`),
  );
}

function checkLength(length: number, mostBytes: number): void {
  if (length > mostBytes) throw tooLarge(mostBytes);
  if (length === 0) throw new FileError(refused('file_empty', 'The file is empty.'));
}

function tooLarge(mostBytes: number): FileError {
  const most = mostBytes >= 1024 * 1024 ? `${Math.floor(mostBytes / 1024 / 1024)} MiB` : `${mostBytes} bytes`;
  return new FileError(refused('file_too_large', `The file is larger than ${most}.`));
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
