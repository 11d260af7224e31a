// Nx must know who depends on the simulator, so that a change of it runs their specs again; no product code may.
import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

interface Graph {
  nodes: Record<string, { data: { tags?: string[] } }>;
  dependencies: Record<string, { target: string }[]>;
}

const root = fileURLToPath(new URL('../../../', import.meta.url));
const simulator = '@carillon/slack-simulator';
const testing = '@carillon/slack-testing';

function projectGraph(): Graph {
  const folder = mkdtempSync(join(tmpdir(), 'carillon-graph-'));
  const file = join(folder, 'graph.json');
  try {
    const nx = join(root, 'node_modules/.bin/nx');
    execFileSync(process.execPath, [nx, 'graph', `--file=${file}`], {
      cwd: root,
      env: { ...process.env, NX_DAEMON: 'false' },
      stdio: 'pipe',
    });
    return (JSON.parse(readFileSync(file, 'utf8')) as { graph: Graph }).graph;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test('whoever starts the simulator in specs depends on it in the graph, and nobody else of the product does', () => {
  const { nodes, dependencies } = projectGraph();
  const dependentsOf = (name: string): string[] =>
    Object.keys(dependencies).filter((project) => dependencies[project]?.some(({ target }) => target === name));
  expect(dependentsOf(testing)).toEqual(
    expect.arrayContaining(['@carillon/delivery', '@carillon/directory-sync', '@carillon/installation']),
  );
  const others = dependentsOf(simulator).filter((name) => !nodes[name]?.data.tags?.includes('tier:workbench'));
  expect(others).toEqual([testing]);
}, 120_000);

test('no other source starts the simulator by the path of its build, which Nx would not see', () => {
  const sources = globSync('{apps,libs}/*/{src,bin}/**/*.{ts,mjs}', { cwd: root });
  expect(sources).toContain('libs/slack-testing/src/slack-simulator.ts');
  const permitted = /^(libs\/slack-testing|apps\/(playground|e2e))\//;
  const byPath = sources.filter(
    (file) => !permitted.test(file) && readFileSync(join(root, file), 'utf8').includes('slack-simulator/dist'),
  );
  expect(byPath).toEqual([]);
});
