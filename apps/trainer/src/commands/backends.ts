import { engines } from '../engines.ts';
import { formatTable } from '../terminal/format.ts';
import { createOutput } from '../terminal/output.ts';

/** `ttrec backends`: the engines, and for those that cannot run here, why. */
export async function backends(flags: { readonly json?: boolean }): Promise<void> {
  const output = createOutput({ json: flags.json ?? false });
  const rows = await Promise.all(
    engines()
      .list()
      .map(async (factory) => ({
        name: factory.name,
        priority: factory.priority,
        ...(await factory.availability()),
      })),
  );
  output.result(
    formatTable(
      ['backend', 'priority', 'available', 'engine, or why not'],
      rows.map((row) => [
        row.name,
        `${row.priority}`,
        row.available ? 'yes' : 'no',
        row.available ? row.engine : row.reason,
      ]),
    ),
  );
  output.record({ backends: rows });
}
