import type { Backend } from '@ttrec/backend';
import type { KernelArgs, KernelName, Kernels } from '@ttrec/backend/kernels';
import { createCpuBackend } from '@ttrec/backend-cpu';
import { conformanceCases, type ConformanceCase } from '@ttrec/testkit/backend';
import { describe, expect, test } from 'vitest';

/** The CPU backend with one kernel replaced. The suite must find each of these out, or it proves nothing. */
function withKernel<Name extends KernelName>(
  name: Name,
  replace: (args: KernelArgs[Name], kernels: Kernels) => void,
): () => Backend {
  return () => {
    const backend = createCpuBackend();
    return { ...backend, [name]: (args: KernelArgs[Name]) => replace(args, backend) };
  };
}

function without<T extends object, Key extends keyof T>(args: T, key: Key): Omit<T, Key> {
  return Object.fromEntries(Object.entries(args).filter(([name]) => name !== key)) as Omit<T, Key>;
}

const faults: Readonly<Record<string, () => Backend>> = {
  'matmul forgets transposeA of square matrices': withKernel('matmul', (args, { matmul }) =>
    matmul(args.a.rows === args.a.cols ? { ...args, transposeA: false } : args),
  ),
  'matmul forgets the bias': withKernel('matmul', ({ a, b, out, ...rest }, { matmul }) =>
    matmul({ a, b, out, transposeA: rest.transposeA ?? false, transposeB: rest.transposeB ?? false }),
  ),
  'matmul writes one column too many': withKernel('matmul', (args, { matmul, fill }) => {
    matmul(args);
    fill({ out: { ...args.out, column: args.out.column + args.out.cols, cols: 1 }, value: 0 });
  }),
  'biasActivationBackward lets every gradient pass': withKernel(
    'biasActivationBackward',
    (args, { biasActivationBackward }) => biasActivationBackward({ ...args, activation: 'identity' }),
  ),
  'bagForward takes means for sums': withKernel('bagForward', (args, { bagForward }) =>
    bagForward({ ...without(args, 'weights'), pooling: 'mean' }),
  ),
  'bagBackward forgets the weights': withKernel('bagBackward', (args, { bagBackward }) =>
    bagBackward(without(args, 'weights')),
  ),
  'bagBackward puts features in the wrong columns': withKernel('bagBackward', (args, { bagBackward }) =>
    bagBackward({ ...args, columns: [...args.columns].reverse() }),
  ),
  'ttForward reads digits one place off': withKernel('ttForward', (args, { ttForward }) => {
    const levels = args.levels.map((level) => {
      const digit = level.nodes > 1 ? { ...level.digit, start: level.digit.start - 1 } : level.digit;
      return { ...level, digit };
    });
    ttForward({ ...args, levels });
  }),
  'ttBackward does nothing': withKernel('ttBackward', () => undefined),
  'ttBackward leaves the first core out': withKernel('ttBackward', (args, { ttBackward, fill }) => {
    ttBackward(args);
    const buffer = args.gradCores[0]!;
    fill({ out: { buffer, row: 0, column: 0, rows: 1, cols: buffer.cols }, value: 0 });
  }),
  'dotInteractionBackward forgets the first feature': withKernel(
    'dotInteractionBackward',
    (args, { dotInteractionBackward, fill }) => {
      dotInteractionBackward(args);
      fill({ out: { ...args.gradFeatures, cols: 1 }, value: 0 });
    },
  ),
  'bceWithLogits ignores the scale': withKernel('bceWithLogits', (args, { bceWithLogits }) =>
    bceWithLogits({ ...args, scale: 1 }),
  ),
  'update takes adagrad for sgd': withKernel('update', (args, { update }) =>
    update({ ...without(args, 'state'), rule: 'sgd' }),
  ),
  'write keeps the array it is given': () => {
    const backend = createCpuBackend();
    return {
      ...backend,
      write: (buffer, data, start) => void Promise.resolve().then(() => backend.write(buffer, data, start)),
    };
  },
  'the bits depend on how often it was asked': () => {
    const backend = createCpuBackend();
    let asked = 0;
    const matmul: Kernels['matmul'] = (args) => {
      asked += 1;
      if (args.bias) backend.fill({ out: { ...args.bias, cols: 1 }, value: 1 + asked * 2 ** -20 });
      backend.matmul(args);
    };
    return { ...backend, matmul };
  },
  'copies come late': () => {
    const backend = createCpuBackend();
    const late: KernelArgs['copy'][] = [];
    const fill: Kernels['fill'] = (args) => {
      backend.fill(args);
      late.splice(0).forEach((each) => backend.copy(each));
    };
    return { ...backend, copy: (args) => void late.push(args), fill };
  },
  'a buffer is never freed': () => {
    const backend = createCpuBackend();
    const createBuffer: Backend['createBuffer'] = (spec) => {
      backend.createBuffer(spec);
      return backend.createBuffer(spec);
    };
    return { ...backend, createBuffer };
  },
};

/** The cases of the kernel that the fault names first, or those of the stream. */
function casesOf(fault: string): readonly ConformanceCase[] {
  const kernel = fault.split(' ')[0]!;
  const own = conformanceCases.filter(({ name }) => name.split(/[ ,:]/)[0] === kernel);
  return own.length > 2
    ? own
    : conformanceCases.filter(({ name }) => /^(a new|write|read|work|the same|memory)/.test(name));
}

async function failures(cases: readonly ConformanceCase[], create: () => Backend): Promise<unknown[]> {
  const failed: unknown[] = [];
  for (const conformanceCase of cases) {
    const backend = create();
    await conformanceCase.run(backend).catch((thrown: unknown) => failed.push(thrown));
    await backend.dispose();
  }
  return failed;
}

describe('the conformance suite finds out a backend of which', () => {
  test.each(Object.entries(faults))('%s', async (fault, create) => {
    const failed = await failures(casesOf(fault), create);
    expect(failed.length).toBeGreaterThan(0);
    // Found out by a comparison, and not by an accident on the way.
    for (const thrown of failed) {
      expect(thrown).toMatchObject({
        code: expect.stringMatching(/^testkit\/(wrong-result|written-outside|broken-rule)$/),
      });
    }
  });
});
