import { isTtrecError } from '@ttrec/core';
import { webGL2Of, webGpuOf } from './device/context.ts';
import { error } from './error.ts';
import {
  input,
  type DeviceResult,
  type GpuArgument,
  type GpuJs,
  type GpuKernel,
  type HostResult,
  type Mode,
} from './device/gpu-js.ts';
import { sourceText, type KernelSource, type ParameterType } from './kernels/kernel-source.ts';

/** The numbers of a matrix: rows one after another on the host, or a result on the device. */
export type Value = Float32Array<ArrayBuffer> | DeviceResult;

export interface Matrix {
  readonly rows: number;
  readonly cols: number;
  readonly value: Value;
}

export type Argument = Matrix | number;

const argumentTypes: Readonly<Record<ParameterType, string | undefined>> = {
  integer: 'Integer',
  float: 'Float',
  matrix: undefined,
};

const SETTINGS = {
  pipeline: true,
  // Each result is its own: the one before may still be an input.
  immutable: true,
  dynamicOutput: true,
  dynamicArguments: true,
  precision: 'single',
  tactic: 'precision',
  // No loop is cut short: gpu.js would end it after 1000 turns.
  loopMaxIterations: 2 ** 24,
};

/** How long to wait for a device to report its loss after work on it has failed. */
const LOSS_MS = 200;

/** Kernels of one gpu.js instance: compiled on first use, checked to run in the mode that was asked for. */
export class Engine {
  readonly #gpu: GpuJs;
  readonly #dispose: () => Promise<void>;
  readonly #kernels = new Map<string, GpuKernel>();
  #mode: Mode | undefined;
  #deviceError: string | undefined;
  #listening = false;

  /** @param parts without `mode`, the mode of the first kernel is taken; `dispose` ends the instance */
  constructor(parts: { readonly gpu: GpuJs; readonly mode?: Mode; readonly dispose?: () => Promise<void> }) {
    this.#gpu = parts.gpu;
    this.#mode = parts.mode;
    this.#dispose = parts.dispose ?? (async () => undefined);
  }

  /** gpu.js's mode. */
  get mode(): Mode {
    return this.#mode!;
  }

  /** Whether results stay on a device. */
  get onDevice(): boolean {
    return this.mode === 'webgpu' || this.mode === 'webgl2';
  }

  /** gpu.js's context, once a kernel has run: `{ adapter, device }` of WebGPU, or the WebGL2 context. */
  get context(): unknown {
    return [...this.#kernels.values()][0]?.kernel.context;
  }

  /** Computes a [rows, cols] matrix, neither of them 0. */
  async launch(
    source: KernelSource,
    [rows, cols]: readonly [rows: number, cols: number],
    args: readonly Argument[],
  ): Promise<Value> {
    return this.#guarded(`kernel "${source.name}"`, async () => {
      const kernel = this.#kernel(source);
      kernel.setOutput(this.#outputOf(rows, cols));
      const result = kernel(...args.map((argument) => this.#argument(argument)));
      const settled = result instanceof Promise ? await result : result;
      this.#requireMode(source, kernel);
      return 'toArray' in settled ? settled : flat(settled, cols);
    });
  }

  async download({ value, cols }: Matrix): Promise<Float32Array<ArrayBuffer>> {
    if (value instanceof Float32Array) return value;
    return this.#guarded('read', async () => flat(await value.toArray(), cols));
  }

  /** Resolves when the device has done what was launched. */
  async sync(): Promise<void> {
    await this.#guarded('sync', async () => {
      await webGpuOf(this.context)?.device.queue.onSubmittedWorkDone();
      webGL2Of(this.context)?.finish();
    });
  }

  release(value: Value): void {
    if (!(value instanceof Float32Array)) value.delete();
  }

  async dispose(): Promise<void> {
    webGpuOf(this.context)?.device.removeEventListener('uncapturederror', this.#hear);
    for (const kernel of this.#kernels.values()) kernel.destroy();
    this.#kernels.clear();
    await this.#dispose();
  }

  #kernel(source: KernelSource): GpuKernel {
    let kernel = this.#kernels.get(source.name);
    if (kernel === undefined) {
      const matrix = this.#wantsRows ? 'Array' : 'Input';
      const types = Object.values(source.parameters).map((type) => argumentTypes[type] ?? matrix);
      const text = sourceText(source, this.#rowsInDepth ? 'z' : 'y');
      const settings = { ...SETTINGS, argumentTypes: types, output: this.#outputOf(1, 1) };
      kernel = this.#gpu.createKernel(text, settings);
      this.#kernels.set(source.name, kernel);
    }
    return kernel;
  }

  /**
   * In mode `webgl2` a matrix of two dimensions becomes a texture of that height and width, of which neither may pass the
   * device's 8192 or 16384; one of three is laid out as squarely as it goes. Its elements follow each other all the same.
   */
  get #rowsInDepth(): boolean {
    return this.#mode === 'webgl2';
  }

  #outputOf(rows: number, cols: number): readonly number[] {
    return this.#rowsInDepth ? [cols, 1, rows] : [cols, rows];
  }

  /** Mode `cpu` of gpu.js reads an `input` with the width of the output, whatever its own: there, rows go in one by one. */
  get #wantsRows(): boolean {
    return this.#mode === 'cpu';
  }

  #argument(argument: Argument): GpuArgument {
    if (typeof argument === 'number') return argument;
    const { value, rows, cols } = argument;
    if (!(value instanceof Float32Array)) return value;
    if (!this.#wantsRows) return input(value, [cols, rows]);
    return Array.from({ length: rows }, (_, y) => value.subarray(y * cols, (y + 1) * cols));
  }

  #requireMode(source: KernelSource, kernel: GpuKernel): void {
    const ran = modeOf(kernel);
    this.#mode ??= ran as Mode;
    if (ran === this.#mode) return;
    const { fallbackReason } = kernel.kernel;
    throw error('wrong-mode', {
      subject: `kernel "${source.name}"`,
      rule: `must run in gpu.js mode ${this.#mode}`,
      got: ran,
      hint: typeof fallbackReason === 'string' ? `gpu.js says: ${fallbackReason}` : 'gpu.js gives no reason.',
    });
  }

  /** Runs work on the device and turns what goes wrong into one clear error, a lost device first of all. */
  async #guarded<Result>(subject: string, work: () => Promise<Result>): Promise<Result> {
    let result: Result;
    try {
      result = await work();
    } catch (thrown) {
      if (isTtrecError(thrown)) throw thrown;
      throw (await this.#loss(LOSS_MS)) ?? failure(subject, thrown);
    }
    const gl = webGL2Of(this.context);
    // WebGL does not report a lost context, nor WebGPU results that were never computed.
    if (gl?.isContextLost()) throw lost('WebGL2');
    if (this.#deviceError !== undefined) throw failure(subject, this.#deviceError);
    this.#listen();
    return result;
  }

  #listen(): void {
    if (this.#listening) return;
    this.#listening = true;
    webGpuOf(this.context)?.device.addEventListener('uncapturederror', this.#hear);
  }

  readonly #hear = (event: GPUUncapturedErrorEvent) => {
    this.#deviceError ??= event.error.message;
  };

  async #loss(patience: number): Promise<Error | undefined> {
    if (webGL2Of(this.context)?.isContextLost()) return lost('WebGL2');
    const device = webGpuOf(this.context)?.device;
    if (device === undefined) return undefined;
    const waited = new Promise<undefined>((resolve) => {
      setTimeout(() => resolve(undefined), patience);
    });
    const info = await Promise.race([device.lost, waited]);
    return info && lost('WebGPU', info.message);
  }
}

function lost(api: string, message = ''): Error {
  return error('device-lost', {
    subject: api,
    rule: 'the device must stay',
    got: message === '' ? 'its loss' : `its loss: ${message}`,
    hint: 'What was on it is gone: make a new backend and go on from the last checkpoint.',
  });
}

function failure(subject: string, cause: unknown): Error {
  return error('device-failed', {
    subject,
    rule: 'gpu.js must carry it out',
    got: cause instanceof Error ? cause.message : String(cause),
    cause,
  });
}

/** The mode that a kernel runs in. gpu.js calls every WebGL mode `gpu`; its context has the version. */
function modeOf({ kernel }: GpuKernel): string {
  const { mode } = kernel.constructor;
  if (mode !== 'gpu') return mode;
  return webGL2Of(kernel.context) ? 'webgl2' : 'another WebGL';
}

/** Rows as one array, without a copy where they are parts of one already. */
function flat(result: HostResult, cols: number): Float32Array<ArrayBuffer> {
  const rows = result.map((row) => (row instanceof Float32Array ? row : row[0]!));
  const first = rows[0]!;
  if (first.byteOffset === 0 && first.buffer.byteLength === 4 * cols * rows.length) {
    return new Float32Array(first.buffer as ArrayBuffer);
  }
  const whole = new Float32Array(rows.length * cols);
  rows.forEach((row, y) => whole.set(row, y * cols));
  return whole;
}
