import { openMpi } from '@ttrec/mpi';
import { deepEqual, equal } from 'node:assert/strict';

/** Run by a launcher: checks every operation, or fails as its argument says. */
const mpi = await openMpi();
const { rank, size } = mpi;
const how = process.argv[2];
if (how !== undefined && rank === size - 1) {
  if (how === 'abort') mpi.abort();
  process.kill(process.pid, 'SIGKILL');
}
const ranks = Array.from({ length: size }, (_, r) => r);

const gathered = await mpi.allgatherv(new Float32Array(1000 * rank).fill(rank));
deepEqual(
  gathered,
  ranks.map((r) => new Float32Array(1000 * r).fill(r)),
);

const exchanged = await mpi.alltoallv(ranks.map((to) => new Float64Array(to).fill(10 * rank + to)));
deepEqual(
  exchanged,
  ranks.map((from) => new Float64Array(rank).fill(10 * from + rank)),
);

const shared = Uint8Array.of(rank, 7);
await mpi.broadcast(shared.subarray(0, 1), size - 1);
deepEqual([...shared], [size - 1, 7]);

const sum = Float32Array.of(rank, 0.5);
await mpi.allreduce(sum, 'sum');
deepEqual([...sum], [(size * (size - 1)) / 2, size / 2]);
const most = Uint32Array.of(rank, 2 ** 32 - 1 - rank);
await mpi.allreduce(most, 'max');
deepEqual([...most], [size - 1, 2 ** 32 - 1]);
const least = Float64Array.of(rank - 0.25);
await mpi.allreduce(least, 'min');
equal(least[0], -0.25);

await mpi.barrier();
equal(await openMpi(), mpi);
console.log(`${rank} of ${size}, ${/^[A-Za-z ]+(?= )/.exec(mpi.description)![0]}: as expected`);
mpi.finalize();
