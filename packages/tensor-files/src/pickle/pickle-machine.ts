import { error } from '../error.ts';
import {
  kindOf,
  MARK,
  PickleDict,
  PickleGlobal,
  PickleList,
  PickleObject,
  PickleTuple,
  type PickleKey,
  type PickleValue,
} from './pickle-value.ts';

/** What names and persistent ids of a pickle stand for. */
export interface PickleObjects {
  /** False for a name that is refused. */
  knows(name: string): boolean;
  /** What a call of a known name gives. It must not do anything. */
  call(name: string, args: readonly PickleValue[]): PickleValue;
  persistent(id: PickleValue): PickleValue;
}

/** The stack and the memo of a pickle that is read. Every step takes what one opcode may: nothing grows by itself. */
export class PickleMachine {
  /** The opcode's, for errors. */
  place = 0;
  readonly #subject: string;
  readonly #objects: PickleObjects;
  readonly #stack: PickleValue[] = [];
  readonly #memo = new Map<number, PickleValue>();

  constructor(subject: string, objects: PickleObjects) {
    this.#subject = subject;
    this.#objects = objects;
  }

  push(value: PickleValue): void {
    this.#stack.push(value);
  }

  mark(): void {
    this.#stack.push(MARK);
  }

  popToMark(): PickleValue[] {
    const mark = this.#stack.lastIndexOf(MARK);
    if (mark < 0) throw this.#refuse('must have a mark below', 'none');
    const items = this.#stack.splice(mark + 1);
    this.#stack.pop();
    return items;
  }

  popMany(count: number): PickleValue[] {
    const items = this.#stack.splice(Math.max(0, this.#stack.length - count));
    if (items.length < count || items.includes(MARK)) {
      throw this.#refuse(`needs ${count} values on the stack`, items.length);
    }
    return items;
  }

  tuple(items: readonly PickleValue[]): void {
    this.push(new PickleTuple(items));
  }

  list(): void {
    this.push(new PickleList());
  }

  dict(): void {
    this.push(new PickleDict());
  }

  append(items: readonly PickleValue[]): void {
    const list = this.#top();
    if (!(list instanceof PickleList)) throw this.#refuse('may append to a list', kindOf(list));
    for (const item of items) list.items.push(item);
  }

  setItems(items: readonly PickleValue[]): void {
    const dict = this.#top();
    if (!(dict instanceof PickleDict)) throw this.#refuse('may set an item of a dictionary', kindOf(dict));
    if (items.length % 2 !== 0) throw this.#refuse('must have a value for each key', items.length);
    for (let i = 0; i < items.length; i += 2) {
      const key = items[i]!;
      if (!isKey(key)) throw this.#refuse('keys must be text, numbers, booleans or None', kindOf(key));
      if (dict.entries.has(key)) throw this.#refuse('must hold a key once', `${String(key)} twice`);
      dict.entries.set(key, items[i + 1]!);
    }
  }

  memoize(index = this.#memo.size): void {
    this.#memo.set(index, this.#top());
  }

  recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) throw this.#refuse('must have been put into the memo', `place ${index}`);
    this.push(value);
  }

  global(module: string, name: string): void {
    const full = `${module}.${name}`;
    if (!this.#objects.knows(full)) throw this.#refusedGlobal(full);
    this.push(new PickleGlobal(full));
  }

  stackGlobal(): void {
    const [module, name] = this.popMany(2);
    if (typeof module !== 'string' || typeof name !== 'string') {
      throw this.#refuse('a global must be named by text', `${kindOf(module)}, ${kindOf(name)}`);
    }
    this.global(module, name);
  }

  persistentId(): void {
    const [id] = this.popMany(1);
    this.push(this.#within(() => this.#objects.persistent(id!)));
  }

  reduce(): void {
    const [callee, args] = this.popMany(2);
    if (!(callee instanceof PickleGlobal && args instanceof PickleTuple)) {
      throw this.#refuse('may call a global with a tuple', `${kindOf(callee)}, ${kindOf(args)}`);
    }
    this.push(this.#within(() => this.#objects.call(callee.kind, args.items)));
  }

  /** Attributes of a dictionary, or of a value that is passed over, are passed over too. */
  build(): void {
    this.popMany(1);
    const top = this.#top();
    if (top instanceof PickleDict || top instanceof PickleObject) return;
    throw this.#refuse('may set attributes of a dictionary', kindOf(top));
  }

  result(): PickleValue {
    const [value] = this.popMany(1);
    if (this.#stack.length > 0) throw this.#refuse('must end with one value', this.#stack.length + 1);
    return value!;
  }

  #top(): PickleValue {
    const top = this.#stack.at(-1);
    if (top === undefined || top === MARK) throw this.#refuse('needs a value on the stack', 'none');
    return top;
  }

  #within<T>(call: () => T): T {
    try {
      return call();
    } catch (cause) {
      if (cause instanceof PickleFault) throw this.#refuse(cause.message, cause.got);
      throw cause;
    }
  }

  #refuse(rule: string, got: unknown): Error {
    return error('pickle-value', { subject: `${this.#subject}, byte ${this.place}`, rule, got });
  }

  #refusedGlobal(name: string): Error {
    return error('pickle-global', {
      subject: `${this.#subject}, byte ${this.place}`,
      rule: 'only what tensors are made of is read, and nothing is run',
      got: name,
      hint: 'Save model.state_dict(), of tensors alone.',
    });
  }
}

/** What `PickleObjects` throw for arguments they do not take: the machine adds the place. */
export class PickleFault extends Error {
  readonly got: unknown;

  constructor(rule: string, got: unknown) {
    super(rule);
    this.got = got;
  }
}

function isKey(value: PickleValue): value is PickleKey {
  return value === null || ['string', 'number', 'bigint', 'boolean'].includes(typeof value);
}
