import { findLauncher } from '@ttrec/mpi';
import { expect, test } from 'vitest';

test.each([
  [{}, undefined],
  [
    { OMPI_COMM_WORLD_SIZE: '4', OMPI_COMM_WORLD_RANK: '3', PMIX_RANK: '3' },
    { name: 'mpirun of Open MPI', size: 4, rank: 3, family: 'Open MPI' },
  ],
  [
    { PMI_SIZE: '2', PMI_RANK: '0' },
    { name: 'mpiexec of MPICH', size: 2, rank: 0, family: 'MPICH' },
  ],
  [
    { SLURM_STEP_NUM_TASKS: '8', SLURM_PROCID: '5', PMI_SIZE: '8', PMI_RANK: '5' },
    { name: 'srun', size: 8, rank: 5, family: undefined },
  ],
  // A batch script of Slurm is one process, and mpirun inside it starts the others.
  [{ SLURM_STEP_NUM_TASKS: '1', SLURM_PROCID: '0', SLURM_NTASKS: '8' }, undefined],
  [
    { SLURM_STEP_NUM_TASKS: '1', SLURM_PROCID: '0', PMI_SIZE: '2', PMI_RANK: '1' },
    { name: 'mpiexec of MPICH', size: 2, rank: 1, family: 'MPICH' },
  ],
  [{ OMPI_COMM_WORLD_SIZE: 'four' }, undefined],
])('the launcher is told by what it sets: %j', (environment, expected) => {
  expect(findLauncher(environment)).toEqual(expected);
});
