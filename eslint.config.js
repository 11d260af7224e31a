// Boundaries as tags (CONTRIBUTING.md prints the same table), and the few rules that catch real defects here.
import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

const kafkaClients = ['kafkajs'];

export default tseslint.config(
  { ignores: ['**/dist/**', '**/*.cjs', '**/*.mjs', 'eslint.config.js'] },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        {
          allow: [],
          depConstraints: [
            {
              sourceTag: 'tier:app',
              onlyDependOnLibsWithTags: ['tier:platform', 'tier:domain'],
              bannedExternalImports: kafkaClients,
            },
            {
              sourceTag: 'tier:workbench',
              onlyDependOnLibsWithTags: ['tier:platform', 'tier:domain', 'tier:workbench'],
            },
            { sourceTag: 'tier:platform', onlyDependOnLibsWithTags: ['tier:platform', 'tier:domain'] },
            {
              sourceTag: 'tier:domain',
              onlyDependOnLibsWithTags: ['tier:domain'],
              bannedExternalImports: ['@nestjs/*', 'typeorm', 'pg', '@slack/*', ...kafkaClients],
            },
            { sourceTag: 'side:browser', onlyDependOnLibsWithTags: ['tier:domain'] },
            { sourceTag: 'side:witness', onlyDependOnLibsWithTags: [] },
          ],
        },
      ],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/consistent-type-imports': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
);
