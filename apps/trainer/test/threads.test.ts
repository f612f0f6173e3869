import { describe, expect, test } from 'vitest';
import { trainConfigSchema } from '../src/config/train-config.ts';
import { selectEngine } from '../src/engines.ts';
import { createProgram } from '../src/program.ts';
import { tinyConfig } from './tiny-config.ts';

describe('threads', () => {
  test('are those of the engine, which says how many run', async () => {
    for (const threads of [1, 2] as const) {
      const { backend } = await selectEngine('wasm', threads);
      expect(backend.capabilities.threads).toBe(threads);
      await backend.dispose();
    }
  });

  test('on an engine that has one, more are an error and auto is one', async () => {
    await expect(selectEngine('cpu', 2)).rejects.toMatchObject({
      code: 'trainer/no-threads',
      message: '[trainer] threads: must be 1 on the "cpu" backend, got 2. The "wasm" backend has threads.',
    });
    const { backend } = await selectEngine('cpu', 'auto');
    expect(backend.capabilities.threads).toBe(1);
  });

  test('a config has a number or auto', () => {
    const config = { ...tinyConfig(), threads: 1 };
    expect(trainConfigSchema.parse({ ...config, threads: 'auto' }).threads).toBe('auto');
    expect(trainConfigSchema.safeParse({ ...config, threads: 0 }).success).toBe(false);
    expect(trainConfigSchema.safeParse({ ...config, threads: 'many' }).success).toBe(false);
  });

  test('the flag of train and evaluate takes the same', () => {
    const options = (name: string) =>
      createProgram()
        .commands.find((command) => command.name() === name)!
        .options.find(({ long }) => long === '--threads')!;
    for (const name of ['train', 'compare', 'evaluate']) {
      const parse = options(name).parseArg as (text: string) => unknown;
      expect([parse('auto'), parse('3')]).toEqual(['auto', 3]);
      expect(() => parse('0')).toThrow();
    }
  });
});
