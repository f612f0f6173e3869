import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const nodeGlobals = {
  Buffer: 'readonly',
  clearTimeout: 'readonly',
  console: 'readonly',
  performance: 'readonly',
  process: 'readonly',
  setTimeout: 'readonly',
  URL: 'readonly',
};

export default defineConfig(
  globalIgnores([
    '**/dist/',
    '**/node_modules/',
    '**/.turbo/',
    '**/runs/',
    '.cache/',
    // AssemblyScript, not TypeScript.
    'packages/backend-wasm/assembly/',
  ]),
  js.configs.recommended,
  {
    rules: {
      'max-lines': ['error', { max: 400 }],
      'max-params': ['error', 5],
      'no-warning-comments': 'error',
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Use a named RandomStream.' },
      ],
    },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    // One program for all files: one a package takes more memory than Node has by default.
    languageOptions: {
      parserOptions: { project: 'tsconfig.all.json', tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      // Configs of tables are an open union: kinds from elsewhere are left to `default`.
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      // Indexing is checked by noUncheckedIndexedAccess; inside a loop with known bounds, use `!`.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // Some implementations of an asynchronous interface have nothing to await.
      '@typescript-eslint/require-await': 'off',
      // Most templates here put numbers into messages.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // `for (;;)` with a return inside is allowed.
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  {
    // Its example adds a kind of table to the types of every program that it is in.
    files: ['packages/testkit/**/*.ts'],
    languageOptions: { parserOptions: { project: 'packages/testkit/tsconfig.json' } },
  },
  {
    // Asymmetric matchers (expect.objectContaining, expect.any) are typed any.
    files: ['**/test/**/*.ts', '**/test-browser/**/*.ts'],
    rules: { '@typescript-eslint/no-unsafe-assignment': 'off' },
  },
  { files: ['**/*.mjs'], languageOptions: { globals: nodeGlobals } },
);
