// Commit messages: conventional commits. A scope is the name of a project (a folder of apps/ or libs/ that has a
// package.json), or one of the parts of the repository below.
import { existsSync, readdirSync, readFileSync } from 'node:fs';

const parts = ['adr', 'build', 'ci', 'deps', 'docker', 'docs', 'k8s', 'lint'];

const projects = ['apps', 'libs'].flatMap((folder) =>
  readdirSync(new URL(`./${folder}/`, import.meta.url))
    .map((name) => new URL(`./${folder}/${name}/package.json`, import.meta.url))
    .filter((file) => existsSync(file))
    .map((file) => JSON.parse(readFileSync(file, 'utf8')).name.replace(/^@carillon\//, '')),
);

export default {
  extends: ['@commitlint/config-conventional'],
  rules: {
    'scope-enum': [2, 'always', [...projects, ...parts]],
    'header-max-length': [2, 'always', 120],
    'body-max-line-length': [2, 'always', 120],
    'footer-max-line-length': [2, 'always', 120],
    // A subject may begin with the name of a product: "build: Biome formats the tree".
    'subject-case': [0],
  },
};
