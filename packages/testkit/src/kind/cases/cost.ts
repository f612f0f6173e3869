import { createDryBackend } from '../../backend/dry-backend.ts';
import { cost, optimizerRules, type EmbeddingBag, type OptimizerConfig } from '@ttrec/embeddings';
import { stateBytes } from '@ttrec/embeddings/model';
import { isTtrecError } from '@ttrec/core';
import type { Backend } from '@ttrec/backend';
import type { KindCase } from '../kind-case.ts';
import { requireRefusal, requireThat } from '../require.ts';
import { safetensorsOf } from '../saved-state.ts';
import { buildBag, type TableUnderTest } from '../table-under-test.ts';

/** `cost().bytes` is what a file of the table's numbers holds, but for its header. */
async function checkSerialisedSize(table: TableUnderTest, backend: Backend): Promise<void> {
  const bag = buildBag(table, backend);
  const file = await serialised(bag);
  const { bytes } = cost(table.config, table, { rule: 'sgd' }, table.kinds);
  requireThat(file === bytes, {
    subject: 'cost().bytes',
    rule: `must be the ${file} serialised`,
    got: bytes,
  });
  requireThat(bag.cost.bytes === bytes, {
    subject: 'the bag’s cost',
    rule: `must be ${bytes}`,
    got: bag.cost.bytes,
  });
  bag.dispose();
}

/** A safetensors file is 8 bytes of length, the header, and the numbers. */
async function serialised(bag: EmbeddingBag): Promise<number> {
  const [header, ...data] = await safetensorsOf(bag.state().filter(({ role }) => role === 'model'));
  requireThat(header !== undefined, { subject: 'the file', rule: 'must have a header' });
  return data.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

/** `cost().trainingBytes` is what the table asks of a backend when it is built, and `hostBytes` of it what it holds on the host. */
function checkTrainingBytes(table: TableUnderTest): void {
  const penalised: OptimizerConfig = { rule: 'adagrad', l2: 0.1 };
  for (const optimizer of [...rulesOf(table).map((rule): OptimizerConfig => ({ rule })), penalised]) {
    const { rule } = optimizer;
    const dry = createDryBackend();
    const bag = buildBag(table, dry, { optimizer });
    const price = cost(table.config, table, optimizer, table.kinds);
    const { trainingBytes, hostBytes = 0, prefixBytes = 0 } = price;
    const host = hostBytesOf(bag) + (table.derivedHostBytes ?? 0);
    const onBackend = dry.memory().bytes;
    // A table of prefixes is made when rows are read.
    requireThat(onBackend === trainingBytes - hostBytes - prefixBytes, {
      subject: `bytes built for ${rule}, on the backend`,
      rule: `must be ${trainingBytes - hostBytes - prefixBytes}`,
      got: onBackend,
    });
    requireThat(host === hostBytes, {
      subject: `bytes built for ${rule}, on the host`,
      rule: `must be ${hostBytes}`,
      got: host,
    });
    bag.dispose();
    const left = dry.memory().bytes;
    requireThat(left === 0, { subject: 'bytes after dispose', rule: 'must be 0', got: left });
  }
}

/** What the optimizer adds to a parameter's name. */
const stateSuffixes = ['', '.sum', '.moments', '.ftrl', '.lastStep'];

/** Bytes of the state that no buffer of the backend holds. */
function hostBytesOf(bag: EmbeddingBag): number {
  const onBackend = new Set([
    'optimizer.steps',
    ...bag.parameters.flatMap(({ name }) => stateSuffixes.map((suffix) => `${name}${suffix}`)),
  ]);
  return stateBytes(bag.state().filter(({ name }) => !onBackend.has(name)));
}

/** Every rule without rows of its own trains every table; a rule that one does not support is refused by the price and by the table alike. */
function checkOptimizers(table: TableUnderTest): void {
  const rules = rulesOf(table);
  for (const rule of ['sgd', 'adagrad', 'adam', 'ftrl'] as const)
    requireThat(rules.includes(rule), {
      subject: 'optimizers',
      rule: `must support ${rule}`,
      got: rules.join(', '),
    });
  const dry = createDryBackend();
  const refused = [
    ...optimizerRules.filter((rule) => !rules.includes(rule)).map((rule) => [rule, 'unsupported-optimizer']),
    ['momentum', 'bad-option'],
  ] as [(typeof optimizerRules)[number], string][];
  for (const [rule, code] of refused) {
    const optimizer = { rule };
    const price = () => cost(table.config, table, optimizer, table.kinds);
    requireRefusal(`cost with ${rule}`, `embeddings/${code}`, price);
    requireRefusal(`a table with ${rule}`, `embeddings/${code}`, () => buildBag(table, dry, { optimizer }));
  }
  const { buffers } = dry.memory();
  requireThat(buffers === 0, { subject: 'buffers after refusals', rule: 'must be 0', got: buffers });
}

/** The rules that a table trains with. */
export function rulesOf({ config, kinds, ...size }: TableUnderTest): (typeof optimizerRules)[number][] {
  return optimizerRules.filter((rule) => {
    try {
      cost(config, size, { rule }, kinds);
      return true;
    } catch (thrown) {
      if (isTtrecError(thrown, 'embeddings/unsupported-optimizer')) return false;
      throw thrown;
    }
  });
}

export const costCases: readonly KindCase[] = [
  { name: 'cost returns the serialised bytes exactly', run: checkSerialisedSize },
  {
    name: 'cost returns the bytes in training exactly, and dispose leaves none',
    run: async (table) => checkTrainingBytes(table),
  },
  {
    name: 'unknown and unsupported optimizers are refused',
    run: async (table) => checkOptimizers(table),
    trains: true,
  },
];
