import { parseConfig } from '@ttrec/training/config';
import { readJsonFile } from '@ttrec/training/run-folder';
import { z } from 'zod';

const positiveInteger = z.int().min(1);

const shapesSchema = z.record(
  z.string().regex(/^\d+$/, 'must be the place of a table in emb_l, from 0'),
  z.strictObject({
    colShape: z.array(positiveInteger).min(1).optional(),
    ranks: z.union([positiveInteger, z.array(positiveInteger).min(1)]).optional(),
    table: z.int().min(0).optional(),
  }),
);

/** What FBTT's checkpoints do not say: for tables by their place in `emb_l`, `colShape` (tt_q_shapes) or `ranks` (tt_ranks). */
export type ShapesFile = Readonly<
  Record<
    string,
    { readonly colShape?: number[]; readonly ranks?: number | number[]; readonly table?: number }
  >
>;

/** @throws what `readJsonFile` and `parseConfig` throw */
export async function readShapes(path: string): Promise<ShapesFile> {
  const parsed = parseConfig(shapesSchema, await readJsonFile(path), path);
  // zod leaves absent options as undefined keys, which exact types refuse.
  return JSON.parse(JSON.stringify(parsed)) as ShapesFile;
}
