/** Families of libraries, which have different binary interfaces; `MPI ABI` is the one that MPI 5 standardises, whoever made the library. */
export type MpiFamily = 'Open MPI' | 'MPICH' | 'MPI ABI';

/** The program that started this process as one of several. */
export interface Launcher {
  /** `mpirun` of a family, or `srun`. */
  readonly name: string;
  /** Processes that it started. */
  readonly size: number;
  readonly rank: number;
  /** Whose library the processes must load; either for srun. */
  readonly family?: MpiFamily | undefined;
}

interface KnownLauncher {
  readonly name: string;
  readonly size: string;
  readonly rank: string;
  readonly family?: MpiFamily;
}

/** What launchers set, the most telling first: srun also sets the variables of the interface that it offers. */
const launchers: readonly KnownLauncher[] = [
  {
    name: 'mpirun of Open MPI',
    size: 'OMPI_COMM_WORLD_SIZE',
    rank: 'OMPI_COMM_WORLD_RANK',
    family: 'Open MPI',
  },
  { name: 'srun', size: 'SLURM_STEP_NUM_TASKS', rank: 'SLURM_PROCID' },
  { name: 'mpiexec of MPICH', size: 'PMI_SIZE', rank: 'PMI_RANK', family: 'MPICH' },
];

/** The launcher of this process; undefined for a process that was started alone. */
export function findLauncher(environment: NodeJS.ProcessEnv = process.env): Launcher | undefined {
  for (const { name, size, rank, family } of launchers) {
    const [processes, own] = [size, rank].map((variable) => Number(environment[variable] ?? Number.NaN));
    if (name === 'srun' && !(processes! > 1)) continue;
    if (Number.isInteger(processes) && Number.isInteger(own))
      return { name, size: processes!, rank: own!, family };
  }
  return undefined;
}
