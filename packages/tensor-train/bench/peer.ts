import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** One line of the peer script. */
export interface PeerResult {
  readonly peer: string;
  readonly case: string;
  readonly threads: number;
  readonly median_s: number;
  readonly min_s: number;
  readonly cpu_s: number;
  readonly rel_error?: number;
}

export interface PeerOptions {
  readonly rowShape: readonly number[];
  readonly colShape: readonly number[];
  readonly rank: number;
  readonly methods: readonly string[];
  readonly runs: number;
}

/** The folder of the peer scripts: the one that TTREC_PEERS names, or the shared data folder beside the repository. */
const folder =
  process.env['TTREC_PEERS'] ?? join(import.meta.dirname, '..', '..', '..', '..', 'shared', 'peers');

/** A Python that has PyTorch; by default the system's. */
const python = process.env['TTREC_PYTHON'] ?? '/usr/bin/python3';

/** The linear algebra library that PyTorch has loaded: Debian's default is a reference that makes it look slow. */
export function peerLibrary(): string {
  const program = [
    'import torch',
    'torch.ones(64, 64) @ torch.ones(64, 64)',
    'maps = open("/proc/self/maps").read().split()',
    'print("torch", torch.__version__, *sorted({m for m in maps if "blas" in m or "mkl_rt" in m}))',
  ];
  const { stdout, status } = spawnSync(python, ['-c', program.join('\n')], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : 'no PyTorch';
}

/** Runs the PyTorch peer on one thread; nothing when the script or PyTorch is not there (and says which). */
export function peerResults({ rowShape, colShape, rank, methods, runs }: PeerOptions): PeerResult[] {
  const script = join(folder, 'tt_svd.py');
  if (!existsSync(script)) {
    console.error('no peer: TTREC_PEERS does not name a folder with tt_svd.py');
    return [];
  }
  const shape = ['--p', rowShape.join(), '--q', colShape.join(), '--ranks', String(rank)];
  const work = ['--methods', methods.join(), '--reps', String(runs), '--min-time', '0', '--threads', '1'];
  const { stdout, stderr, status } = spawnSync(python, [script, ...shape, ...work], {
    encoding: 'utf8',
  });
  if (status !== 0) {
    console.error(`no peer: ${stderr.trim().split('\n').at(-1) ?? 'python3 did not start'}`);
    return [];
  }
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as PeerResult);
}
