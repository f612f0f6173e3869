import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadCheckpoint } from '@ttrec/training/checkpoints';
import { require } from './command.ts';

/** The step of the latest checkpoint, every byte of which is compared with what was saved; undefined when there is none yet. */
export async function latestStep(run: string): Promise<number | undefined> {
  const checkpoints = join(run, 'checkpoints');
  if (!existsSync(checkpoints) || readdirSync(checkpoints).every((name) => name.includes('.tmp-')))
    return undefined;
  const checkpoint = await loadCheckpoint(run);
  await checkpoint.close();
  return Number(checkpoint.name.replace('step-', ''));
}

/** All bits that a run is to end with: tensors of the latest and the best checkpoint, and records but for times and workers. */
export function bitsOf(run: string): Readonly<Record<string, string>> {
  const bits: Record<string, string> = {};
  for (const mark of ['latest', 'best']) {
    const path = join(run, 'checkpoints', `${mark}.json`);
    if (!existsSync(path)) continue;
    const { name, folder } = JSON.parse(readFileSync(path, 'utf8')) as { name: string; folder: string };
    bits[mark] = name;
    for (const file of ['model.safetensors', 'optimizer.safetensors', 'window.safetensors']) {
      const content = readFileSync(join(run, 'checkpoints', folder, file));
      bits[`${mark} ${file}`] = createHash('sha256').update(content).digest('hex');
    }
  }
  bits['metrics.jsonl'] = timelessRecords(readFileSync(join(run, 'metrics.jsonl'), 'utf8'));
  return bits;
}

function timelessRecords(lines: string): string {
  const timed = new Set(['samplesPerSecond', 'trainingSeconds', 'runFolder', 'workers']);
  const withoutTimes = (key: string, value: unknown) => (timed.has(key) ? undefined : value);
  const records = lines.trimEnd().split('\n');
  return records.map((record) => JSON.stringify(JSON.parse(record), withoutTimes)).join('\n');
}

export function requireSameBits(run: string, expected: Readonly<Record<string, string>>): void {
  const bits = bitsOf(run);
  for (const name of Object.keys({ ...expected, ...bits })) {
    require(bits[name] === expected[name], `${run}: ${name} differs from the run that nothing happened to`);
  }
}

/** Neither locks nor temporary files stay behind a run that has ended. */
export function requireTidy(run: string): void {
  const left = readdirSync(run, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /(^|\/)lock|\.tmp-/.test(name),
  );
  require(left.length === 0, `${run}: left behind: ${left.join(', ')}`);
}
