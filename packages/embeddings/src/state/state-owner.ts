import type { Backend } from '@ttrec/backend';
import type { EmbeddingTable } from '../table/embedding-table.ts';
import { maintenanceOf } from '../table/table-maintenance.ts';
import type { StateOwner } from './load-state.ts';
import { hostEntry, parameterEntries, type StateEntry } from './state-entry.ts';
import type { StateTensor } from './state-tensor.ts';

/** The state of a table: its parameters, their optimizer state, and what it keeps on the host. */
export function tableState(backend: Backend, table: EmbeddingTable): StateOwner {
  const settled = () => maintenanceOf([table]).settled();
  const entries = [
    ...table.parameters.flatMap((parameter) => parameterEntries(backend, parameter)),
    ...(table.hostTensors ?? []).map(hostEntry),
    ...(table.stateEntries ?? []),
  ];
  return {
    // What steps began beside their updates ends first, or it would be saved in part.
    entries: entries.map((entry) =>
      withData(entry, async () => {
        await settled();
        return entry.data();
      }),
    ),
    settled,
    stateLoaded: () => table.stateLoaded?.(),
  };
}

/** The states of several owners as one, each with a prefix to the names of its tensors. */
export function joinedState(owners: readonly (readonly [prefix: string, owner: StateOwner])[]): StateOwner {
  return {
    entries: owners.flatMap(([prefix, { entries }]) =>
      entries.map((entry) => ({ ...entry, name: `${prefix}${entry.name}` })),
    ),
    async settled() {
      await Promise.all(owners.map(([, owner]) => owner.settled()));
    },
    stateLoaded() {
      for (const [, owner] of owners) owner.stateLoaded();
    },
  };
}

/** The tensors of a state, to read only. */
export function stateTensors({ entries }: StateOwner): StateTensor[] {
  return entries.map(
    ({ name, dtype, shape, role, data, rows }) => ({ name, dtype, shape, role, data, rows }) as StateTensor,
  );
}

function withData(entry: StateEntry, data: () => Promise<unknown>): StateEntry {
  return { ...entry, data } as StateEntry;
}
