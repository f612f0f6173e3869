import { bind, type Binding } from './binding.ts';
import { error } from './error.ts';
import { findLauncher, type Launcher } from './launcher.ts';
import { LIBRARY_VARIABLE, loadLibrary } from './load-library.ts';
import { LibraryCommunicator, requireSuccess } from './library-communicator.ts';
import type { MpiCommunicator } from './mpi-communicator.ts';

/** Longest text of a library about its version. */
const VERSION_LENGTH = 8192;

/** Calls come from one thread of the process, which has others. */
const THREAD_FUNNELED = 1;

let opened: Promise<MpiCommunicator> | undefined;

/**
 * Connects this process with the others of its launcher, through the MPI library that is installed: the one of the launcher, or the one
 * that `TTREC_MPI_LIBRARY` names. A process has one connection: later calls return the same.
 *
 * @throws `mpi/koffi-not-installed`, `mpi/library-not-found`, `mpi/unknown-library`, `mpi/not-connected`
 */
export function openMpi(): Promise<MpiCommunicator> {
  return (opened ??= connect());
}

async function connect(): Promise<MpiCommunicator> {
  const launcher = findLauncher();
  const { library, path, family } = await loadLibrary(launcher?.family);
  const binding = bind(library, family);
  const provided = new Int32Array(1);
  requireSuccess('MPI_Init_thread', binding.call('MPI_Init_thread', null, null, THREAD_FUNNELED, provided));
  const version = versionOf(binding);
  const communicator = new LibraryCommunicator(
    binding,
    `${version}${launcher ? `, started by ${launcher.name}` : ''}`,
  );
  if (launcher) requireAll(communicator, launcher, `${version} (${path})`);
  return communicator;
}

/** Processes that do not find each other would each train alone. @throws `mpi/not-connected` */
function requireAll({ size }: MpiCommunicator, launcher: Launcher, version: string): void {
  if (size === launcher.size) return;
  throw error('not-connected', {
    subject: `${version}, process ${launcher.rank}`,
    rule: `must see the ${launcher.size} processes that ${launcher.name} started`,
    got: size,
    hint: `Load the library of the launcher (${LIBRARY_VARIABLE}); with srun choose its interface, such as --mpi=pmix.`,
  });
}

/** `Open MPI 4.1.4`, `MPICH 4.0.2`: the name and number in what the library says at length. */
function versionOf(binding: Binding): string {
  const text = new Uint8Array(VERSION_LENGTH);
  const length = new Int32Array(1);
  requireSuccess('MPI_Get_library_version', binding.call('MPI_Get_library_version', text, length));
  const said = new TextDecoder().decode(text.subarray(0, length[0])).split(/[\n,\0]/)[0]!;
  return said
    .replace(/^Open MPI v/, 'Open MPI ')
    .replace(/^MPICH Version:\s*/, 'MPICH ')
    .trim();
}
