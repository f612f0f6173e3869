import type { Dlrm } from '@ttrec/dlrm';
import { collectRows, dealRows, heldBelow, type ShardedTable, type ShardLink } from '@ttrec/embeddings/model';
import type { WorkerGroup } from './worker-group.ts';

/** What the first worker asks of the others: rows start … end - 1 of a tensor of a table, or no more. */
type Request =
  | {
      readonly what: 'read' | 'write';
      readonly table: number;
      readonly tensor: number;
      readonly start: number;
      readonly end: number;
    }
  | { readonly what: 'end' };

/**
 * Runs on the first worker what reads or writes the state of a model, such as saving a checkpoint, while the others call `followState`.
 * Rows of sharded tables come and go in pieces.
 */
export async function leadState<Result>(
  model: Dlrm,
  workers: WorkerGroup,
  work: () => Promise<Result>,
): Promise<Result> {
  const tables = sharded(model, workers);
  if (tables.length === 0) return work();
  tables.forEach((table, t) => table.connect(linkOf(table, t, workers)));
  try {
    return await work();
  } finally {
    for (const table of tables) table.connect(undefined);
    await workers.share((): Request => ({ what: 'end' }));
  }
}

/** Reads and writes the rows of this worker for the first one, until its work has ended. */
export async function followState(model: Dlrm, workers: WorkerGroup): Promise<void> {
  const tables = sharded(model, workers);
  if (tables.length === 0) return;
  for (;;) {
    const request = await workers.receive<Request>();
    if (request.what === 'end') return;
    await serve(tables[request.table]!, request, workers);
  }
}

function sharded(model: Dlrm, { communicator }: WorkerGroup): readonly ShardedTable[] {
  return communicator ? (model.sharding?.members ?? []).map(({ table }) => table) : [];
}

function linkOf(table: ShardedTable, t: number, workers: WorkerGroup): ShardLink {
  const { size } = table.shard;
  const ask = async (request: Request) => workers.share(() => request);
  return {
    async read(tensor, start, end) {
      await ask({ what: 'read', table: t, tensor, start, end });
      const parts = await workers.communicator!.alltoallv(await ownRows(table, tensor, start, end));
      return collectRows(parts, { start, width: table.tensors[tensor]!.width });
    },
    async write(tensor, start, values) {
      const { width } = table.tensors[tensor]!;
      await ask({ what: 'write', table: t, tensor, start, end: start + values.length / width });
      const parts = dealRows(values, { start, width }, size);
      await takeRows(table, tensor, start, await workers.communicator!.alltoallv(parts));
    },
  };
}

async function serve(
  table: ShardedTable,
  { what, tensor, start, end }: Exclude<Request, { readonly what: 'end' }>,
  { communicator }: WorkerGroup,
): Promise<void> {
  if (what === 'read') await communicator!.alltoallv(await ownRows(table, tensor, start, end));
  else await takeRows(table, tensor, start, await communicator!.alltoallv(nothingFor(table)));
}

/** The rows of this worker, for the first one. */
async function ownRows(
  table: ShardedTable,
  tensor: number,
  start: number,
  end: number,
): Promise<Float32Array[]> {
  const [first, last] = [heldBelow(start, table.shard), heldBelow(end, table.shard)];
  const [, ...others] = nothingFor(table);
  return [await table.tensors[tensor]!.read(first, last), ...others];
}

/** @param parts by rank, that of the first worker being all */
async function takeRows(
  table: ShardedTable,
  tensor: number,
  start: number,
  [values]: readonly Float32Array[],
): Promise<void> {
  await table.tensors[tensor]!.write(heldBelow(start, table.shard), values!);
}

function nothingFor({ shard }: ShardedTable): Float32Array[] {
  return Array.from({ length: shard.size }, () => new Float32Array(0));
}
