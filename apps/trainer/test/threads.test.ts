import { trainConfigSchema } from '@ttrec/training/config';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { backends } from '../src/commands/backends.ts';
import { selectEngine } from '../src/engines.ts';
import { createProgram } from '../src/program.ts';
import { recordOf } from './in-process.ts';
import { tinyConfig } from './tiny-config.ts';

describe('threads', () => {
  afterEach(() => vi.unstubAllGlobals());

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
      message:
        '[trainer] threads: must be 1 on the "cpu" backend, got 2. The "native" and "wasm" backends have threads.',
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

  test('the flag of train and evaluate takes the same', async () => {
    const { commands } = await createProgram();
    const options = (name: string) =>
      commands.find((command) => command.name() === name)!.options.find(({ long }) => long === '--threads')!;
    for (const name of ['train', 'compare', 'evaluate']) {
      const parse = options(name).parseArg as (text: string) => unknown;
      expect([parse('auto'), parse('3')]).toEqual(['auto', 3]);
      expect(() => parse('0')).toThrow();
    }
  });

  test('backends says why an engine cannot have more, in its record and in words', async () => {
    vi.stubGlobal('SharedArrayBuffer', undefined);
    const reason = expect.stringMatching(/not cross-origin isolated|one processor/) as string;
    expect(await recordOf(backends)).toMatchObject({
      backends: [
        { name: 'gpu', available: false },
        { name: 'native' },
        { name: 'wasm', threads: { default: 1, auto: 1, reason } },
        { name: 'cpu', threads: { default: 1, auto: 1, reason: 'this engine computes on one' } },
      ],
    });
    const stdout = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    try {
      await backends({});
      expect(stdout.mock.calls.join('')).toMatch(
        /^wasm has one thread: .*(isolated|one processor).*\ncpu has/m,
      );
    } finally {
      stdout.mockRestore();
    }
  });
});
