import type { Backend } from '@ttrec/backend';
import { normals, sampleBags } from '../../backend/index.ts';
import { stateReader, type EmbeddingBag, type StateReader } from '@ttrec/embeddings';
import type { KindCase } from '../kind-case.ts';
import { preparedBag, takeStepsBefore } from '../prepared-bag.ts';
import { requireSame, requireThat } from '../require.ts';
import { savedAndOpened } from '../saved-state.ts';
import { buildBag, type TableUnderTest } from '../table-under-test.ts';
import { rulesOf } from './cost.ts';
import { someIds } from './rows.ts';

const STEPS = 3;
const LEARNING_RATE = 0.05;

async function takeSteps(table: TableUnderTest, bag: EmbeddingBag, label: string): Promise<void> {
  for (let step = 0; step < STEPS; step++) {
    const bags = sampleBags(table.numEmbeddings, `${label} ${step}`);
    bag.forward(bags);
    const gradOut = normals((bags.offsets.length - 1) * table.embeddingDim, `gradOut ${label} ${step}`);
    bag.backward({ gradOut, learningRate: LEARNING_RATE });
    await bag.settled();
  }
}

/** Every tensor of the state must hold the same bits. */
async function requireSameState(subject: string, got: EmbeddingBag, want: EmbeddingBag): Promise<void> {
  const [has, wants] = [got.state(), want.state()];
  for (const [t, { name, data }] of wants.entries())
    requireSame(`${subject}, ${name}`, await has[t]!.data(), await data());
}

/** A table of another seed that was trained, so that anything derived from its old numbers would show. */
async function usedBag(
  table: TableUnderTest,
  backend: Backend,
  rule: ReturnType<typeof rulesOf>[number],
): Promise<EmbeddingBag> {
  const bag = buildBag(table, backend, { optimizer: { rule }, seed: 9 });
  if (!bag.cost.inferenceOnly) {
    await takeStepsBefore(table, bag);
    await takeSteps(table, bag, 'other history');
  }
  await bag.rows(someIds(table));
  return bag;
}

async function checkLoaded(table: TableUnderTest, backend: Backend): Promise<void> {
  for (const rule of rulesOf(table)) {
    const bag = await preparedBag(table, backend, { optimizer: { rule } });
    const trains = !bag.cost.inferenceOnly;
    if (trains) await takeSteps(table, bag, 'before');
    const ids = someIds(table);
    const rows = await bag.rows(ids);
    const file = await savedAndOpened(bag.state());
    for (const loaded of [
      buildBag(table, backend, { optimizer: { rule }, seed: 5 }),
      await usedBag(table, backend, rule),
    ]) {
      await loaded.loadState(file);
      requireSame('rows of the loaded table', await loaded.rows(ids), rows);
      await requireSameState('state of the loaded table', loaded, bag);
      loaded.dispose();
    }
    if (trains) await checkGoesOn(table, { bag, file, backend, rule });
    bag.dispose();
  }
}

/** Training continues as if the table had never been saved. */
async function checkGoesOn(
  table: TableUnderTest,
  saved: {
    readonly bag: EmbeddingBag;
    readonly file: StateReader;
    readonly backend: Backend;
    readonly rule: ReturnType<typeof rulesOf>[number];
  },
): Promise<void> {
  const { bag, file, backend, rule } = saved;
  const loaded = await usedBag(table, backend, rule);
  await loaded.loadState(file);
  for (const each of [bag, loaded]) {
    await takeStepsBefore(table, each);
    await takeSteps(table, each, 'after');
  }
  requireSame('rows after further steps', await loaded.rows(someIds(table)), await bag.rows(someIds(table)));
  await requireSameState('state after further steps', loaded, bag);
  loaded.dispose();
}

/** Weights alone are enough for the same rows. */
async function checkModelAlone(table: TableUnderTest, backend: Backend): Promise<void> {
  const bag = await preparedBag(table, backend);
  const file = await savedAndOpened(bag.state().filter(({ role }) => role === 'model'));
  const loaded = buildBag(table, backend, { optimizer: { rule: 'adagrad' }, seed: 5 });
  await loaded.loadState(file, { allowMissing: 'training' });
  requireSame('rows of the loaded table', await loaded.rows(someIds(table)), await bag.rows(someIds(table)));
  for (const each of [bag, loaded]) each.dispose();
}

/** A reader with one tensor changed. */
function changed(
  reader: StateReader,
  name: string,
  change: { readonly shape?: number[]; readonly values?: ArrayBufferView; readonly missing?: boolean },
): StateReader {
  const tensors = new Map(reader.tensors);
  if (change.missing) tensors.delete(name);
  else tensors.set(name, { ...tensors.get(name)!, ...(change.shape ? { shape: change.shape } : {}) });
  return {
    name: reader.name,
    tensors,
    read: async (tensor) => (tensor === name && change.values ? change.values : reader.read(tensor)),
  };
}

/** The last tensor is the one that is wrong: all before it must be as they were. */
async function checkRefusals(table: TableUnderTest, backend: Backend): Promise<void> {
  const bag = await preparedBag(table, backend);
  const other = buildBag(table, backend, { seed: 5 });
  const rows = await bag.rows(someIds(table));
  const reader = stateReader(other.state());
  const { name, shape } = other.state().at(-1)!;
  const floats = other.state().findLast(({ dtype }) => dtype === 'F32' || dtype === 'F64')!;
  const notFinite = (await floats.data()).fill(NaN);
  const extra = stateReader([...other.state(), { ...other.state()[0]!, name: 'unheard-of' }]);
  const refused: [string, StateReader, string][] = [
    ['a missing tensor', changed(reader, name, { missing: true }), 'state-mismatch'],
    ['an unknown tensor', extra, 'state-mismatch'],
    ['another shape', changed(reader, name, { shape: [...shape, 1] }), 'state-mismatch'],
    ['a longer array', changed(reader, name, { values: new Float64Array(shape[0]! + 1) }), 'bad-state'],
    ['NaN', changed(reader, floats.name, { values: notFinite }), 'bad-state'],
  ];
  for (const [what, wrong, rule] of refused) {
    const code = await bag.loadState(wrong).then(
      () => 'nothing',
      (thrown: unknown) => (thrown as { code?: unknown }).code,
    );
    requireThat(code === `embeddings/${rule}`, {
      subject: `loadState with ${what}`,
      rule: `must throw embeddings/${rule}`,
      got: code,
    });
  }
  requireSame('rows after refused loads', await bag.rows(someIds(table)), rows);
  for (const each of [bag, other]) each.dispose();
}

export const stateCases: readonly KindCase[] = [
  {
    name: 'a saved table is loaded with the same bits, into a used one too, and trains on alike',
    run: checkLoaded,
  },
  { name: 'weights without optimizer state and counters give the same rows', run: checkModelAlone },
  { name: 'a refused load changes nothing', run: checkRefusals },
];
