import type { Backend } from '@ttrec/backend';
import type { EmbeddingBag } from '@ttrec/embeddings';
import { normals, sampleBags } from '../../backend/index.ts';
import { floatsOf } from '../float64-graph.ts';
import { TOLERANCE, type KindCase } from '../kind-case.ts';
import { preparedBag } from '../prepared-bag.ts';
import { requireNear, requireThat } from '../require.ts';
import { buildBag, isSmall, type HostValues, type TableUnderTest } from '../table-under-test.ts';

/** Moves numbers by several steps of 8 and 4 bits. */
const LEARNING_RATE = 1;

/** A step of a table of integers: each number goes to one of the two levels next to where it would be in float32. */
async function checkIntegerStep(table: TableUnderTest, backend: Backend): Promise<void> {
  if (!table.integers || !isSmall(table)) return;
  const { float, bits } = table.integers;
  const bag = await preparedBag(table, backend);
  const inFloats = buildBag({ ...table, config: float }, backend);
  const before = await modelState(bag);
  for (const { name, shape, weights } of inFloats.parameters)
    backend.write(weights, Float32Array.from(numbersOf(name, before, shape, bits)));
  requireNear('rows in float32', await inFloats.toDense(), await bag.toDense(), TOLERANCE);
  const bags = sampleBags(table.numEmbeddings);
  const gradOut = normals((bags.offsets.length - 1) * table.embeddingDim, 'gradOut');
  for (const each of [bag, inFloats]) {
    each.forward(bags);
    each.backward({ gradOut, learningRate: LEARNING_RATE });
    await each.settled();
  }
  const after = await modelState(bag);
  for (const { name, shape, weights } of inFloats.parameters) {
    const [got, want] = [numbersOf(name, after, shape, bits), await backend.read(weights)];
    const steps = after.find((tensor) => tensor.name === `${name}.scale`)?.data;
    if (steps === undefined) requireNear(name, got, want, TOLERANCE);
    else requireNeighbours(name, { got, want, steps }, bits);
  }
  for (const each of [bag, inFloats]) each.dispose();
}

async function modelState(bag: EmbeddingBag): Promise<HostValues[]> {
  const tensors = bag.state().filter(({ role }) => role === 'model');
  return Promise.all(tensors.map(async ({ name, shape, data }) => ({ name, shape, data: await data() })));
}

/** Of a tensor of `shape`, which packed codes may fill up with more. */
function numbersOf(
  name: string,
  tensors: readonly HostValues[],
  shape: readonly number[],
  bits: number,
): number[] {
  const count = shape.reduce((product, extent) => product * extent, 1);
  return floatsOf(name, tensors, shape.slice(1), bits).slice(0, count);
}

function requireNeighbours(
  name: string,
  numbers: {
    readonly got: ArrayLike<number>;
    readonly want: ArrayLike<number>;
    readonly steps: ArrayLike<number>;
  },
  bits: number,
): void {
  const { got, want, steps } = numbers;
  const width = want.length / steps.length;
  const largest = bits === 2 ? 1.5 : 2 ** (bits - 1) - 1;
  for (let at = 0; at < want.length; at++) {
    const step = steps[Math.floor(at / width)]!;
    const range = largest * step;
    const nearest = Math.max(-range, Math.min(range, want[at]!));
    requireThat(Math.abs(got[at]! - nearest) <= step * (1 + 1e-3), {
      subject: `${name}[${at}] after a step`,
      rule: `must be a level next to ${nearest}, ${step} apart`,
      got: got[at],
    });
  }
}

export const integerCases: readonly KindCase[] = [
  {
    name: 'a step moves integers to levels next to where float32 numbers would be',
    run: checkIntegerStep,
    trains: true,
  },
];
