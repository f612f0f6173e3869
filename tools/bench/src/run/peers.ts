import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { loadavg } from 'node:os';
import type { PeerContender } from '../contender.ts';
import { error } from '../error.ts';
import { runProgram } from './run-program.ts';
import type { Sample } from './timing.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where the peers are. */
export interface PeerSetting {
  /** The folder of their scripts. */
  readonly folder: string;
  readonly env: Environment;
}

/** What was found of a peer: its version, or why it cannot run. */
export type Found = { readonly version: string } | { readonly reason: string };

const packages = {
  tfjs: '@tensorflow/tfjs',
  'jax-js': '@jax-js/jax',
  onnxruntime: 'onnxruntime-node',
} as const;

/**
 * glibc's defaults give large temporaries back to the kernel after every step; with these torch keeps them in huge pages,
 * and is up to four times faster.
 */
const TUNED_MALLOC =
  'glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=8589934592:glibc.malloc.trim_threshold=17179869184';
const LIMIT_SECONDS = 300;

/** Whether a peer is installed. Its reason when it is not goes into the table, the record and the page. */
export async function findPeer(peer: PeerContender, { folder, env }: PeerSetting): Promise<Found> {
  const script = join(folder, peer.script);
  if (!existsSync(script)) return { reason: `there is no ${peer.script} in the folder of peers (--peers)` };
  if (peer.needs === 'torch') return findTorch(env);
  if (peer.needs === 'onnxruntime' && !existsSync(join(env['ONNX_DIR'] ?? '', 'check.json'))) {
    return { reason: 'ONNX_DIR names no folder with the models of make_onnx.py' };
  }
  return findModule(packages[peer.needs], env);
}

/**
 * Starts a peer and takes the line that is meant.
 *
 * @throws `bench/peer-failed`
 */
export async function timePeer(
  peer: PeerContender,
  { folder, env }: PeerSetting,
  seconds: number,
): Promise<Sample> {
  const isPython = peer.needs === 'torch';
  const models = peer.needs === 'onnxruntime' ? ['--models', env['ONNX_DIR']!] : [];
  const limits = ['--threads', '1', '--reps', '5', '--min-time', String(seconds)];
  const { stdout } = await runProgram({
    file: isPython ? pythonIn(env) : process.execPath,
    args: [join(folder, peer.script), ...limits, ...models, ...peer.args],
    cwd: folder,
    env: isPython
      ? { ...env, GLIBC_TUNABLES: TUNED_MALLOC, PYTHONDONTWRITEBYTECODE: '1', ...oneThread }
      : { ...env },
    seconds: LIMIT_SECONDS,
  });
  return sampleIn(stdout, peer);
}

/** OpenBLAS and OpenMP read these when they are loaded, before a script can set them. */
const oneThread = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' };

/** The result of a peer among the lines that it printed. Throws `bench/peer-failed` when it is not there. */
export function sampleIn(stdout: string, peer: Pick<PeerContender, 'name' | 'line'>): Sample {
  const results = stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  const result = results.find((candidate) => candidate['peer'] === peer.line);
  const [secondsPerStep, fastest, steps] = [result?.['median_s'], result?.['min_s'], result?.['reps']];
  if (isPositive(secondsPerStep) && isPositive(fastest) && isPositive(steps)) {
    return { secondsPerStep, fastest, steps, load: loadavg()[0]! };
  }
  throw error('peer-failed', {
    subject: peer.name,
    rule: `must print a line with peer ${peer.line}, median_s, min_s and reps`,
    got: stdout.slice(-200),
  });
}

async function findTorch(env: Environment): Promise<Found> {
  const code = 'import numpy, torch; print(torch.__version__)';
  try {
    const { stdout } = await runProgram({ file: pythonIn(env), args: ['-c', code], env, seconds: 60 });
    return { version: `torch ${stdout.trim()}` };
  } catch {
    return { reason: `${pythonIn(env)} has no torch and numpy` };
  }
}

function findModule(name: string, env: Environment): Found {
  const folder = env['PEERS_MODULES'];
  if (folder === undefined) return { reason: `PEERS_MODULES names no folder with ${name}` };
  try {
    const entry = createRequire(join(folder, 'node_modules', 'resolved-from-here.js')).resolve(name);
    return { version: `${name} ${versionAbove(dirname(entry), name)}` };
  } catch {
    return { reason: `${name} is not in the node_modules of PEERS_MODULES` };
  }
}

/** The version in the manifest of `name`, at or above a folder inside it. */
function versionAbove(folder: string, name: string): string {
  const file = join(folder, 'package.json');
  if (existsSync(file)) {
    const manifest = JSON.parse(readFileSync(file, 'utf8')) as { name?: string; version?: string };
    if (manifest.name === name && manifest.version !== undefined) return manifest.version;
  }
  const parent = dirname(folder);
  if (parent === folder)
    throw error('no-version', { subject: name, rule: 'must have a package.json with its version' });
  return versionAbove(parent, name);
}

function pythonIn(env: Environment): string {
  return env['PYTHON'] ?? '/usr/bin/python3';
}

function isPositive(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0;
}
