import { launchers, nodesUnder, run as runProgram, type Started } from '@ttrec/test-support/launchers';
import { createHash } from 'node:crypto';
import { createReadStream, readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test, vi } from 'vitest';
import { temporaryFolder, writeConfig } from './command.ts';
import { records } from './in-process.ts';

// `TTREC_LARGE_TABLE=25 npm run vitest -- large-sharded-table` trains a dense table of 2^25 rows of 32 numbers, 4.3 GB, with one process and
// with two of each MPI library. It takes 9 GB of memory, as much disk, and some minutes.
const digits = Number(process.env['TTREC_LARGE_TABLE'] ?? 0);
vi.setConfig({ testTimeout: 3_600_000 });

const folder = temporaryFolder();
const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url));

/** Ids are uniform, so that they are spread over all of the table. */
const config = writeConfig(folder, 'large.json', {
  name: 'large',
  data: {
    format: 'synthetic',
    rows: { train: 204_800, test: 2048 },
    cardinalities: [2 ** digits, 1000],
    dense: 4,
    zipf: 0,
  },
  model: { embeddingDim: 32, bottomMlp: [64], topMlp: [64] },
  training: {
    batchSize: 2048,
    shardedTables: ['C1'],
    optimizer: { embeddings: { rule: 'rowwise-adagrad' } },
  },
});

interface Large {
  readonly digests: Readonly<Record<string, string>>;
  /** The most memory that each process had, in GB. */
  readonly peaks: readonly number[];
}

async function trained(name: string, started: (args: readonly string[]) => Started): Promise<Large> {
  const out = join(folder, name);
  const most = new Map<number, number>();
  let timer: NodeJS.Timeout | undefined;
  const args = ['--conditions=@ttrec/source', cli, 'train', config, '--out', out, '--backend', 'native'];
  const { code, stderr } = await runProgram(started(args), (child) => {
    timer = setInterval(() => {
      for (const pid of [child.pid!, ...nodesUnder(child.pid!)])
        most.set(pid, Math.max(peakOf(pid), most.get(pid) ?? 0));
    }, 200);
  });
  clearInterval(timer);
  expect(code, stderr).toBe(0);
  const checkpoint = join(out, 'checkpoints', readdirSync(join(out, 'checkpoints')).find(isStep)!);
  const digests: Record<string, string> = {};
  for (const file of ['model.safetensors', 'optimizer.safetensors']) {
    const hash = createHash('sha256');
    await pipeline(createReadStream(join(checkpoint, file)), hash);
    digests[file] = hash.digest('hex');
  }
  const { workers, trainingSeconds } = records(out).at(-1) as unknown as Record<string, unknown>;
  const peaks = [...most.values()].map((kB) => Math.round(kB / 1e4) / 100).filter((gB) => gB > 0.05);
  console.log(name, JSON.stringify({ peaks, trainingSeconds, workers, digests }));
  await rm(out, { recursive: true });
  return { digests, peaks };
}

const isStep = (name: string) => /^step-\d+$/.test(name);

/** In kB; 0 once it has ended. */
function peakOf(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

describe.runIf(digits > 0 && process.platform === 'linux')('a table that is large', () => {
  test('has the bits of one process on two, of which each holds a half', async () => {
    const one = await trained('one', (args) => ({
      command: process.execPath,
      args: [...args, '--workers', 'threads:1'],
    }));
    const whole = (2 ** digits * 32 * 4) / 1e9;
    expect(one.peaks[0]).toBeGreaterThan(whole);
    for (const launcher of launchers.filter(({ isInstalled }) => isInstalled)) {
      const two = await trained(launcher.name, (args) => launcher.start(2, args));
      expect(two.digests).toEqual(one.digests);
      for (const peak of two.peaks.slice(-2)) expect(peak).toBeLessThan(0.5 * whole + 1);
    }
  });
});
