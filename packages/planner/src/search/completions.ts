/** An option for one table, as the search sees it. */
export interface Choice {
  readonly bytes: number;
  /** What it contributes to the loss of the model. */
  readonly loss: number;
}

/** The linear relaxation of the tables from some position on. */
export interface Completions {
  /** The bytes of their smallest choices. */
  readonly leastBytes: number;
  /** A lower bound of the loss of any combination within `bytes`, which must be at least `leastBytes`. O(log steps). */
  bound(bytes: number): number;
  /** The loss of the last combination of whole choices that the relaxation reaches within `bytes`. */
  reached(bytes: number): number;
  /** That combination: for each of the tables, the position of its choice. */
  picks(bytes: number): number[];
  /** All combinations of whole choices on the path of the relaxation, from the fewest bytes to the least loss. Each is an optimum. */
  readonly breakpoints: readonly Choice[];
  /** From each breakpoint to the next: the table that changes, and the position of its new choice. */
  readonly steps: readonly { readonly table: number; readonly to: number }[];
}

/** From one choice of a table to a later one, on the lower convex hull of its list. */
interface Step {
  readonly table: number;
  readonly to: number;
  readonly bytes: number;
  readonly loss: number;
}

/**
 * The relaxations of the tables from each position on; the last one is of no tables.
 *
 * A relaxed choice may be a mixture of choices. Only the lower convex hull of each list matters then, and the relaxation
 * takes the steps along all hulls in order of loss saved per byte. O(F · n log n) for n choices in F lists.
 */
export function completionsOf(lists: readonly (readonly Choice[])[]): Completions[] {
  const steps = lists
    .flatMap((choices, table) => hullSteps(choices, table))
    .sort((a, b) => b.loss / b.bytes - a.loss / a.bytes);
  return Array.from({ length: lists.length + 1 }, (_, from) =>
    completionsFrom(
      lists.slice(from),
      steps.filter(({ table }) => table >= from).map((step) => ({ ...step, table: step.table - from })),
    ),
  );
}

function completionsFrom(lists: readonly (readonly Choice[])[], steps: readonly Step[]): Completions {
  const bytes = new Float64Array(steps.length + 1);
  const loss = new Float64Array(steps.length + 1);
  for (const [first] of lists) {
    bytes[0]! += first!.bytes;
    loss[0]! += first!.loss;
  }
  steps.forEach((step, k) => {
    bytes[k + 1] = bytes[k]! + step.bytes;
    loss[k + 1] = loss[k]! - step.loss;
  });
  const last = (within: number) => lastNotAbove(bytes, within);
  return {
    leastBytes: bytes[0]!,
    bound(within) {
      const k = last(within);
      const next = steps[k];
      return next === undefined ? loss[k]! : loss[k]! - ((within - bytes[k]!) / next.bytes) * next.loss;
    },
    reached: (within) => loss[last(within)]!,
    picks(within) {
      const picks = lists.map(() => 0);
      for (const { table, to } of steps.slice(0, last(within))) picks[table] = to;
      return picks;
    },
    steps,
    breakpoints: Array.from(bytes, (value, k) => ({ bytes: value, loss: loss[k]! })),
  };
}

/** Steps along the lower convex hull of choices with ascending bytes and descending loss. */
function hullSteps(choices: readonly Choice[], table: number): Step[] {
  const hull: number[] = [];
  for (let i = 0; i < choices.length; i++) {
    while (hull.length >= 2 && !turnsUp(choices, hull.at(-2)!, hull.at(-1)!, i)) hull.pop();
    hull.push(i);
  }
  return hull.slice(1).map((to, k) => ({
    table,
    to,
    bytes: choices[to]!.bytes - choices[hull[k]!]!.bytes,
    loss: choices[hull[k]!]!.loss - choices[to]!.loss,
  }));
}

/** Whether the step from a to b saves more per byte than the step from b to c. */
function turnsUp(choices: readonly Choice[], a: number, b: number, c: number): boolean {
  const slope = (from: number, to: number) =>
    (choices[from]!.loss - choices[to]!.loss) / (choices[to]!.bytes - choices[from]!.bytes);
  return slope(a, b) > slope(b, c);
}

/** The last position of an ascending array whose value is at most `limit`; the first when none is. */
function lastNotAbove(ascending: Float64Array, limit: number): number {
  let low = 0;
  let high = ascending.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (ascending[middle]! <= limit) low = middle;
    else high = middle - 1;
  }
  return low;
}
