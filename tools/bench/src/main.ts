import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { isTtrecError } from '@ttrec/core';
import { chooseCases } from './cases/all-cases.ts';
import { commit, machine } from './run/environment.ts';
import { Models } from './models.ts';
import { parseOptions, USAGE, type Options } from './options.ts';
import { renderPage } from './report/page.ts';
import type { BenchRecord, CaseRecord } from './record.ts';
import { runCase } from './run/run-case.ts';
import { caseTable } from './report/table.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const argv = process.argv.slice(2);

try {
  if (argv.includes('--help')) console.log(USAGE);
  else await run(parseOptions(argv, { cwd: process.cwd(), root, env: process.env }));
} catch (cause) {
  if (!isTtrecError(cause)) throw cause;
  console.error(cause.message);
  process.exitCode = 1;
}

async function run(options: Options): Promise<void> {
  const chosen = chooseCases(options.only);
  if (options.list) {
    for (const { name, what } of chosen) console.log(`${name}\n  ${what}`);
    return;
  }
  const start = { date: new Date().toISOString(), ...commit(root) };
  const loadBefore = loadavg()[0]!;
  await using models = new Models();
  const cases: CaseRecord[] = [];
  for (const benchCase of chosen) {
    const result = await runCase(benchCase, {
      models,
      peers: { folder: options.peers, env: peerEnvironment() },
      pairs: options.pairs,
      seconds: options.seconds,
      onProgress: (what) => void process.stderr.write(`[bench] ${benchCase.name}: ${what}\n`),
    });
    console.log(caseTable(result));
    cases.push(result);
    // After each case, so that a run that is stopped leaves what it found.
    save(options, {
      format: 1,
      ...start,
      machine: machine(loadBefore),
      pairs: options.pairs,
      seconds: options.seconds,
      arguments: argv,
      cases,
    });
  }
}

/** Peers run in the folder of their scripts: what the caller named relative to where it stands is made absolute. */
function peerEnvironment(): NodeJS.ProcessEnv {
  const folders = ['PEERS_MODULES', 'ONNX_DIR'].flatMap((name) => {
    const folder = process.env[name];
    return folder === undefined ? [] : [[name, resolve(folder)] as const];
  });
  return { ...process.env, ...Object.fromEntries(folders) };
}

function save({ json, page }: Options, record: BenchRecord): void {
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(record, null, 2)}\n`);
  if (page !== undefined) writeFileSync(page, renderPage(record));
}
