// Which links and headings the check of the documents sees.
import { expect, test } from '@jest/globals';
import { anchorsOf, linksOf } from './markdown-links.ts';

test('links in text are found, in code they are not', () => {
  expect(linksOf('See [a](a.md), [b](<b.md#part>) and ![c](c.png "C").')).toEqual(['a.md', 'b.md#part', 'c.png']);
  expect(linksOf('`[a](a.md)`\n```\n[b](b.md)\n```\n')).toEqual([]);
});

test('anchors are those of GitHub', () => {
  expect(anchorsOf("# What isn't covered\n## `npm test`: steps\n```\n# comment\n```\n")).toEqual(
    new Set(['what-isnt-covered', 'npm-test-steps']),
  );
});
