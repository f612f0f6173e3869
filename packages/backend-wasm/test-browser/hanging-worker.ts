/** A worker of the team that never finishes a part when it follows: it can only be ended from outside. */
import '../src/worker.ts';

type Kernel = (...numbers: number[]) => unknown;

const { instantiate } = WebAssembly;
let isFollowing = false;
addEventListener(
  'message',
  ({ data }: MessageEvent<{ role: string }>) => (isFollowing = data.role === 'follow'),
  { once: true },
);

const hanging =
  (kernel: Kernel): Kernel =>
  (...numbers) => {
    while (isFollowing);
    return kernel(...numbers);
  };

Object.assign(WebAssembly, {
  async instantiate(...args: Parameters<typeof instantiate>) {
    const { exports } = await instantiate(...args);
    const kernels = Object.entries(exports).map(([name, kernel]) => [name, hanging(kernel as Kernel)]);
    return { exports: Object.fromEntries(kernels) as unknown };
  },
});
