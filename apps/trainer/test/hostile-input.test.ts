import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { encodeSafetensors } from '@ttrec/tensor-files';
import { encodeNpy } from '@ttrec/tensor-files/npy';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder, ttrecProcess, writeConfig } from './command.ts';
import { commandInProcess, trainIn } from './in-process.ts';
import { tinyConfig, tinyTrainConfig } from './tiny-config.ts';

const folder = temporaryFolder();
const run = join(folder, 'run');
const config = writeConfig(folder, 'good.json', tinyConfig());

/** One line and its code: no stack, nothing that a terminal obeys. */
const FAILURE = /^\[[\w-]+\] [^\n]+\n\(([\w-]+\/[\w-]+)\)\n$/;

/** Of the failure that ends what a command printed, if it is one. */
function codeOf(stderr: string): string | undefined {
  return FAILURE.exec(stderr.slice(stderr.lastIndexOf('\n[') + 1))?.[1];
}

beforeAll(async () => {
  await trainIn(run, tinyTrainConfig({ training: { steps: 3 } }));
});

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const tensor = { name: 'w', dtype: 'F32', shape: [2, 2], data: new Float32Array(4) } as const;
const withByName = (byName: string) =>
  JSON.stringify(tinyConfig({ model: { tables: { byName: 'HERE' } } })).replace('"HERE"', byName);
const nested = (depth: number, open: string, close: string) => open.repeat(depth) + '1' + close.repeat(depth);

describe('a config that is none is named for what it is', () => {
  test.each<[string, string | Uint8Array, string, ...string[]]>([
    ['null', 'null', 'training/bad-config', 'the whole config: must be an object, got null'],
    ['a list', '[]', 'training/bad-config', 'the whole config: must be an object, got []'],
    ['a number', '7', 'training/bad-config', 'must be an object, got 7'],
    ['nothing', '', 'training/bad-json', 'must be JSON, got an empty file'],
    ['JSON Lines', '{"a":1}\n{"a":2}\n', 'training/bad-json', 'must be one JSON value, got JSON Lines'],
    ['Parquet', 'PAR1\x15\x04PAR1', 'training/bad-json', 'got a Parquet file'],
    ['gzip', gzipSync('{}'), 'training/bad-json', 'got a gzip file'],
    ['a zip file', 'PK\x03\x04\0\0', 'training/bad-json', 'got a zip file'],
    ['npy', Buffer.concat([...encodeNpy(tensor)]), 'training/bad-json', 'got an npy file'],
    [
      'safetensors',
      Buffer.concat([...encodeSafetensors([tensor])]),
      'training/bad-json',
      'got a safetensors file',
    ],
    ['UTF-16', Buffer.from('\ufeff{}', 'utf16le'), 'training/bad-json', 'got UTF-16'],
    [
      'Latin-1',
      Buffer.from('{"name":"Gr\u00f6\u00dfe"}', 'latin1'),
      'training/bad-json',
      'got bytes that are not UTF-8',
    ],
    ['binary', '{"a":\0}', 'training/bad-json', 'got a binary file'],
    ['CSV', 'a,b\n1,2\n', 'training/bad-json', 'line 1: must be JSON, got a syntax error: Unexpected token'],
    ['half a file', '{\n"name": "a"', 'training/bad-json', 'line 2: must be JSON, got a syntax error'],
    [
      'deep lists',
      nested(1e5, '[', ']'),
      'training/bad-json',
      'must nest values at most 100 levels deep, got more levels.',
    ],
    [
      'deep objects',
      nested(1e5, '{"a":', '}'),
      'training/bad-json',
      'must nest values at most 100 levels deep, got more levels.',
    ],
    [
      'deep tables',
      withByName(nested(1000, '{"kind":"hash","buckets":5,"into":', '}')),
      'training/bad-json',
      'at most 100 levels',
    ],
    [
      'a key twice',
      withByName('{"C1":{"kind":"dense"},\n"C1":{"kind":"tt","ranks":2}}'),
      'training/bad-json',
      'line 2, model.tables.byName.C1: must have each key once, got "C1" twice.',
    ],
    [
      'a section twice',
      '{"name":"a","training":{},"training":{"steps":3}}',
      'training/bad-json',
      '.json, training: must have each key once, got "training" twice.',
    ],
    [
      '__proto__',
      withByName('{"__proto__":{"kind":"dense"}}'),
      'training/bad-json',
      'model.tables.byName.__proto__: must not use a key that JavaScript reserves, got "__proto__".',
    ],
    [
      'a table of no kind',
      withByName('{"C1":{"kind":"constructor"}}'),
      'training/bad-config',
      'model.tables.byName.C1.kind',
      'got constructor',
    ],
    [
      'a table of JavaScript',
      withByName('{"toString":{"kind":"dense"}}'),
      'training/unknown-table',
      'got toString',
    ],
    ['escapes', '{"name":"\\u001b[31m\\u202e\\n"}', 'training/bad-config', 'got \\x1b[31m\\u202e\\n'],
  ])('%s', async (name, content, code, ...words) => {
    const path = file(`${name}.json`, content);
    for (const args of [
      ['train', path, '--out', join(folder, 'new')],
      ['plan', path],
    ]) {
      const ended = await commandInProcess(args);
      expect(ended.code).toBe(1);
      expect(codeOf(ended.stderr), ended.stderr).toBe(code);
      for (const text of words) expect(ended.stderr).toContain(text);
    }
    expect(readdirSync(folder)).not.toContain('new');
  });

  test('tables nested as deep as a config may are no fault of the stack', async () => {
    const tables = nested(45, '{"kind":"hash","buckets":40,"into":', '}').replace('1', '{"kind":"dense"}');
    const path = file('deep.json', withByName(`{"C1":${tables}}`));
    const { stderr } = await commandInProcess(['plan', path]);
    expect(stderr).not.toContain('unexpected');
  });
});

describe('whatever stands where a file or a folder should, the answer is a line with a code', () => {
  const places: readonly string[][] = [
    ['train', '@'],
    ['train', config, '--data', '@'],
    ['train', '--resume', '@'],
    ['train', '--from', '@', '--data', '@'],
    ['train', config, '--out', '@'],
    ['compare', '@'],
    ['evaluate', '@'],
    ['evaluate', run, '--data', '@'],
    ['plan', '@'],
    ['plan', '--budget', '1MB', '--data', '@'],
    ['plan', config, '--budget', '1MB', '--out', '@'],
    ['export', '@', '--format', 'onnx'],
    ['export', run, '--format', 'onnx', '--out', '@'],
    ['import', '@', config],
    ['import', '@', '@'],
    ['import', '@', config, '--shapes', '@'],
    ['compress', '@', '--bytes', '1kB'],
    ['compress', '@', '--bytes', '1kB', '--weights', '@'],
    ['compress', run, '--bytes', '1kB', '--weights', '@'],
  ];
  const things: Record<string, () => string> = {
    'a folder': () => folder,
    'a device': () => '/dev/null',
    'a file below a file': () => join(config, 'below'),
    'a name that is too long': () => 'x'.repeat(5000),
    'a name with escapes': () => '\x1b[2J\n\u202ename',
    'a config': () => config,
    'an empty file': () => file('empty.safetensors', ''),
    null: () => file('null.npy', 'null'),
    'deep JSON': () => file('index.json', nested(1e5, '[', ']')),
    'a deep header': () => {
      const header = nested(2e5, '{"a":', '}');
      const bytes = Buffer.alloc(8 + header.length);
      bytes.writeBigUInt64LE(BigInt(header.length));
      bytes.write(header, 8);
      return file('deep.safetensors', bytes);
    },
    'a folder named as a file is': () => {
      mkdirSync(join(folder, 'dir.safetensors'), { recursive: true });
      return join(folder, 'dir.safetensors');
    },
    'a folder that looks like a run': () => {
      const broken = join(folder, 'broken');
      mkdirSync(join(broken, 'checkpoints'), { recursive: true });
      for (const name of ['config.json', 'final.json']) writeFileSync(join(broken, name), 'null');
      return broken;
    },
  };

  test.each(Object.entries(things))('%s', async (_, make) => {
    const thing = make();
    for (const place of places) {
      const args = place.map((arg) => (arg === '@' ? thing : arg));
      const ended = await commandInProcess(args, folder);
      // Some of these are what some commands take.
      if (ended.code === 0) continue;
      const code = codeOf(ended.stderr);
      expect(code, `${place.join(' ')}: ${ended.stderr}`).toBeDefined();
      expect(code, ended.stderr).not.toBe('trainer/unexpected');
      // oxlint-disable-next-line no-control-regex -- that is what must not be there
      expect(ended.stderr).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f\u202e]/);
    }
  });

  test.each(places.map((place) => [place.join(' '), place]))('a name with NUL in %s', async (_, place) => {
    const ended = await commandInProcess(place.map((arg) => (arg === '@' ? 'a\0b' : arg)));
    expect(ended.code).toBe(2);
    expect(ended.stderr).toMatch(/^error: .*'a\\x00b' is invalid.*\. It must name a file or a folder\.\n/);
  });
});

test('arguments of any kind end in a line and a code, or in a usage error', async () => {
  const words = [
    'train',
    'plan',
    'compress',
    'evaluate',
    'export',
    'backends',
    '--json',
    '--budget',
    '--bytes',
    '--config',
    '--kinds',
    '--steps',
    '--out',
    '--',
    config,
    run,
  ];
  const argument = fc.oneof(
    fc.constantFrom(...words),
    fc.constantFrom(
      '{"kind":"tt"}',
      nested(1e4, '[', ']'),
      '{"kind":"dense","kind":"tt"}',
      '1e400B',
      '-1',
      'NaN',
      '∞',
      '\x1b[31m',
      '\u202e',
      '',
    ),
    fc.string({ maxLength: 20 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(argument, { maxLength: 6 }), async (args) => {
      // What would train or start engines takes its time.
      fc.pre(!args.includes('train') && !args.includes('backends'));
      const { code, stderr } = await commandInProcess(args, folder);
      if (code === 0) return;
      expect(stderr).not.toMatch(/^ +at /m);
      expect(stderr).not.toContain('trainer/unexpected');
      // oxlint-disable-next-line no-control-regex -- that is what must not be there
      expect(stderr).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f\u202e]/);
      if (code === 1) expect(stderr).toMatch(/\n?\[[\w-]+\] [^\n]+\n\([\w-]+\/[\w-]+\)\n$/);
      else expect(stderr).toMatch(/^error: |\n\(trainer\/[\w-]+\)\n$|^Usage/);
    }),
    { numRuns: 150 },
  );
});

test('what nobody foresaw is a line with a code too, and its stack is there on request', async () => {
  // A budget that is no number cannot come from the command line.
  const { createProgram } = await import('../src/program.ts');
  const { fail } = await import('../src/failure.ts');
  expect((await createProgram()).commands.length).toBeGreaterThan(5);
  const ended = await commandInProcess(() => fail(new RangeError('out of\n\x1b[31mmemory')));
  expect(ended.code).toBe(1);
  expect(ended.stderr).toBe(
    '[trainer] unexpected: RangeError: out of\\n\\x1b[31mmemory. TTREC_STACK=1 shows where.\n(trainer/unexpected)\n',
  );
  process.env['TTREC_STACK'] = '1';
  try {
    const withStack = await commandInProcess(['plan', '/nowhere.json']);
    expect(withStack.stderr).toMatch(/\(training\/missing-file\)\n.*\n +at /s);
  } finally {
    delete process.env['TTREC_STACK'];
  }
});

test.each([
  [['train', 'a.json', '--from', run], 'trainer/two-configs'],
  [['train'], 'trainer/no-config'],
  [['train', '--resume'], 'trainer/no-run'],
  [['train', '--resume', run, '--out', 'other'], 'trainer/two-runs'],
  [['train', config, '--checkpoint', 'best'], 'trainer/checkpoint-of-no-run'],
  [['plan'], 'trainer/bad-plan'],
  [['plan', '--preset', 'criteo'], 'trainer/unknown-preset'],
  [['plan', config, '--rank', '3'], 'trainer/bad-plan'],
  [['plan', config, '--force'], 'trainer/bad-plan'],
  [['compress', 'x.npy'], 'trainer/bad-compress'],
  [['evaluate', run, '--data', 'x', '--split', 'test'], 'trainer/split-of-other-data'],
  [['train', config, '--data', 'x'], 'trainer/no-file-to-replace'],
])('%j is wrong usage', async (args, code) => {
  const ended = await commandInProcess(args);
  expect(ended.code).toBe(2);
  expect(codeOf(ended.stderr)).toBe(code);
});

test.each([
  [['train', '--resume', run, '--from', run], "'--resume [run]' cannot be used with option '--from <run>'"],
  [['plan', '--preset', 'criteo-kaggle', '--budget', '10 apples'], 'MB is 10^6 bytes'],
  [['plan', config, '--budget', '1MB', '--kinds', 'tt,hsh'], 'Did you mean "hash"?'],
  [['compress', 'x.npy', '--bytes', '1kB', '--kind', ''], 'It must be names, separated by commas'],
  [['train', config, '--backend', 'wsm'], 'It must be one of cpu, wasm, native, gpu. Did you mean "wasm"?'],
  [
    ['compress', 'x.npy', '--config', '{"kind":"dense","kind":"tt"}'],
    'It must have each key once, got "kind" twice.',
  ],
  [['plan', config, 'more'], 'too many arguments'],
])('%j is wrong usage in words', async (args, words) => {
  const ended = await commandInProcess(args);
  expect(ended.code).toBe(2);
  expect(ended.stderr).toContain(words);
});

test('a budget that cannot be met speaks of --budget, and --bytes of --bytes', async () => {
  const planned = await commandInProcess(['plan', config, '--budget', '10B']);
  expect(planned.stderr).toMatch(
    /\[planner\] --budget: must be at least \d+: .*, got 10\.\n\(planner\/budget-too-small\)\n$/,
  );
  const matrix = file('few.npy', Buffer.concat([...encodeNpy(tensor)]));
  const compressed = await commandInProcess(['compress', matrix, '--bytes', '1B']);
  expect(compressed.stderr).toMatch(/\[planner\] --bytes: must be at least \d+, got 1\.\n/);
});

test('the exit codes are those of a process', async () => {
  expect((await ttrecProcess('train', 'a.json', '--from', run)).code).toBe(2);
  expect((await ttrecProcess('plan', file('none.json', 'null'))).code).toBe(1);
});

const tables = [{ name: 'dense', tables: {} }];
const comparison = writeConfig(folder, 'comparison.json', { ...tinyConfig(), variants: tables });

test.each(
  [
    ['train', config, '--out', config],
    ['train', config, '--out', join(config, 'below', 'it')],
    ['train', config, '--out', '/dev/null'],
    ['train', '--resume', config],
    ['train', '--from', '/dev/null'],
    ['compare', comparison, '--out', config],
    ['compare', '--resume', config],
    ['evaluate', config],
    ['evaluate', '/dev/null'],
    ['export', '/dev/null', '--format', 'onnx'],
  ].map((args) => ({ args })),
)('what is no folder is named for what it is: $args', async ({ args }) => {
  const ended = await commandInProcess(args);
  expect(ended.code, ended.stderr).toBe(1);
  expect(ended.stderr).toContain('(training/not-a-folder)');
  const got = args.includes('/dev/null') ? 'a device, a pipe or a socket' : 'a file';
  expect(ended.stderr).toMatch(new RegExp(`\\] (/dev/null|.*good\\.json): must be a folder, got ${got}\\.`));
});
