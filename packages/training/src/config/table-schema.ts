import type { TableConfig } from '@ttrec/embeddings';
import type { TableKind } from '@ttrec/embeddings/kind';
import { kindsWith } from '@ttrec/embeddings/configs';
import { z } from 'zod';
import type { KindModules } from '../kinds/kind-modules.ts';

const positiveInteger = z.int().min(1);

/** A table in a larger config, which checks it by `checkTables` when the kinds are known. */
const uncheckedTable = z.custom<TableConfig>();

/** Which table of a model is stored how. Later entries win: default, largest, byName. */
export const tablesSchema = z.strictObject({
  default: uncheckedTable.default({ kind: 'dense' }),
  largest: z.strictObject({ count: positiveInteger, use: uncheckedTable }).optional(),
  byName: z.record(z.string(), uncheckedTable).optional(),
});

/** How the weights of ids in a wide term are stored: tables with D = 1. */
export const wideTablesSchema = tablesSchema.omit({ largest: true });

export type TablesConfig = z.infer<typeof tablesSchema>;

/** The config of one table, of the kinds of @ttrec/embeddings or of others. */
export function tableSchema(kinds?: readonly TableKind[]): z.ZodType<TableConfig> {
  return uncheckedTable.superRefine((table, context) => addFault(table, [], { kinds, context }));
}

/** What the kinds of its tables find wrong with a config. */
export function checkTables(
  config: {
    readonly kinds?: KindModules | undefined;
    readonly model: {
      readonly tables: TablesConfig;
      readonly wide?: boolean | TablesConfig | undefined;
    };
    readonly variants?: readonly { readonly tables?: TablesConfig | undefined }[];
  },
  context: z.RefinementCtx,
): void {
  const on = { kinds: config.kinds?.kinds, context };
  addFaults(config.model.tables, ['model', 'tables'], on);
  const { wide } = config.model;
  if (typeof wide === 'object') addFaults(wide, ['model', 'wide'], on);
  config.variants?.forEach(({ tables }, v) => tables && addFaults(tables, ['variants', v, 'tables'], on));
}

interface On {
  readonly kinds: readonly TableKind[] | undefined;
  readonly context: z.RefinementCtx;
}

type Path = readonly (string | number)[];

function addFaults({ default: standard, largest, byName = {} }: TablesConfig, path: Path, on: On): void {
  addFault(standard, [...path, 'default'], on);
  if (largest) addFault(largest.use, [...path, 'largest', 'use'], on);
  for (const [name, table] of Object.entries(byName)) addFault(table, [...path, 'byName', name], on);
}

function addFault(table: unknown, path: Path, { kinds, context }: On): void {
  const fault = kindsWith(kinds).fault(table);
  if (fault === undefined) return;
  const { rule, got, hint, known } = fault;
  const at = [...path, ...fault.path];
  context.addIssue({ code: 'custom', path: at, message: rule, input: got, params: { hint, known } });
}
