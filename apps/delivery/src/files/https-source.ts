// Fetches a file from a producer's URL, which is untrusted. Guarantees: https only; every address of every redirect is
// public, or the operator trusts its host; the connection uses the addresses that were checked, so a second DNS answer
// changes nothing; at most three redirects are followed; no credentials are sent.
import { lookup as systemLookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import type { Readable } from 'node:stream';
import { Client } from 'undici';
import { FileError, later, refused } from './file-error.ts';
import { isPublicAddress } from './public-address.ts';
import type { TrustedHosts } from './trusted-hosts.ts';

/** All addresses of a name. */
export type Resolve = (host: string) => Promise<readonly string[]>;

export interface SourceAnswer {
  headers: Record<string, string | string[] | undefined>;
  body: Readable;
  /** Ends the connection, whether or not the body was read. */
  close(): void;
}

const mostRedirects = 3;
const connectTimeoutMs = 10_000;
const redirects = new Set([301, 302, 303, 307, 308]);
const passing = new Set([408, 425, 429]);

export const resolveBySystem: Resolve = async (host) =>
  (await systemLookup(host, { all: true, verbatim: true })).map(({ address }) => address);

export class HttpsSource {
  constructor(
    private readonly trusted: TrustedHosts,
    private readonly resolve: Resolve = resolveBySystem,
  ) {}

  /** The answer to a GET; its body is not read yet. Throws a FileError, or the error of the network. */
  async get(address: string, signal: AbortSignal): Promise<SourceAnswer> {
    let url = urlOf(address);
    for (let hop = 0; hop <= mostRedirects; hop += 1) {
      const addresses = await this.#checkedAddresses(url, signal);
      const answer = await request(url, addresses, signal);
      if (answer.status === 200) return answer;
      answer.close();
      const { location } = answer.headers;
      if (!redirects.has(answer.status) || typeof location !== 'string') throw unanswered(answer.status);
      url = urlOf(location, url);
    }
    throw new FileError(refused('file_redirects', `The file's address redirects more than ${mostRedirects} times.`));
  }

  async #checkedAddresses(url: URL, signal: AbortSignal): Promise<readonly string[]> {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const addresses = isIP(host) ? [host] : await orAborted(this.#resolved(host), signal);
    if (!this.trusted.has(url) && !addresses.every(isPublicAddress)) {
      throw new FileError(refused('file_address_forbidden', "The file's address is not on the public internet."));
    }
    return addresses;
  }

  async #resolved(host: string): Promise<readonly string[]> {
    const addresses = await this.resolve(host).catch(() => []);
    if (addresses.length === 0)
      throw new FileError(later('file_dns', "The name of the file's server could not be resolved."));
    return addresses;
  }
}

function urlOf(address: string, base?: URL): URL {
  if (!URL.canParse(address, base?.href))
    throw new FileError(refused('file_url_invalid', "The file's address cannot be read."));
  const url = new URL(address, base);
  if (url.protocol !== 'https:')
    throw new FileError(refused('file_not_https', "The file's address does not begin with https."));
  if (url.username || url.password) {
    throw new FileError(refused('file_credentials', "The file's address holds a user name or a password."));
  }
  return url;
}

async function request(
  url: URL,
  addresses: readonly string[],
  signal: AbortSignal,
): Promise<SourceAnswer & { status: number }> {
  // One client per redirect: a pooled connection may lead to an address that was not checked for this URL.
  const client = new Client(url.origin, { connect: { lookup: answering(addresses), timeout: connectTimeoutMs } });
  // A connection attempt cannot be cancelled; its own timeout ends it.
  const end = (): void => void client.destroy().catch(() => undefined);
  try {
    const {
      statusCode: status,
      headers,
      body,
    } = await client.request({
      method: 'GET',
      path: url.pathname + url.search,
      headers: { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'Carillon' },
      signal,
    });
    // The error says only that the connection was closed here before the body was read.
    body.on('error', () => undefined);
    return { status, headers, body, close: end };
  } catch (error) {
    end();
    throw error;
  }
}

/**
 * A resolver that returns the addresses that were checked. An address in the URL itself is not resolved; it was checked
 * before.
 */
function answering(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_host, options, callback) => {
    if (options.all) return callback(null, all);
    const [first] = all;
    callback(null, first?.address ?? '', first?.family);
  };
}

function unanswered(status: number): FileError {
  const sentence = `The file's server answered with HTTP ${status}.`;
  return new FileError((status >= 500 || passing.has(status) ? later : refused)(`file_http_${status}`, sentence));
}

/** A DNS query cannot be cancelled, so its answer is ignored after the abort. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
