import type { LibraryHandle } from 'koffi';
import type { MpiFamily } from './launcher.ts';
import type { Reduction } from './mpi-communicator.ts';

/** A handle as the library passes it: an address for Open MPI, an integer for MPICH, and one as wide as an address for MPI 5. */
export type Handle = unknown;

export type ElementType = 'byte' | 'float' | 'double' | 'uint32';

/** The functions of a library, and its handles. Buffers are typed arrays, passed by address. */
export interface Binding {
  readonly world: Handle;
  readonly types: Readonly<Record<ElementType, Handle>>;
  readonly operations: Readonly<Record<Reduction, Handle>>;
  /** Numbers, strings and typed arrays in; the error code out, 0 for success. */
  call(name: MpiFunction, ...args: readonly unknown[]): number;
}

/** Result and parameters of each function; `C`, `T` and `O` stand for handles of communicators, types and operations. */
const functions = {
  MPI_Initialized: ['int *'],
  MPI_Init_thread: ['void *', 'void *', 'int', 'int *'],
  MPI_Finalize: [],
  MPI_Abort: ['C', 'int'],
  MPI_Get_library_version: ['char *', 'int *'],
  MPI_Comm_rank: ['C', 'int *'],
  MPI_Comm_size: ['C', 'int *'],
  MPI_Barrier: ['C'],
  MPI_Bcast: ['void *', 'int', 'T', 'int', 'C'],
  MPI_Allreduce: ['void *', 'void *', 'int', 'T', 'O', 'C'],
  MPI_Allgather: ['void *', 'int', 'T', 'void *', 'int', 'T', 'C'],
  MPI_Allgatherv: ['void *', 'int', 'T', 'void *', 'void *', 'void *', 'T', 'C'],
  MPI_Alltoall: ['void *', 'int', 'T', 'void *', 'int', 'T', 'C'],
  MPI_Alltoallv: ['void *', 'void *', 'void *', 'T', 'void *', 'void *', 'void *', 'T', 'C'],
} as const;

export type MpiFunction = keyof typeof functions;

/** Handles of the MPICH family: the numbers of its `mpi.h`, which its binary interface fixes. */
const mpichHandles = {
  world: 0x44000000,
  types: { byte: 0x4c00010d, float: 0x4c00040a, double: 0x4c00080b, uint32: 0x4c000406 },
  operations: { sum: 0x58000003, max: 0x58000001, min: 0x58000002 },
};

/** Handles of the standard binary interface: the constants of MPI 5.0, as wide as an address. */
const standardHandles = {
  world: 0x101,
  types: { byte: 0x247, float: 0x210, double: 0x214, uint32: 0x251 },
  operations: { sum: 0x21, max: 0x23, min: 0x22 },
};

const handleTypes: Readonly<Record<MpiFamily, string>> = {
  'Open MPI': 'void *',
  MPICH: 'int',
  'MPI ABI': 'uintptr_t',
};

/** Which functions a library has. @throws what koffi throws for one that lacks them */
export function bind(library: LibraryHandle, family: MpiFamily): Binding {
  const handle = handleTypes[family];
  const bound = new Map<string, (...args: readonly unknown[]) => unknown>();
  for (const [name, parameters] of Object.entries(functions)) {
    const types = parameters.map((type) => ('CTO'.includes(type) ? handle : type));
    // A length or a version comes back through a pointer, which an array of one element is.
    const plain = types.map((type) => (type === 'int *' || type === 'char *' ? 'void *' : type));
    bound.set(name, library.func(name, 'int', plain));
  }
  const call = (name: MpiFunction, ...args: readonly unknown[]) => bound.get(name)!(...args) as number;
  const handles = family === 'MPICH' ? mpichHandles : standardHandles;
  return { ...(family === 'Open MPI' ? openMpiHandles(library) : handles), call };
}

/** Handles of Open MPI: the addresses of its global objects. */
function openMpiHandles(library: LibraryHandle): Omit<Binding, 'call'> {
  const address = (name: string): Handle => library.symbol(name);
  return {
    world: address('ompi_mpi_comm_world'),
    types: {
      byte: address('ompi_mpi_byte'),
      float: address('ompi_mpi_float'),
      double: address('ompi_mpi_double'),
      uint32: address('ompi_mpi_uint32_t'),
    },
    operations: {
      sum: address('ompi_mpi_op_sum'),
      max: address('ompi_mpi_op_max'),
      min: address('ompi_mpi_op_min'),
    },
  };
}
