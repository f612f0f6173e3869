import { counted } from '@ttrec/core';
import { error } from '../error.ts';
import {
  kindOf,
  MARK,
  nameOf,
  PickleDict,
  PickleGlobal,
  PickleInstance,
  PickleList,
  PickleObject,
  PickleTuple,
  type PickleValue,
} from './pickle-value.ts';

/** Values for the calls and persistent ids of a pickle. The functions must not have side effects. */
export interface PickleObjects {
  /** The result of a call of a name; undefined for unknown names. */
  call(name: string, args: readonly PickleValue[]): PickleValue | undefined;
  /** Undefined for unknown ids. */
  persistent(id: PickleValue): PickleValue | undefined;
}

/** The stack and the memo of a pickle being read. Each method is one opcode. */
export class PickleMachine {
  /** Position of the opcode, for errors. */
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
      throw this.#refuse(`needs ${counted(count, 'value')} on the stack`, items.length);
    }
    return items;
  }

  tuple(items: readonly PickleValue[]): void {
    this.push(new PickleTuple(items));
  }

  listOf(items: readonly PickleValue[]): void {
    this.push(new PickleList());
    this.append(items);
  }

  dictOf(items: readonly PickleValue[]): void {
    this.push(new PickleDict());
    this.setItems(items);
  }

  setOf(items: readonly PickleValue[]): void {
    this.push(new PickleInstance('set'));
    this.append(items);
  }

  pop(): void {
    if (this.#stack.pop() === undefined) throw this.#refuse('needs a value on the stack', 'none');
  }

  duplicate(): void {
    this.push(this.#top());
  }

  append(items: readonly PickleValue[]): void {
    const top = this.#top();
    const list = top instanceof PickleInstance ? top.list : top;
    if (!(list instanceof PickleList)) throw this.#refuse('may append to a list', kindOf(list));
    for (const item of items) list.items.push(item);
  }

  setItems(items: readonly PickleValue[]): void {
    const top = this.#top();
    const dict = top instanceof PickleInstance ? top.dict : top;
    if (!(dict instanceof PickleDict)) throw this.#refuse('may set an item of a dictionary', kindOf(dict));
    if (items.length % 2 !== 0) throw this.#refuse('must have a value for each key', items.length);
    for (let i = 0; i < items.length; i += 2) {
      const key = items[i]!;
      if (!isKey(key)) throw this.#refuse('keys must be text, numbers, tuples or objects', kindOf(key));
      if (dict.entries.has(key)) throw this.#refuse('must hold a key once', `${nameOf(key)} twice`);
      dict.entries.set(key, items[i + 1]!);
    }
  }

  memoize(index = this.#memo.size): void {
    this.#memo.set(index, this.#top());
  }

  recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) throw this.#refuse('must be in the memo', `place ${index}`);
    this.push(value);
  }

  global(module: string, name: string): void {
    this.push(new PickleGlobal(`${module}.${name}`));
  }

  stackGlobal(): void {
    const [module, name] = this.popMany(2);
    if (typeof module !== 'string' || typeof name !== 'string') {
      throw this.#refuse('a global must be named by text', `${kindOf(module)}, ${kindOf(name)}`);
    }
    this.global(module, name);
  }

  /** An object from outside of the pickle: a class of Python's registry of extensions, a buffer. */
  foreign(kind: string): void {
    this.push(new PickleInstance(kind));
  }

  persistentId(id?: string): void {
    const value = id ?? this.popMany(1)[0]!;
    this.push(this.#objects.persistent(value) ?? new PickleInstance('a persistent id'));
  }

  /** A call of a function or a class. Nothing is run. */
  reduce(): void {
    const [callee, args] = this.popMany(2);
    this.#call(callee!, args!);
  }

  /** `reduce`, with a dictionary of named arguments, which is passed over. */
  newObjectEx(): void {
    const [callee, args] = this.popMany(3);
    this.#call(callee!, args!);
  }

  /** `reduce` of a class and its arguments behind the mark. */
  object(): void {
    const [callee, ...args] = this.popToMark();
    if (callee === undefined) throw this.#refuse('may call a global with a tuple', 'nothing');
    this.#call(callee, new PickleTuple(args));
  }

  instance(module: string, name: string): void {
    this.#call(new PickleGlobal(`${module}.${name}`), new PickleTuple(this.popToMark()));
  }

  /** Attributes of an object are passed over. */
  build(): void {
    this.popMany(1);
    const top = this.#top();
    if (top instanceof PickleDict || top instanceof PickleObject) return;
    throw this.#refuse('may set attributes of an object', kindOf(top));
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

  #call(callee: PickleValue, args: PickleValue): void {
    const callable = callee instanceof PickleGlobal || callee instanceof PickleInstance;
    if (!(callable && args instanceof PickleTuple)) {
      throw this.#refuse('may call a global with a tuple', `${kindOf(callee)}, ${kindOf(args)}`);
    }
    const known = callee instanceof PickleGlobal ? this.#objects.call(callee.kind, args.items) : undefined;
    this.push(known ?? new PickleInstance(callee.kind));
  }

  #refuse(rule: string, got: unknown): Error {
    return error('pickle-value', { subject: `${this.#subject}, byte ${this.place}`, rule, got });
  }
}

/** Lists and dictionaries are not hashable in Python. */
function isKey(value: PickleValue): boolean {
  return !(value instanceof PickleList || value instanceof PickleDict || value === MARK);
}
