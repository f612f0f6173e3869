import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** A program to run. */
export interface Started {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>> | undefined;
}

/** A program that starts several processes, which an MPI library connects. */
export interface MpiLauncher {
  readonly name: string;
  readonly family: 'Open MPI' | 'MPICH';
  readonly isInstalled: boolean;
  /** How it starts `processes` of Node with these arguments. */
  readonly start: (processes: number, args: readonly string[]) => Started;
}

/** Root may start processes of Open MPI only by its own flag. More of them than cores take turns. */
const OPEN_MPI_FLAGS = ['--allow-run-as-root', '--oversubscribe', '--mca', 'btl_tcp_if_include', 'lo'];

/**
 * Launchers listen on all interfaces whatever their flags: where the system lets it, each has a network of its own that has loopback alone. The process
 * stays the same through both programs.
 */
const ALONE = [
  ...['unshare', '--net', ...(process.getuid?.() === 0 ? [] : ['--map-root-user'])],
  ...['--', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh'],
] as const;

/** Whether processes that are started here reach loopback alone. */
export const isAlone = runs([...ALONE, 'true']);

/** Debian has both side by side. Without them, `.ci/run` installs them, and tests are skipped. */
export const launchers: readonly MpiLauncher[] = [
  launcher('mpirun.openmpi', 'Open MPI', OPEN_MPI_FLAGS),
  launcher('mpirun.mpich', 'MPICH', ['-iface', 'lo']),
];

const missing = launchers.filter(({ isInstalled }) => !isInstalled);
if (missing.length > 0)
  console.warn(`not installed, not tested: ${missing.map(({ name }) => name).join(', ')}`);
else if (!isAlone)
  console.warn('launchers of MPI listen on all interfaces: no network of their own can be had here');

function launcher(name: string, family: MpiLauncher['family'], flags: readonly string[]): MpiLauncher {
  return {
    name,
    family,
    isInstalled: runs([name, '--version']),
    start(processes, args) {
      const launch = [name, ...flags, '-np', String(processes), process.execPath, ...args] as const;
      const [command, ...rest] = isAlone ? ([...ALONE, ...launch] as const) : launch;
      return { command, args: rest };
    },
  };
}

function runs([command, ...args]: readonly [string, ...string[]]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. @param onStart called with the process, to disturb it */
export function run(
  { command, args, environment }: Started,
  onStart?: (child: ChildProcess, said: () => string) => void,
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...environment };
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
    onStart?.(child, () => stderr);
  });
}

/** The processes of Node that a launcher has started, by ascending id, read from /proc. */
export function nodesUnder(launcherPid: number): number[] {
  const parents = new Map<number, { readonly parent: number; readonly name: string }>();
  for (const pid of readdirSync('/proc').map(Number)) {
    if (!Number.isInteger(pid)) continue;
    try {
      const [, name, parent] = /\((.*)\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))!;
      parents.set(pid, { parent: Number(parent), name: name! });
    } catch {
      // It has ended meanwhile.
    }
  }
  const isUnder = (pid: number): boolean => {
    const parent = parents.get(pid)?.parent;
    return parent !== undefined && (parent === launcherPid || isUnder(parent));
  };
  return [...parents]
    .filter(([pid, { name }]) => /^(node|MainThread)/.test(name) && isUnder(pid))
    .map(([pid]) => pid)
    .sort((a, b) => a - b);
}
