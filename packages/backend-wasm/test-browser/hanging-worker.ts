/** A worker of the team that never finishes a part when it follows: it can only be ended from outside. */
import '../src/worker.ts';

type Kernel = (...numbers: number[]) => unknown;

interface Scope {
  addEventListener(
    type: 'message',
    listener: (event: { readonly data: { readonly role: string } }) => void,
    options: { readonly once: true },
  ): void;
  readonly WebAssembly: {
    instantiate: (...args: unknown[]) => Promise<{ readonly exports: Readonly<Record<string, Kernel>> }>;
  };
}

const scope = globalThis as unknown as Scope;
const { instantiate } = scope.WebAssembly;
let isFollowing = false;
scope.addEventListener('message', ({ data }) => (isFollowing = data.role === 'follow'), { once: true });

const hanging =
  (kernel: Kernel): Kernel =>
  (...numbers) => {
    while (isFollowing);
    return kernel(...numbers);
  };

Object.assign(scope.WebAssembly, {
  async instantiate(...args: unknown[]) {
    const { exports } = await instantiate(...args);
    const kernels = Object.entries(exports).map(([name, kernel]) => [name, hanging(kernel)]);
    return { exports: Object.fromEntries(kernels) as unknown };
  },
});
