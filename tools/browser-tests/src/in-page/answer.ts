/** A function of the entry to call. */
export interface Call {
  readonly name: string;
  readonly args: readonly unknown[];
}

/** What it returned, or what it threw in a form that crosses to Node. */
export type Answer =
  | { readonly value: unknown }
  | {
      readonly thrown: {
        readonly name: string;
        readonly message: string;
        readonly code?: string;
        readonly stack?: string;
      };
    };

declare global {
  /** How Node's side reaches the entry: see test-page.ts. */
  var ttrecAnswer: (call: Call) => Promise<Answer>;
}

/** Calls a function that the entry exports, and never throws. */
export async function answer(entry: Readonly<Record<string, unknown>>, call: Call): Promise<Answer> {
  try {
    const found = entry[call.name];
    if (typeof found !== 'function') throw new Error(`the entry exports no function "${call.name}"`);
    const act = found as (...args: readonly unknown[]) => unknown;
    return { value: await act(...call.args) };
  } catch (thrown) {
    return { thrown: described(thrown) };
  }
}

function described(thrown: unknown) {
  if (!(thrown instanceof Error)) return { name: 'Error', message: String(thrown) };
  const { name, message, stack } = thrown;
  const code = 'code' in thrown ? { code: String(thrown.code) } : {};
  return { name, message, ...code, ...(stack !== undefined && { stack }) };
}
