// The unit tests of the alerts, run by promtool (Debian package `prometheus`). Without it they are skipped; .ci/run
// installs it.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { run } from '../run.ts';
import { monitoring, ruleGroups } from './alert-rules.ts';

interface AlertTests {
  tests: { name: string; alert_rule_test: { alertname: string; exp_alerts: unknown[] }[] }[];
}

const files = ['alerts.test.yaml', 'objective.test.yaml'];
const promtool = process.env['PROMTOOL'] ?? 'promtool';
const folder = mkdtempSync(join(tmpdir(), 'carillon-alerts-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** `change`: of the rules, JSON being YAML. The annotations are left out: the tests are about what fires. */
function writeRules(change: (rules: string) => string = (rules) => rules): void {
  const groups = ruleGroups();
  for (const { rules } of groups.groups) for (const rule of rules) delete rule.annotations;
  writeFileSync(join(folder, 'rules.yaml'), change(JSON.stringify(groups)));
  for (const file of files) writeFileSync(join(folder, file), readFileSync(join(monitoring, file)));
}

(isInstalled() ? describe : describe.skip)('promtool', () => {
  test('reads every rule, with the templates of its annotations', async () => {
    writeFileSync(join(folder, 'annotated.yaml'), JSON.stringify(ruleGroups()));
    expect(await run(promtool, ['check', 'rules', join(folder, 'annotated.yaml')])).toContain('SUCCESS');
  });

  test('each alert fires on the data that it should fire on, and on no other', async () => {
    writeRules();
    await run(promtool, ['test', 'rules', ...files.map((file) => join(folder, file))], { cwd: folder });
  }, 60_000);

  test('the tests fail where an alert never fires, and where it always does', async () => {
    const [short] = files;
    for (const bound of ['> 1e9', '> -1']) {
      writeRules((rules) => rules.replace(/(max\(carillon_delivery_oldest_ready_seconds\)) > 120/, `$1 ${bound}`));
      await expect(run(promtool, ['test', 'rules', join(folder, short!)], { cwd: folder })).rejects.toThrow(
        'CarillonOldestDeliveryWaits',
      );
    }
  }, 60_000);
});

test('each alert has a case in which it fires, and one in which it is silent', () => {
  const checks = files.flatMap((file) =>
    (parse(readFileSync(join(monitoring, file), 'utf8')) as AlertTests).tests.flatMap((one) => one.alert_rule_test),
  );
  const names = ruleGroups().groups.flatMap(({ rules }) => rules.flatMap(({ alert }) => alert ?? []));
  expect(names.length).toBeGreaterThan(10);
  for (const alert of names) {
    const own = checks.filter(({ alertname }) => alertname === alert).map(({ exp_alerts }) => exp_alerts.length > 0);
    expect({ alert, fires: own.includes(true), silent: own.includes(false) }).toEqual({
      alert,
      fires: true,
      silent: true,
    });
  }
});

function isInstalled(): boolean {
  try {
    execFileSync(promtool, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
