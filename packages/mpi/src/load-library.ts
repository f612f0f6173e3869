import type koffi from 'koffi';
import type { LibraryHandle } from 'koffi';
import { error } from './error.ts';
import type { MpiFamily } from './launcher.ts';

/** Names a library file in place of those that are looked for. */
export const LIBRARY_VARIABLE = 'TTREC_MPI_LIBRARY';

export interface LoadedLibrary {
  readonly library: LibraryHandle;
  readonly path: string;
  readonly family: MpiFamily;
}

/** Names under which the dynamic linker knows the libraries. Debian's MPICH has a name of its own. */
const fileNames: Readonly<Record<MpiFamily, readonly string[]>> =
  process.platform === 'darwin'
    ? {
        'Open MPI': ['libmpi.40.dylib'],
        MPICH: ['libmpi.12.dylib', 'libmpich.12.dylib'],
        'MPI ABI': ['libmpi_abi.0.dylib', 'libmpi_abi.dylib'],
      }
    : {
        'Open MPI': ['libmpi.so.40'],
        MPICH: ['libmpich.so.12', 'libmpi.so.12'],
        'MPI ABI': ['libmpi_abi.so.0', 'libmpi_abi.so'],
      };

type Koffi = typeof koffi;

/**
 * Loads the library that `TTREC_MPI_LIBRARY` names, or the first that is there.
 * @param family that of the launcher, whose processes only its own library can connect; either when undefined
 * @throws `mpi/koffi-not-installed`, `mpi/library-not-found`, `mpi/unknown-library`
 */
export async function loadLibrary(family: MpiFamily | undefined): Promise<LoadedLibrary> {
  const koffi = await importKoffi();
  const named = process.env[LIBRARY_VARIABLE];
  const paths =
    named === undefined || named === '' ? families(family).flatMap((each) => fileNames[each]) : [named];
  const failures: string[] = [];
  for (const path of paths) {
    const library = tryLoad(koffi, path);
    if (typeof library !== 'string') return { library, path, family: familyOf(library, path) };
    failures.push(library);
  }
  throw error('library-not-found', {
    subject: named ? LIBRARY_VARIABLE : `a library of ${families(family).join(' or ')}`,
    rule: `must be installed as ${paths.join(' or ')}`,
    got: failures.at(-1),
    hint: `On Debian: apt-get install ${family === 'MPICH' ? 'mpich' : 'openmpi-bin'}. Elsewhere set ${LIBRARY_VARIABLE} to its file.`,
  });
}

function families(family: MpiFamily | undefined): readonly MpiFamily[] {
  return family ? [family, 'MPI ABI'] : ['Open MPI', 'MPICH', 'MPI ABI'];
}

async function importKoffi(): Promise<Koffi> {
  try {
    return (await import('koffi')).default;
  } catch (thrown) {
    throw error('koffi-not-installed', {
      subject: 'koffi',
      rule: 'must be installed to call an MPI library',
      got: (thrown as Error).message,
      hint: 'npm install koffi@3.3.4',
    });
  }
}

/** The library, or why it cannot be loaded. Plugins of Open MPI look for its symbols among the global ones. */
function tryLoad(koffi: Koffi, path: string): LibraryHandle | string {
  try {
    return koffi.load(path, { global: true, lazy: true });
  } catch (thrown) {
    return (thrown as Error).message;
  }
}

/**
 * By the name that the standard gives the library of its interface, or by a symbol that one of the others has.
 * @throws `mpi/unknown-library`
 */
function familyOf(library: LibraryHandle, path: string): MpiFamily {
  const hasMpi = hasSymbol(library, 'MPI_Init_thread');
  if (hasMpi && /mpi_abi\.[^/\\]*$/.test(path)) return 'MPI ABI';
  if (hasSymbol(library, 'ompi_mpi_comm_world')) return 'Open MPI';
  if (hasMpi) return 'MPICH';
  throw error('unknown-library', {
    subject: path,
    rule: 'must be a library of Open MPI, or one with the binary interface of MPICH or of MPI 5 (libmpi_abi)',
    got: 'none of them',
  });
}

function hasSymbol(library: LibraryHandle, name: string): boolean {
  try {
    library.symbol(name);
    return true;
  } catch {
    return false;
  }
}
