import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join, relative } from 'node:path';
import { createCpuBackend } from '@ttrec/backend-cpu';
import { loadTable } from '@ttrec/embeddings/compress';
import { openSafetensors, streamSafetensors, writeFileAtomic } from '@ttrec/tensor-files';
import type { FinalRecord } from '@ttrec/training/records';
import { openRun } from '@ttrec/training/run-folder';
import { beforeAll, describe, expect, test } from 'vitest';
import { startServer } from '../src/serve/start-server.ts';
import { groupedKind } from '../examples/grouped-kind.ts';
import { temporaryFolder, ttrecProcess, writeConfig } from './command.ts';
import { commandInProcess, savedTensors, timelessRecords } from './in-process.ts';
import { tinyConfig } from './tiny-config.ts';

const folder = temporaryFolder();
const grouped = { kind: 'grouped', group: 4, into: { kind: 'dense' } } as const;
const example = join(import.meta.dirname, '..', 'examples', 'grouped-kind.ts');

/** A folder with a config and the module that it names by a relative path, and the packages that the module imports. */
function project(name: string, changes: object = {}): { readonly path: string; readonly module: string } {
  const path = join(folder, name);
  mkdirSync(join(path, 'kinds'), { recursive: true });
  symlinkSync(join(import.meta.dirname, '..', 'node_modules'), join(path, 'node_modules'));
  const module = join(path, 'kinds', basename(example));
  copyFileSync(example, module);
  const config = tinyConfig({ model: { tables: { byName: { C2: grouped } } } });
  writeConfig(path, 'c.json', { ...config, kinds: [`./${relative(path, module)}`], ...changes });
  return { path, module };
}

/** Runs the command in this process and returns the record that it prints. */
async function record(...args: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await commandInProcess([...args, '--json']);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as Record<string, unknown>;
}

async function refused(...args: string[]): Promise<string> {
  const { code, stderr } = await commandInProcess(args);
  expect(code).toBeGreaterThan(0);
  return stderr;
}

describe('a kind from a module that a config names', () => {
  const { path, module } = project('named');
  const run = join(path, 'run');
  let final: FinalRecord;

  beforeAll(async () => {
    // Of its own process, which loads the module as Node does.
    const ended = await ttrecProcess('train', join(path, 'c.json'), '--out', run, '--json');
    expect(ended.code, ended.stderr).toBe(0);
    final = JSON.parse(ended.stdout.trimEnd().split('\n').at(-1)!) as FinalRecord;
  });

  test('is trained, and evaluated as it was at the end', async () => {
    expect((await record('evaluate', run))['test']).toEqual(final.test);
    const opened = await openRun(run);
    expect(opened.config.kinds!.kinds.map(({ name }) => name)).toEqual(['grouped']);
    expect(readFileSync(join(run, 'config.json'), 'utf8')).toMatch(
      /"path": ".\/kinds\/grouped-kind.ts",\s+"sha256": "\w{64}"/,
    );
  });

  test('is priced to the byte', async () => {
    const { tables } = (await record('plan', join(path, 'c.json'))) as { tables: object[] };
    // 200 ids in groups of 4, and rows of 4 float32.
    expect(tables[1]).toMatchObject({ kind: 'grouped→dense', bytes: 50 * 4 * 4, denseBytes: 200 * 4 * 4 });
    const inFile = await openSafetensors(join(run, 'checkpoints', latestFolder(run), 'model.safetensors'));
    expect(inFile.tensors.get('table.C2.weight')).toMatchObject({ shape: [50, 4] });
    await inFile.close();
  });

  test('is resumed bit for bit', async () => {
    const [whole, halves] = [join(path, 'whole'), join(path, 'halves')];
    await record('train', join(path, 'c.json'), '--steps', '20', '--out', whole);
    await record('train', join(path, 'c.json'), '--steps', '9', '--out', halves);
    await record('train', '--resume', halves, '--steps', '20');
    expect(timelessRecords(halves).at(-1)).toEqual(timelessRecords(whole).at(-1));
    expect(savedTensors(halves)).toMatchObject({
      'latest.json model.safetensors': savedTensors(whole)['latest.json model.safetensors'],
    });
  });

  test('is planned by the generator of its module, and a plan trains', async () => {
    const out = join(path, 'elsewhere', 'planned.json');
    mkdirSync(join(path, 'elsewhere'));
    const planned = await record(
      'plan',
      join(path, 'c.json'),
      '--budget',
      '4kB',
      '--kinds',
      'grouped,dense',
      '--out',
      out,
    );
    const kinds = (planned['tables'] as { kind: string }[]).map(({ kind }) => kind);
    expect(kinds).toContain('grouped');
    expect(JSON.parse(readFileSync(out, 'utf8'))).toMatchObject({ kinds: ['../kinds/grouped-kind.ts'] });
    await record('train', out, '--steps', '3', '--out', join(path, 'planned'));
  });

  test('is compared at equal bytes, and planned in a comparison', async () => {
    const variants = [
      { name: 'tt', tables: { byName: { C2: { kind: 'tt', ranks: 2 } } } },
      { name: 'groups', tables: { byName: { C2: grouped } }, sameBytesAs: 'tt' },
      { name: 'planned', plan: { kinds: ['grouped', 'dense'] }, sameBytesAs: 'tt' },
    ];
    writeConfig(path, 'compare.json', {
      ...tinyConfig({ training: { steps: 4 } }),
      kinds: ['kinds/grouped-kind.ts'],
      variants,
    });
    const { runs } = (await record(
      'compare',
      join(path, 'compare.json'),
      '--out',
      join(path, 'compared'),
    )) as {
      runs: FinalRecord[];
    };
    const [tt, ...same] = runs.map(({ tables }) => tables.bytes);
    for (const bytes of same) expect(bytes).toBeLessThanOrEqual(tt!);
    expect((await openRun(join(path, 'compared', 'groups'))).config.model.tables.byName!['C2']).toMatchObject(
      { kind: 'grouped' },
    );
  });

  test.each(['onnx', 'torch', 'safetensors', 'model'])('is exported as %s', async (format) => {
    const { bytes } = await record('export', run, '--format', format, '--out', join(path, `model-${format}`));
    expect(bytes).toBeGreaterThan(0);
  });

  test('is scored, from its run and from a model file', async () => {
    const rows = join(path, 'rows.jsonl');
    const row = { I1: 0, I2: 0, I3: 0, C1: 1, C2: 2, C3: 3 };
    writeFileSync(rows, `${JSON.stringify(row)}\n`);
    const file = join(path, 'scored.safetensors');
    await record('export', run, '--format', 'model', '--out', file);
    const scores: string[] = [];
    for (const [source, ...flags] of [[run], [run, '--kinds-from', module], [file, '--kinds-from', module]]) {
      const { code, stdout, stderr } = await commandInProcess(['predict', source!, '--data', rows, ...flags]);
      expect(code, stderr).toBe(0);
      scores.push(stdout);
    }
    expect(new Set(scores).size).toBe(1);
    const content = await openSafetensors(file);
    // Kinds are code, and no part of a file.
    expect(content.metadata['config']).not.toContain('"kinds"');
    await content.close();
    expect(await refused('predict', file, '--data', rows)).toContain('(embeddings/unknown-kind)');
  });

  test('is served, from its run and from a model file', async () => {
    const file = join(path, 'served.safetensors');
    await record('export', run, '--format', 'model', '--out', file);
    const options = { backend: 'cpu', workers: 1, port: 0, onNote: () => undefined };
    for (const [source, kindsFrom] of [[run], [file, [module]]] as const) {
      const server = await startServer({ ...options, models: { grouped: [source] }, kindsFrom });
      expect(server.models[0]!.loadedBytes).toBeGreaterThan(0);
      await server.stop();
    }
    await expect(startServer({ ...options, models: { grouped: [file] } })).rejects.toMatchObject({
      code: 'embeddings/unknown-kind',
    });
  });

  test('is trained on as a new run', async () => {
    const grown = await record('train', '--from', run, '--steps', '4', '--out', join(path, 'grown'));
    expect(grown).toMatchObject({ steps: 4, tables: final.tables });
  });

  test('a dense table of a run becomes one', async () => {
    const [from, out] = [join(path, 'dense'), join(path, 'compressed')];
    const config = writeConfig(path, 'dense.json', tinyConfig({ training: { steps: 4 } }));
    await record('train', config, '--out', from);
    const made = await record(
      'compress',
      from,
      '--table',
      'C2',
      '--config',
      JSON.stringify(grouped),
      '--kinds-from',
      module,
      '--out',
      out,
    );
    expect(made).toMatchObject({ config: grouped, bytes: 50 * 4 * 4 });
    await record('evaluate', out);
  });

  test('a table of a file becomes one, and the file loads', async () => {
    const [file, out] = [join(path, 'rows.safetensors'), join(path, 'grouped.safetensors')];
    const data = Float32Array.from({ length: 40 }, (_, at) => at);
    await writeFileAtomic(file, streamSafetensors([{ name: 'rows', dtype: 'F32', shape: [20, 2], data }]));
    await record(
      'compress',
      file,
      '--bytes',
      '50',
      '--kind',
      'grouped',
      '--kinds-from',
      module,
      '--out',
      out,
    );
    const content = await openSafetensors(out);
    const bag = await loadTable(content, { backend: createCpuBackend(), kinds: [groupedKind] });
    expect(bag.table).toMatchObject({ kind: 'grouped' });
    expect(bag.cost.bytes).toBeLessThanOrEqual(50);
    await content.close();
  });
});

function latestFolder(run: string): string {
  return (JSON.parse(readFileSync(join(run, 'checkpoints', 'latest.json'), 'utf8')) as { folder: string })
    .folder;
}

test('a module that has changed or is gone is refused, and named anew with --kinds-from', async () => {
  const { path, module } = project('changed', { training: { steps: 3 } });
  const run = join(path, 'run');
  await record('train', join(path, 'c.json'), '--out', run);
  const moved = join(path, 'moved.ts');
  copyFileSync(module, moved);
  appendFileSync(module, '// another comment\n');
  const changed = await refused('evaluate', run);
  expect(changed).toContain('kinds.0: must be the module that the run was trained with, byte for byte');
  expect(changed).toContain('(training/kinds-changed)');
  rmSync(module);
  const gone = await refused('train', '--resume', run);
  expect(gone).toContain('kinds.0: must be a file that can be read');
  expect(gone).toContain('name it with --kinds-from');
  await record('evaluate', run, '--kinds-from', moved);
  await record('train', '--resume', run, '--steps', '5', '--kinds-from', moved);
  // The run remembers the place.
  await record('evaluate', run);
});

test('--kinds-from loads kinds for a config that names none', async () => {
  const { path, module } = project('flag');
  const config = writeConfig(
    path,
    'bare.json',
    tinyConfig({ model: { tables: { default: grouped } }, training: { steps: 2 } }),
  );
  expect(await refused('train', config)).toContain('model.tables.default.kind: must be one of dense, tt');
  await record('train', config, '--kinds-from', module, '--out', join(path, 'run'));
  await record('evaluate', join(path, 'run'));
});

const kind = (name: string) =>
  `export const made = { name: '${name}', schema: { properties: {} }, cost() {}, create() {} };`;

test.each([
  ['throws', 'throw new Error("no luck")', 'training/bad-kinds', 'must be a JavaScript module that loads'],
  ['no-syntax', 'export const = 1', 'training/bad-kinds', 'bad.mjs, got '],
  ['imports-nothing', "import 'not-installed';", 'training/bad-kinds', 'Install what it imports'],
  ['empty', '', 'training/bad-kinds', 'must export a kind of table'],
  ['others', 'export const kind = { name: "x" }; export default 3;', 'training/bad-kinds', '2 other exports'],
  ['redefines', kind('dense'), 'embeddings/duplicate-kind', '"dense" twice'],
])('a module that %s is refused', async (name, code, error, words) => {
  const { path } = project(name, { kinds: ['./bad.mjs'] });
  writeFileSync(join(path, 'bad.mjs'), code);
  const said = await refused('train', join(path, 'c.json'), '--out', join(path, 'run'));
  expect(said).toContain(words);
  expect(said).toContain('kinds');
  expect(said).toContain(`(${error})`);
});

test.each([
  [[], 'kinds: must have at least 1 item'],
  ['./x.mjs', 'kinds: must be a list'],
  [[3], 'kinds.0: must be'],
])('kinds that are %j are refused', async (kinds, words) => {
  const { path } = project(`wrong-${JSON.stringify(kinds).length}`, { kinds });
  expect(await refused('train', join(path, 'c.json'))).toContain(words);
});

test('a kind without a generator is said not to be planned', async () => {
  const { path } = project('unplanned', { kinds: ['./plain.mjs'], model: tinyConfig().model });
  writeFileSync(join(path, 'plain.mjs'), kind('plain'));
  const { code, stderr } = await commandInProcess(['plan', join(path, 'c.json'), '--budget', '4kB']);
  expect(code, stderr).toBe(0);
  expect(stderr).toContain('plain is not planned: its module exports no OptionGenerator');
  expect(await refused('plan', join(path, 'c.json'), '--budget', '4kB', '--kinds', 'plain')).toContain(
    '(trainer/unknown-kind)',
  );
});
