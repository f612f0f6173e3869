/** What a pickle may say without anything of Python being run. */
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

/** What may be a key: anything else would need Python's own idea of equality. */
export type PickleKey = string | number | bigint | boolean | null;

/** Everything that has a name in errors. */
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

/** `dict` and `OrderedDict`. */
export class PickleDict extends Named {
  readonly kind = 'dict';
  readonly entries = new Map<PickleKey, PickleValue>();
}

/** A name of Python's, which stands for nothing but itself. */
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

/** What the reader of a format made of a call or a persistent id: a tensor, a storage, or a value passed over. */
export abstract class PickleObject extends Named {}

/** A value in a word, for errors. */
export function kindOf(value: PickleValue | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'None';
  if (value instanceof Uint8Array) return 'bytes';
  return value instanceof Named ? value.kind : typeof value;
}
