/** A number of a run at a step, as TensorBoard plots it: `train/loss`. */
export interface Scalar {
  readonly tag: string;
  readonly value: number;
}

/** The version of the format that TensorBoard reads, the content of the first event of a file. */
const FILE_VERSION = 'brain.Event:2';
/** Of `SessionLog`: what comes after this step in earlier files has been trained again. */
const START = 1;

/** Field numbers of `tensorflow.Event`, `Summary` and `SessionLog` (tensorflow/core/util/event.proto, framework/summary.proto). */
const field = { wallTime: 1, step: 2, fileVersion: 3, summary: 5, sessionLog: 7 } as const;

/** The first event of a file. @param seconds since 1970 */
export function versionEvent(seconds: number): Uint8Array {
  return joined(
    double(field.wallTime, seconds),
    bytes(field.fileVersion, new TextEncoder().encode(FILE_VERSION)),
  );
}

/** Training begins after a step. */
export function startEvent(seconds: number, step: number): Uint8Array {
  return joined(...head(seconds, step), bytes(field.sessionLog, varint(1, START)));
}

/** Scalars of one step. */
export function scalarsEvent(seconds: number, step: number, scalars: readonly Scalar[]): Uint8Array {
  const values = scalars.map(({ tag, value }) =>
    bytes(1, joined(bytes(1, new TextEncoder().encode(tag)), float(2, value))),
  );
  return joined(...head(seconds, step), bytes(field.summary, joined(...values)));
}

function head(seconds: number, step: number): Uint8Array[] {
  return [double(field.wallTime, seconds), varint(field.step, step)];
}

/** The types of values on the wire (Protocol Buffers, "Encoding"). */
const wire = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

function varint(number: number, value: number): Uint8Array {
  return Uint8Array.from([...base128(number * 8 + wire.varint), ...base128(value)]);
}

function double(number: number, value: number): Uint8Array {
  const out = new DataView(new ArrayBuffer(9));
  out.setUint8(0, number * 8 + wire.fixed64);
  out.setFloat64(1, value, true);
  return new Uint8Array(out.buffer);
}

function float(number: number, value: number): Uint8Array {
  const out = new DataView(new ArrayBuffer(5));
  out.setUint8(0, number * 8 + wire.fixed32);
  out.setFloat32(1, value, true);
  return new Uint8Array(out.buffer);
}

function bytes(number: number, content: Uint8Array): Uint8Array {
  return joined(Uint8Array.from([...base128(number * 8 + wire.bytes), ...base128(content.length)]), content);
}

/** Seven bits a byte, the lowest first. */
function base128(value: number): number[] {
  const digits: number[] = [];
  for (let rest = value; digits.length === 0 || rest > 0; rest = Math.floor(rest / 128))
    digits.push((rest % 128) + (rest >= 128 ? 128 : 0));
  return digits;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
