export { findLauncher, type Launcher, type MpiFamily } from './launcher.ts';
export type { Message, MpiCommunicator, Reduction } from './mpi-communicator.ts';
export { openMpi } from './open-mpi.ts';
