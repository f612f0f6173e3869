import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { require, run as toItsEnd, start } from '../command.ts';
import { requireTidy } from '../saved.ts';
import type { Bench, Trial } from '../trial.ts';

/** A command that makes a run as a whole is killed, and repeated: it makes the same run as one that was not. */
export const killedCopies: Trial = {
  name: 'killed copies',
  async run(bench) {
    const {
      folder,
      configs: [reference],
    } = bench;
    await survives(bench, 'compress', (out) => {
      const table = JSON.stringify({ kind: 'tt', ranks: 2 });
      return ['compress', reference.run, '--table', 'C1', '--config', table, '--out', out];
    });
    const state = join(folder, 'state.safetensors');
    await toItsEnd('export', reference.run, '--format', 'safetensors', '--tables', 'dense', '--out', state);
    await survives(bench, 'import', (out) => ['import', state, bench.denseConfig, '--out', out]);
  },
};

async function survives(
  { folder, random, runMs, counts }: Bench,
  name: string,
  argsFor: (out: string) => readonly string[],
): Promise<void> {
  const [whole, killed] = [join(folder, `${name}-whole`), join(folder, `${name}-killed`)];
  const begun = performance.now();
  await toItsEnd(...argsFor(whole));
  const ms = Math.min(runMs * 3, performance.now() - begun);
  for (let round = 0; round < 3; round++) {
    const command = start(argsFor(killed));
    await pause(random.nextUniform() * ms);
    command.child.kill('SIGKILL');
    const { code, stderr } = await command.ended;
    if (code === 0 || stderr.includes('/run-exists)')) break;
    require(code === null, `${killed}: ended with ${code}`, stderr);
    counts.add(`${name} killed`);
  }
  const last = await start(argsFor(killed)).ended;
  require(last.code === 0 ||
    last.stderr.includes('/run-exists)'), `${killed}: cannot be repeated`, last.stderr);
  require(digestOf(killed) === digestOf(whole), `${killed}: differs from the one that nothing happened to`);
  requireTidy(killed);
  await toItsEnd('evaluate', killed);
  counts.add(`${name} compared bit for bit`);
}

function digestOf(run: string): string {
  const { folder } = JSON.parse(readFileSync(join(run, 'checkpoints', 'latest.json'), 'utf8')) as {
    folder: string;
  };
  const content = readFileSync(join(run, 'checkpoints', folder, 'model.safetensors'));
  return createHash('sha256').update(content).digest('hex');
}
