import { error } from '../error.ts';
import { PickleBytes } from './pickle-bytes.ts';
import { PickleMachine, type PickleObjects } from './pickle-machine.ts';
import type { PickleValue } from './pickle-value.ts';

type Opcode = (machine: PickleMachine, bytes: PickleBytes) => void;

/** The opcodes of protocols 2 to 5 that a dictionary of tensors is made of, by the letters of Python's `pickletools`. */
const OPCODES: Readonly<Record<string, Opcode>> = {
  N: (machine) => machine.push(null),
  '\x88': (machine) => machine.push(true),
  '\x89': (machine) => machine.push(false),
  J: (machine, bytes) => machine.push(bytes.int32()),
  K: (machine, bytes) => machine.push(bytes.uint8()),
  M: (machine, bytes) => machine.push(bytes.uint16()),
  G: (machine, bytes) => machine.push(bytes.float64()),
  '\x8a': (machine, bytes) => machine.push(bytes.long(bytes.uint8())),
  X: (machine, bytes) => machine.push(bytes.text(bytes.uint32())),
  '\x8c': (machine, bytes) => machine.push(bytes.text(bytes.uint8())),
  B: (machine, bytes) => machine.push(bytes.bytes(bytes.uint32())),
  C: (machine, bytes) => machine.push(bytes.bytes(bytes.uint8())),
  '(': (machine) => machine.mark(),
  ')': (machine) => machine.tuple([]),
  t: (machine) => machine.tuple(machine.popToMark()),
  '\x85': (machine) => machine.tuple(machine.popMany(1)),
  '\x86': (machine) => machine.tuple(machine.popMany(2)),
  '\x87': (machine) => machine.tuple(machine.popMany(3)),
  ']': (machine) => machine.list(),
  a: (machine) => machine.append(machine.popMany(1)),
  e: (machine) => machine.append(machine.popToMark()),
  '}': (machine) => machine.dict(),
  s: (machine) => machine.setItems(machine.popMany(2)),
  u: (machine) => machine.setItems(machine.popToMark()),
  q: (machine, bytes) => machine.memoize(bytes.uint8()),
  r: (machine, bytes) => machine.memoize(bytes.uint32()),
  '\x94': (machine) => machine.memoize(),
  h: (machine, bytes) => machine.recall(bytes.uint8()),
  j: (machine, bytes) => machine.recall(bytes.uint32()),
  c: (machine, bytes) => machine.global(bytes.line(), bytes.line()),
  '\x93': (machine) => machine.stackGlobal(),
  Q: (machine) => machine.persistentId(),
  R: (machine) => machine.reduce(),
  b: (machine) => machine.build(),
};

const [PROTO, FRAME, STOP] = [0x80, 0x95, 0x2e];
const PROTOCOLS = [2, 3, 4, 5];

/**
 * Reads a pickle without running it: an interpreter of the few opcodes that dictionaries of tensors are made of, for which
 * names are only words. `objects` says which names there are and what a call of them stands for.
 * Takes memory in proportion to `bytes`.
 * @param subject what errors call the pickle
 * @throws `tensor-files/pickle-opcode`, `…/pickle-global`, `…/pickle-value`, `…/pickle-truncated`, and what `objects` throws
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
  const rule = 'only the opcodes of dictionaries of tensors are read';
  const letter = code > 0x20 && code < 0x7f ? ` (${String.fromCharCode(code)})` : '';
  const got = `opcode 0x${code.toString(16).padStart(2, '0')}${letter}`;
  const hint = 'Save model.state_dict() rather than the model.';
  return error('pickle-opcode', { subject: `${subject}, byte ${place}`, rule, got, hint });
}
