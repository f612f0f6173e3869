import type { Backend } from '@ttrec/backend';
import type { Dlrm } from '@ttrec/dlrm';
import type { HostTensor } from '@ttrec/embeddings';
import { error } from '../error.ts';
import { meanNodes, sumNodes } from './bag-nodes.ts';
import { dotNodes, mlpNodes, type Layer } from './dense-nodes.ts';
import { OnnxGraph, type Value } from './onnx-graph.ts';
import type { TableWeights } from './table-nodes-args.ts';
import { tableNodes } from './table-nodes.ts';

export interface OnnxOptions {
  /** `stored` (default): a tensor train stays its cores, a hash its buckets, integers stay integers. `dense`: the rows of every table are computed and stored. */
  readonly tables?: 'stored' | 'dense';
}

/** A protocol buffer is at most as long. */
const MAX_BYTES = 2 ** 31 - 1;

/**
 * A model for inference, as an ONNX file (opset 18).
 *
 * Inputs are what a batch of `Dlrm` is: `dense` float32 [B, denseFeatures] if there are any, and for each feature `NAME.indices` int64
 * [L] and `NAME.offsets` int64 [B + 1]. Outputs are `probabilities` and `logits`, float32 [B]. Tables stay as they are stored:
 * the model is as small as the checkpoint.
 *
 * @throws `interop/unsupported-kind`, `interop/too-large-for-onnx`, and what reading from the backend throws
 */
export async function exportOnnx(
  backend: Backend,
  model: Dlrm,
  { tables = 'stored' }: OnnxOptions = {},
): Promise<Uint8Array> {
  const { config } = model;
  requireRoom(model, tables);
  const graph = new OnnxGraph();
  const layers = await layersOf(backend, model);
  const vectors: Value[] = [];
  if (config.denseFeatures > 0) {
    const dense = graph.input({ name: 'dense', type: 'float', dims: ['B', config.denseFeatures] });
    vectors.push(mlpNodes(graph, dense, layers.bottom));
  }
  for (const [f, { name, table, pooling = 'sum' }] of config.features.entries()) {
    const ids = graph.input({ name: `${name}.indices`, type: 'int64', dims: [`L${f}`] });
    const offsets = graph.input({ name: `${name}.offsets`, type: 'int64', dims: ['offsets'] });
    const spec = config.tables.find((each) => each.name === table)!;
    const shared = {
      graph,
      name: `table.${table}`,
      numEmbeddings: spec.numEmbeddings,
      embeddingDim: config.embeddingDim,
      ids,
      path: '',
    };
    const rows = tableNodes(
      tables === 'dense'
        ? { ...shared, config: { kind: 'dense' }, weights: [await denseWeights(model, table)] }
        : { ...shared, config: spec.config, weights: await storedWeights(backend, model, table) },
    );
    const bags = { rows, offsets, embeddingDim: config.embeddingDim };
    vectors.push(pooling === 'mean' ? meanNodes(graph, bags) : sumNodes(graph, bags));
  }
  const interacted =
    config.interaction.kind === 'cat'
      ? graph.node('Concat', vectors, { axis: 1 })
      : dotNodes(graph, vectors, {
          selfInteraction: config.interaction.selfInteraction ?? false,
          passThrough: config.denseFeatures > 0,
        });
  const logits = graph.reshape(mlpNodes(graph, interacted, layers.top), -1);
  graph.output(graph.node('Sigmoid', [logits]), { name: 'probabilities', type: 'float', dims: ['B'] });
  graph.output(logits, { name: 'logits', type: 'float', dims: ['B'] });
  return graph.encode(
    'dlrm',
    `A DLRM of ${config.tables.length} tables with ${config.embeddingDim} columns.`,
  );
}

async function layersOf(backend: Backend, model: Dlrm): Promise<{ bottom: Layer[]; top: Layer[] }> {
  const layers: { bottom: Layer[]; top: Layer[] } = { bottom: [], top: [] };
  for (const part of ['bottom', 'top'] as const) {
    const own = model.parameters.filter(({ name }) => name.startsWith(`${part}.`));
    for (let i = 0; i < own.length; i += 2) {
      const [weight, bias] = [own[i]!, own[i + 1]!];
      const [weightData, biasData] = [await backend.read(weight.weights), await backend.read(bias.weights)];
      layers[part].push({
        name: `${part}.${i / 2}`,
        outputs: weight.shape[0]!,
        inputs: weight.shape[1]!,
        weight: weightData,
        bias: biasData,
        relu: part === 'bottom' || i + 2 < own.length,
      });
    }
  }
  return layers;
}

async function storedWeights(backend: Backend, model: Dlrm, table: string): Promise<TableWeights[]> {
  const prefix = `table.${table}.`;
  const own = model.parameters.filter(({ name }) => name.startsWith(prefix));
  const onHost = model.hostTensors.filter(({ name }) => name.startsWith(prefix)).flatMap(readable);
  const read = own.map(async ({ weights, ...rest }) => ({ ...rest, data: await backend.read(weights) }));
  return [...onHost, ...(await Promise.all(read))].map(({ name, shape, data }) => {
    return { name: name.slice(prefix.length), shape, data };
  });
}

/** What rows are computed from; ids of a cache are not, as it is refused where it is met. */
function readable(tensor: HostTensor): TableWeights[] {
  const { name, shape, dtype, role } = tensor;
  const isRead = role === 'model' && (dtype === 'I8' || dtype === 'U8' || dtype === 'F32');
  return isRead ? [{ name, shape, data: tensor.data }] : [];
}

async function denseWeights(model: Dlrm, table: string): Promise<TableWeights> {
  const rows = model.embeddings.table(table);
  return { name: 'weight', shape: [rows.numEmbeddings, rows.embeddingDim], data: await rows.toDense() };
}

/** Before gigabytes are read for nothing. */
function requireRoom(model: Dlrm, tables: 'stored' | 'dense'): void {
  const { config, parameters, hostTensors } = model;
  const isKept = ({ name }: { name: string }) => tables === 'stored' || !name.startsWith('table.');
  const numbers = sumOf(parameters.filter(isKept), ({ weights }) => weights.rows * weights.cols);
  const dense =
    tables === 'stored' ? 0 : sumOf(config.tables, (table) => table.numEmbeddings * config.embeddingDim);
  const onHost = sumOf(hostTensors.filter(isKept).flatMap(readable), ({ data }) => data.byteLength);
  const bytes = 4 * (numbers + dense) + onHost;
  if (bytes < MAX_BYTES) return;
  throw error('too-large-for-onnx', {
    subject: 'model',
    rule: `must take less than ${MAX_BYTES} bytes, the most that one ONNX file can hold`,
    got: bytes,
    hint: tables === 'dense' ? `Export with tables: 'stored'.` : 'Compress its tables.',
  });
}

function sumOf<Part>(parts: readonly Part[], sizeOf: (part: Part) => number): number {
  return parts.reduce((sum, part) => sum + sizeOf(part), 0);
}
