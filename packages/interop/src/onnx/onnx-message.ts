import protobuf from 'protobufjs/minimal.js';

type Writer = protobuf.Writer;

/** A tensor stored in the model. */
export interface OnnxTensor {
  readonly name: string;
  readonly dims: readonly number[];
  readonly data: Float32Array | Float64Array | BigInt64Array | Int8Array | Uint8Array;
}

/** An attribute of a node: a string, an integer, or several integers. */
export type OnnxAttribute = string | number | readonly number[];

export interface OnnxNode {
  /** What a runtime calls the node when it fails. */
  readonly name: string | undefined;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

/** An input or output. A dimension with a name may have any size, the same everywhere. */
export interface OnnxValue {
  readonly name: string;
  readonly type: 'float' | 'int64';
  readonly dims: readonly (number | string)[];
}

export interface OnnxModel {
  readonly name: string;
  readonly description: string;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly tensors: readonly OnnxTensor[];
  readonly nodes: readonly OnnxNode[];
}

/** Opset 18 is the first with BitwiseXor; version 8 of the format belongs to it. */
const OPSET = 18;
const IR_VERSION = 8;

/** ONNX's numbers for dtypes. */
export const FLOAT = 1;
const UINT8 = 2;
const INT8 = 3;
export const INT64 = 7;
export const DOUBLE = 11;
const ATTRIBUTE_INT = 2;
const ATTRIBUTE_STRING = 3;
const ATTRIBUTE_INTS = 7;

/** Tags of protocol buffers: the number of the field in onnx.proto, and 2 for bytes or 0 for an integer. */
const bytesField = (field: number): number => (field << 3) | 2;
const integerField = (field: number): number => field << 3;

/** A ModelProto. */
export function encodeModel(model: OnnxModel): Uint8Array {
  const writer = protobuf.Writer.create();
  writer.uint32(integerField(1)).int64(IR_VERSION);
  writer.uint32(bytesField(2)).string('ttrec');
  message(writer, 7, () => graph(writer, model));
  message(writer, 8, () => writer.uint32(integerField(2)).int64(OPSET));
  return writer.finish();
}

function graph(writer: Writer, { name, description, inputs, outputs, tensors, nodes }: OnnxModel): void {
  for (const each of nodes) message(writer, 1, () => node(writer, each));
  writer.uint32(bytesField(2)).string(name);
  for (const each of tensors) message(writer, 5, () => tensor(writer, each));
  writer.uint32(bytesField(10)).string(description);
  for (const each of inputs) message(writer, 11, () => value(writer, each));
  for (const each of outputs) message(writer, 12, () => value(writer, each));
}

function node(writer: Writer, { name, op, inputs, output, attributes }: OnnxNode): void {
  for (const input of inputs) writer.uint32(bytesField(1)).string(input);
  writer.uint32(bytesField(2)).string(output);
  if (name !== undefined) writer.uint32(bytesField(3)).string(name);
  writer.uint32(bytesField(4)).string(op);
  for (const [key, setting] of Object.entries(attributes)) {
    message(writer, 5, () => attribute(writer, key, setting));
  }
}

function attribute(writer: Writer, key: string, setting: OnnxAttribute): void {
  writer.uint32(bytesField(1)).string(key);
  const type = integerField(20);
  if (typeof setting === 'string') {
    writer.uint32(bytesField(4)).string(setting).uint32(type).int32(ATTRIBUTE_STRING);
  } else if (typeof setting === 'number') {
    writer.uint32(integerField(3)).int64(setting).uint32(type).int32(ATTRIBUTE_INT);
  } else {
    for (const integer of setting) writer.uint32(integerField(8)).int64(integer);
    writer.uint32(type).int32(ATTRIBUTE_INTS);
  }
}

/** The format is little-endian, as all supported machines are. */
function tensor(writer: Writer, { name, dims, data }: OnnxTensor): void {
  for (const size of dims) writer.uint32(integerField(1)).int64(size);
  writer.uint32(integerField(2)).int32(dtypeOf(data));
  writer.uint32(bytesField(8)).string(name);
  writer.uint32(bytesField(9)).bytes(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function dtypeOf(data: OnnxTensor['data']): number {
  if (data instanceof Float32Array) return FLOAT;
  if (data instanceof Float64Array) return DOUBLE;
  if (data instanceof Int8Array) return INT8;
  return data instanceof Uint8Array ? UINT8 : INT64;
}

function value(writer: Writer, { name, type, dims }: OnnxValue): void {
  writer.uint32(bytesField(1)).string(name);
  const dimension = (size: number | string) =>
    typeof size === 'number'
      ? writer.uint32(integerField(1)).int64(size)
      : writer.uint32(bytesField(2)).string(size);
  message(writer, 2, () => {
    message(writer, 1, () => {
      writer.uint32(integerField(1)).int32(type === 'float' ? FLOAT : INT64);
      message(writer, 2, () => {
        for (const size of dims) message(writer, 1, () => dimension(size));
      });
    });
  });
}

/** A nested message, preceded by its length. */
function message(writer: Writer, field: number, write: () => void): void {
  writer.uint32(bytesField(field)).fork();
  write();
  writer.ldelim();
}
