import { error } from '../error.ts';
import { PickleBytes } from './pickle-bytes.ts';
import { PickleMachine, type PickleObjects } from './pickle-machine.ts';
import { PickleInstance, type PickleValue } from './pickle-value.ts';

type Opcode = (machine: PickleMachine, bytes: PickleBytes) => void;

/** The opcodes of protocols 0 to 5, by the letters of Python's `pickletools`. */
const OPCODES: Readonly<Record<string, Opcode>> = {
  N: (machine) => machine.push(null),
  '\x88': (machine) => machine.push(true),
  '\x89': (machine) => machine.push(false),
  J: (machine, bytes) => machine.push(bytes.int32()),
  K: (machine, bytes) => machine.push(bytes.uint8()),
  M: (machine, bytes) => machine.push(bytes.uint16()),
  G: (machine, bytes) => machine.push(bytes.float64()),
  F: (machine, bytes) => machine.push(Number(bytes.line())),
  I: (machine, bytes) => machine.push(integer(bytes.line())),
  L: (machine, bytes) => machine.push(integer(bytes.line())),
  '\x8a': (machine, bytes) => machine.push(bytes.long(bytes.uint8())),
  '\x8b': (machine, bytes) => machine.push(bytes.long(bytes.uint32())),
  X: (machine, bytes) => machine.push(bytes.text(bytes.uint32())),
  '\x8c': (machine, bytes) => machine.push(bytes.text(bytes.uint8())),
  '\x8d': (machine, bytes) => machine.push(bytes.text(bytes.uint64())),
  V: (machine, bytes) => machine.push(bytes.escapedLine()),
  S: (machine, bytes) => machine.push(bytes.line().replace(/^(['"])(.*)\1$/s, '$2')),
  T: (machine, bytes) => machine.push(bytes.byteText(bytes.uint32())),
  U: (machine, bytes) => machine.push(bytes.byteText(bytes.uint8())),
  B: (machine, bytes) => machine.push(bytes.bytes(bytes.uint32())),
  C: (machine, bytes) => machine.push(bytes.bytes(bytes.uint8())),
  '\x8e': (machine, bytes) => machine.push(bytes.bytes(bytes.uint64())),
  '\x96': (machine, bytes) => machine.push(bytes.bytes(bytes.uint64())),
  '\x97': (machine) => machine.foreign('a buffer'),
  '\x98': () => undefined,
  '(': (machine) => machine.mark(),
  '0': (machine) => machine.pop(),
  '1': (machine) => void machine.popToMark(),
  '2': (machine) => machine.duplicate(),
  ')': (machine) => machine.tuple([]),
  t: (machine) => machine.tuple(machine.popToMark()),
  '\x85': (machine) => machine.tuple(machine.popMany(1)),
  '\x86': (machine) => machine.tuple(machine.popMany(2)),
  '\x87': (machine) => machine.tuple(machine.popMany(3)),
  ']': (machine) => machine.listOf([]),
  l: (machine) => machine.listOf(machine.popToMark()),
  a: (machine) => machine.append(machine.popMany(1)),
  e: (machine) => machine.append(machine.popToMark()),
  '}': (machine) => machine.dictOf([]),
  d: (machine) => machine.dictOf(machine.popToMark()),
  s: (machine) => machine.setItems(machine.popMany(2)),
  u: (machine) => machine.setItems(machine.popToMark()),
  '\x8f': (machine) => machine.setOf([]),
  '\x90': (machine) => machine.append(machine.popToMark()),
  '\x91': (machine) => machine.setOf(machine.popToMark()),
  p: (machine, bytes) => machine.memoize(Number(bytes.line())),
  q: (machine, bytes) => machine.memoize(bytes.uint8()),
  r: (machine, bytes) => machine.memoize(bytes.uint32()),
  '\x94': (machine) => machine.memoize(),
  g: (machine, bytes) => machine.recall(Number(bytes.line())),
  h: (machine, bytes) => machine.recall(bytes.uint8()),
  j: (machine, bytes) => machine.recall(bytes.uint32()),
  c: (machine, bytes) => machine.global(bytes.line(), bytes.line()),
  '\x93': (machine) => machine.stackGlobal(),
  '\x82': (machine, bytes) => machine.foreign(`extension ${bytes.uint8()}`),
  '\x83': (machine, bytes) => machine.foreign(`extension ${bytes.uint16()}`),
  '\x84': (machine, bytes) => machine.foreign(`extension ${bytes.int32()}`),
  P: (machine, bytes) => machine.persistentId(bytes.line()),
  Q: (machine) => machine.persistentId(),
  R: (machine) => machine.reduce(),
  '\x81': (machine) => machine.reduce(),
  '\x92': (machine) => machine.newObjectEx(),
  i: (machine, bytes) => machine.instance(bytes.line(), bytes.line()),
  o: (machine) => machine.object(),
  b: (machine) => machine.build(),
};

/** Digits of a number, or 00 and 01 for a boolean, in the protocols of text. */
function integer(line: string): PickleValue {
  if (line === '00' || line === '01') return line === '01';
  const digits = line.replace(/L$/, '');
  if (!/^[+-]?\d{1,300}$/.test(digits)) return new PickleInstance('int');
  return Number.isSafeInteger(Number(digits)) ? Number(digits) : BigInt(digits);
}

const [PROTO, FRAME, STOP] = [0x80, 0x95, 0x2e];
const PROTOCOLS = [2, 3, 4, 5];

/**
 * Reads a pickle without running it. Names are not looked up, and calls give the values that `objects` returns for them, or else
 * placeholders. Memory is proportional to `bytes`.
 * @param subject shown in errors
 * @throws `tensor-files/pickle-opcode`, `…/pickle-value`, `…/pickle-truncated`
 */
export function readPickle(bytes: Uint8Array, subject: string, objects: PickleObjects): PickleValue {
  const source = new PickleBytes(bytes, subject);
  const machine = new PickleMachine(subject, objects);
  for (;;) {
    const place = source.place;
    const code = source.uint8();
    if (code === STOP) return machine.result();
    if (code === FRAME) source.bytes(8);
    else if (code === PROTO) requireProtocol(subject, source.uint8());
    else {
      const opcode = OPCODES[String.fromCharCode(code)];
      if (opcode === undefined) throw unknownOpcode(subject, code, place);
      machine.place = place;
      opcode(machine, source);
    }
  }
}

function requireProtocol(subject: string, protocol: number): void {
  if (PROTOCOLS.includes(protocol)) return;
  throw error('pickle-opcode', {
    subject,
    rule: `protocol must be one of ${PROTOCOLS.join(', ')}`,
    got: protocol,
  });
}

function unknownOpcode(subject: string, code: number, place: number): Error {
  const rule = 'must be made of the opcodes of protocols 0 to 5';
  const letter = code > 0x20 && code < 0x7f ? ` (${String.fromCharCode(code)})` : '';
  const got = `opcode 0x${code.toString(16).padStart(2, '0')}${letter}`;
  return error('pickle-opcode', { subject: `${subject}, byte ${place}`, rule, got });
}
