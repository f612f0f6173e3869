/** A value of a pickle. Nothing of Python is run to make one. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleTuple
  | PickleList
  | PickleDict
  | PickleGlobal
  | PickleObject
  | PickleMark;

/** Values that have a name in errors. */
abstract class Named {
  abstract readonly kind: string;
}

export class PickleTuple extends Named {
  readonly kind = 'tuple';
  readonly items: readonly PickleValue[];

  constructor(items: readonly PickleValue[]) {
    super();
    this.items = items;
  }
}

export class PickleList extends Named {
  readonly kind = 'list';
  readonly items: PickleValue[] = [];
}

/** `dict` and `OrderedDict`. Keys that are objects are told apart by identity, not by Python's equality. */
export class PickleDict extends Named {
  readonly kind = 'dict';
  readonly entries = new Map<PickleValue, PickleValue>();
}

/** A name of Python: a function, a class, a dtype. It is not looked up. */
export class PickleGlobal extends Named {
  readonly kind: string;

  constructor(name: string) {
    super();
    this.kind = name;
  }
}

class PickleMark extends Named {
  readonly kind = 'mark';
}

/** Where the items of a tuple, a list or a dictionary begin. */
export const MARK = new PickleMark();

/** What a format makes of a call or a persistent id: a tensor, a storage. */
export abstract class PickleObject extends Named {}

/** An object of an unknown class, or the result of an unknown call: its name, and the items if it is a subclass of `dict` or `list`. */
export class PickleInstance extends PickleObject {
  readonly kind: string;
  #dict: PickleDict | undefined;
  #list: PickleList | undefined;

  constructor(kind: string) {
    super();
    this.kind = kind;
  }

  get dict(): PickleDict {
    return (this.#dict ??= new PickleDict());
  }

  get list(): PickleList {
    return (this.#list ??= new PickleList());
  }

  get isEmpty(): boolean {
    return this.#dict === undefined && this.#list === undefined;
  }
}

/** The kind of a value, for errors. */
export function kindOf(value: PickleValue | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'None';
  if (value instanceof Uint8Array) return 'bytes';
  return value instanceof Named ? value.kind : typeof value;
}

/** The name of a key: a tuple is named by its items, an object by its class. */
export function nameOf(value: PickleValue): string {
  return value instanceof PickleTuple ? `(${value.items.map(plainName).join(', ')})` : plainName(value);
}

function plainName(value: PickleValue): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'object' ? kindOf(value) : String(value);
}
