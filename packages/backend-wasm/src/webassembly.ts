/** The part of WebAssembly's JavaScript interface that this package uses; engines have it, the language's own types do not. */
export interface WasmMemory {
  /** A SharedArrayBuffer where the memory is shared. */
  readonly buffer: ArrayBuffer | SharedArrayBuffer;
  /** Pages of 64 KiB. Throws a RangeError when there are none left; views of `buffer` end where they ended afterwards. */
  grow(pages: number): number;
}

export type WasmModule = object;

interface WebAssemblyInterface {
  validate(bytes: Uint8Array<ArrayBuffer>): boolean;
  compile(bytes: Uint8Array<ArrayBuffer>): Promise<WasmModule>;
  instantiate(
    module: WasmModule,
    imports: Record<string, Record<string, unknown>>,
  ): Promise<{ readonly exports: unknown }>;
  readonly Memory: new (pages: {
    readonly initial: number;
    readonly maximum: number;
    readonly shared?: boolean;
  }) => WasmMemory;
}

interface Globals {
  readonly WebAssembly?: WebAssemblyInterface;
  readonly atob: (base64: string) => string;
}

/** Undefined where an engine has none, or a page's policy took it away. */
export function webAssembly(): WebAssemblyInterface | undefined {
  return (globalThis as unknown as Globals).WebAssembly;
}

export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from((globalThis as unknown as Globals).atob(base64), (char) => char.charCodeAt(0));
}
