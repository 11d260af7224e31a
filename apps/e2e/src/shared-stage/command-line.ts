// What people run while they try Carillon: the commands of README, as they are printed there, and `npx carillon`
// against real services.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { repository, showFirstNotification } from '@carillon/playground';
import { environment } from '../environment.ts';
import { ada, idOf, published, seenBy, stage, toChannel } from './context.ts';

describe('in a terminal', () => {
  /** As the folder of the repository is to a person whose playground runs: the state file and the packages. */
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'carillon-person-'));
    stage.playground.writeStateFile();
    symlinkSync(stage.playground.dataDir, join(folder, '.carillon'));
    symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Standard output. */
  async function run(script: string): Promise<string> {
    const env = { PATH: environment['PATH'], HOME: folder };
    const { stdout } = await promisify(execFile)('sh', ['-ec', script], { cwd: folder, env });
    return stdout;
  }

  describe('README', () => {
    const readme = readFileSync(join(repository, 'README.md'), 'utf8');
    const blocks = (language: string): string[] =>
      [...readme.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, code = '']) => code);

    /** README has the addresses of a playground that has not moved its ports, and ids that other tests use too. */
    function withOwnAddressesAndIds(code: string): string {
      const { kafka, issuer } = stage.playground;
      return code
        .replace(/\br-(\d)\b/g, 'r-$1-printed')
        .replaceAll('127.0.0.1:9092', kafka.brokers.join(','))
        .replaceAll('http://127.0.0.1:3901', issuer.url)
        .replaceAll('http://127.0.0.1:3003', stage.playground.service('preferences').url);
    }

    test('every command works as it is printed, and each of the four ways to publish arrives in Slack', async () => {
      const [program = ''] = blocks('ts');
      writeFileSync(join(folder, 'publish.mts'), withOwnAddressesAndIds(program));
      const commands = blocks('sh');
      for (const command of commands) await run(withOwnAddressesAndIds(command));
      const ids = ['r-1-printed', 'r-2-printed', 'r-3-printed', 'r-4-printed'];
      await stage.ended(ids.map(idOf));
      expect(ids.map((id) => stage.outcomes.of(idOf(id)).map(({ outcome }) => outcome))).toEqual(
        ids.map(() => ['delivered']),
      );
      expect(
        ['kcat', 'curl', 'publish.mts', 'carillon timeline'].filter((one) => !commands.join().includes(one)),
      ).toEqual([]);
    });
  });

  describe('carillon', () => {
    test('lists the types of the catalogue', async () => {
      const lines = (await run('node_modules/.bin/carillon types')).trim().split('\n');
      expect(lines[0]).toMatch(/^TYPE +TITLE +CATEGORY +CHANNELS +DATA +NOTES$/);
      expect(lines).toContainEqual(expect.stringMatching(/^report\.ready +Report ready +reports +slack +any$/));
      expect(lines).toContainEqual(expect.stringMatching(/^security\.alert .* always sent; e-mail where Slack/));
    });

    test('compares a catalogue in files with that of the services', async () => {
      const shipped = join(repository, 'apps/preferences/catalogue.yaml');
      expect(await run(`node_modules/.bin/carillon catalogue diff ${shipped}`)).toBe('nothing differs\n');
    });

    test('shows the timeline of a notification: decision, attempt and outcome', async () => {
      const id = await published(toChannel());
      const lines = (
        await run(`node_modules/.bin/carillon timeline --source ${stage.product.source} --id ${id}`)
      ).split('\n');
      expect(lines).toEqual(
        expect.arrayContaining([
          `notification  ${idOf(id)}`,
          expect.stringMatching(/^channel:T0SHARED:C0IN {2}delivered$/),
          expect.stringMatching(/^ {2}\S+Z +\+0\.\d s {2}decision +send, now; /),
          expect.stringMatching(/^ {2}\S+Z +\+\d\.\d s {2}attempt 1 +delivered; \d+ ms/),
          expect.stringMatching(/^ {2}\S+Z +\+\d\.\d s {2}delivered +T0SHARED\/C0IN ts \d+\.\d+; delivery /),
        ]),
      );
    });

    test('explains a notification that is not sent, and one that was', async () => {
      const carillon = 'node_modules/.bin/carillon explain';
      const lines = (await run(`${carillon} --type report.ready --to ada --to nobody --title Ready`)).split('\n');
      expect(lines.slice(0, 4)).toEqual(['what  report.ready  “Ready”', '', 'member:ada', '  send, now']);
      expect(lines).toContainEqual(expect.stringMatching(/^ {2}to slack .*surface=dm/));
      const unknown = lines.slice(lines.indexOf('member:nobody'));
      expect(unknown[1]).toBe('  suppress, now');
      expect(unknown).toContainEqual(expect.stringMatching(/^ {2}because .* \(unknown_member\)/));
      expect(unknown).toContainEqual(expect.stringMatching(/^ {4}to do: /));
      const id = idOf(await published(toChannel()));
      const past = (await run(`${carillon} ${id}`)).split('\n');
      expect(past[0]).toBe(`notification  ${id}`);
      expect(past).toEqual(
        expect.arrayContaining([
          'channel:T0SHARED:C0IN',
          expect.stringMatching(/^ {2}then {2}send, now, at /),
          '  now   the same',
        ]),
      );
    });

    test('what `npm start` shows at its end is the timeline of the command', async () => {
      const before = await seenBy(ada, 'Report ready');
      const written: string[] = [];
      await showFirstNotification(stage.playground, new AbortController().signal, (text) => written.push(text));
      const [, id = ''] = /^\n\$ npx carillon timeline (\S+)\n/.exec(written[0] ?? '') ?? [];
      expect(written).toEqual([
        `\n$ npx carillon timeline ${id}\n${await run(`node_modules/.bin/carillon timeline ${id}`)}`,
      ]);
      expect(written[0]).toContain('\nmember:ada  delivered\n');
      expect(await seenBy(ada, 'Report ready')).toBe(before + 1);
    });
  });
});
