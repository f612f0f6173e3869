import { didYouMean, typeName } from '@ttrec/core';
import { checkOptions } from '@ttrec/core/options';
import { error } from '../error.ts';
import { indexOfNonFinite } from '../rows/finite.ts';
import type { StateEntry } from './state-entry.ts';
import type { StateArrays, StateInfo, StateReader } from './state-tensor.ts';

/** What a load may leave out. Without options, the reader has exactly the tensors of the state. */
export interface LoadStateOptions {
  /** Chooses the tensors to load, all by default. The others keep their numbers, whatever the reader has. */
  readonly select?: ((tensor: StateInfo) => boolean) | undefined;
  /** What the reader may lack, `none` by default. Tensors that it lacks keep their numbers. */
  readonly allowMissing?: 'none' | 'training' | 'all' | undefined;
  /** Whether the reader may have tensors that the state lacks; false by default. */
  readonly allowUnknown?: boolean | undefined;
  /** Whether a tensor may be longer in its first axis than the reader's; its further rows keep their numbers. False by default. */
  readonly allowGrowth?: boolean | undefined;
}

/** Something whose state is loaded. */
export interface StateOwner {
  readonly entries: readonly StateEntry[];
  /** Resolves when nothing that was begun before still reads or writes the state. */
  settled(): Promise<void>;
  /** Called after the state was overwritten: brings up to date what follows from it. */
  stateLoaded(): void;
}

/**
 * Checks every tensor, then overwrites them all. The reader is read twice, one tensor at a time, so that a refused load
 * changes nothing and no second copy of the state is in memory.
 *
 * @throws `embeddings/state-mismatch` for a missing or unknown tensor and another dtype or shape; `embeddings/bad-state` for
 *   values that are not finite or break a rule of their table; nothing has changed then. And what the reader throws, also for a
 *   tensor that it lists as unreadable
 */
export async function loadState(
  owner: StateOwner,
  reader: StateReader,
  options: LoadStateOptions = {},
): Promise<void> {
  const { entries } = owner;
  checkOptions(error, 'loadState', options, {
    select: 'any',
    allowMissing: ['none', 'training', 'all'],
    allowUnknown: 'boolean',
    allowGrowth: 'boolean',
  });
  requireReader(reader);
  const loaded = selected(entries, reader, options);
  for (const entry of loaded)
    await (entry.load ? entry.load(entry, reader, false) : readChecked(entry, reader));
  // What work between steps failed with concerned numbers that are now overwritten.
  await owner.settled().catch(() => undefined);
  try {
    for (const entry of loaded)
      await (entry.load
        ? entry.load(entry, reader, true)
        : entry.write((await readChecked(entry, reader)) as never));
  } finally {
    owner.stateLoaded();
  }
}

function requireReader(reader: Partial<StateReader> | null | undefined): void {
  if (typeof reader?.read === 'function' && typeof reader.tensors?.get === 'function') return;
  const rule = 'must be a reader of tensors, such as openSafetensors or stateReader return';
  throw error('bad-state', { subject: 'loadState, reader', rule, got: typeName(reader) });
}

function selected(
  entries: readonly StateEntry[],
  reader: StateReader,
  options: LoadStateOptions,
): StateEntry[] {
  const { select = () => true, allowMissing = 'none', allowUnknown = false, allowGrowth = false } = options;
  const names = new Set(entries.map(({ name }) => name));
  const unknown = [...reader.tensors.keys()].find((name) => !names.has(name));
  if (unknown !== undefined && !allowUnknown) throw unknownTensor(reader, unknown, names);
  return entries.filter(select).filter((entry) => {
    const { name, role } = entry;
    const found = reader.tensors.get(name);
    const fault = reader.unreadable?.get(name);
    if (fault !== undefined) throw fault;
    if (found === undefined && (allowMissing === 'all' || allowMissing === role)) return false;
    const isWhole = found !== undefined && describe(found) === describe(entry);
    if (isWhole || (found && allowGrowth && isBeginning(found, entry))) return true;
    throw mismatch(reader, name, `must be ${describe(entry)}, as in the model`, found && describe(found));
  });
}

const arrayTypes = {
  I8: Int8Array,
  U8: Uint8Array,
  U32: Uint32Array,
  F32: Float32Array,
  F64: Float64Array,
} as const;

/** @throws `embeddings/bad-state` */
export async function readChecked(
  { name, dtype, check }: Pick<StateEntry, 'name' | 'dtype' | 'check'>,
  reader: StateReader,
): Promise<StateArrays[keyof StateArrays]> {
  const values = await reader.read(name);
  const subject = `${reader.name}, tensor "${name}"`;
  const bad = (rule: string, got: unknown) => error('bad-state', { subject, rule, got });
  const type = arrayTypes[dtype];
  const length = reader.tensors.get(name)!.shape.reduce((product, extent) => product * extent, 1);
  if (!(values instanceof type) || values.length !== length) {
    const got = ArrayBuffer.isView(values)
      ? `${values.constructor.name} of ${values.byteLength} bytes`
      : values;
    throw bad(`must be read as a ${type.name} of ${length} numbers`, got);
  }
  if (values instanceof Float32Array || values instanceof Float64Array) {
    const at = indexOfNonFinite(values);
    if (at >= 0) throw bad(`must hold finite numbers`, `${values[at]} at ${at}`);
  }
  const rule = check?.(values as never);
  if (rule !== undefined) throw bad(rule, undefined);
  return values;
}

interface Shaped {
  readonly dtype: string;
  readonly shape: readonly number[];
}

function describe({ dtype, shape }: Shaped): string {
  return `${dtype} [${shape.join(', ')}]`;
}

/** Whether a tensor of the reader is the beginning of one of the state. */
function isBeginning(found: Shaped, { dtype, shape }: Shaped): boolean {
  const [rows, ...rest] = shape;
  const [fewer, ...same] = found.shape;
  return found.dtype === dtype && fewer! <= rows! && String(rest) === String(same);
}

function unknownTensor(reader: StateReader, name: string, known: ReadonlySet<string>): Error {
  const rule = 'must be a tensor of the model';
  return mismatch(reader, name, rule, 'one that it lacks', didYouMean(name, [...known]));
}

function mismatch(
  reader: StateReader,
  name: string,
  rule: string,
  got: string | undefined,
  hint = 'It was saved from another model, or in another form.',
): Error {
  return error('state-mismatch', {
    subject: `${reader.name}, tensor "${name}"`,
    rule,
    got: got ?? 'nothing',
    hint,
  });
}
