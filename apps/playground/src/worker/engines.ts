import { createRegistry, type Backend, type BackendFactory, type BackendRegistry } from '@ttrec/backend';
import { cpuBackendFactory } from '@ttrec/backend-cpu';
import { createGpuBackendFactory, type GpuMode } from '@ttrec/backend-gpu';
import { createWasmBackendFactory } from '@ttrec/backend-wasm';
// Bundled into a file of its own: the page's policy refuses workers made of text.
import workerUrl from '@ttrec/backend-wasm/worker?worker&url';
import type { EngineChoice, EngineOffer, EngineReport, ThreadsChoice } from '../protocol/messages.ts';

/** Software that plays a GPU is slower than every other engine: it runs when it is asked for, and only then. */
const software = new Set(['webgpu-software', 'webgl2-software']);

function factories(threads: ThreadsChoice): BackendFactory[] {
  return [
    gpu('webgpu', 21),
    gpu('webgl2', 20),
    createWasmBackendFactory({ threads, workerUrl }),
    cpuBackendFactory,
    gpu('webgpu', -1, true),
    gpu('webgl2', -2, true),
  ];
}

function gpu(mode: GpuMode, priority: number, isSoftware = false): BackendFactory {
  const factory = createGpuBackendFactory({ mode, software: isSoftware });
  return {
    name: isSoftware ? `${mode}-software` : mode,
    priority,
    availability: () => factory.availability(),
    create: () => factory.create(),
  };
}

/** The engines of this page, but those that have failed in it. */
function engines(failed: ReadonlySet<string> = new Set(), threads: ThreadsChoice = 1): BackendRegistry {
  return createRegistry(factories(threads).filter(({ name }) => !failed.has(name)));
}

/** Every engine, best first, and whether it runs here; software GPUs only where there is no hardware one. */
export async function offerEngines(): Promise<EngineOffer[]> {
  const offers: EngineOffer[] = [];
  for (const factory of engines().list()) {
    const { name } = factory;
    const found = await factory.availability();
    const engine = found.available ? found.engine : found.reason;
    const detail = software.has(name) ? `${engine}, played by the processor: slow` : engine;
    const isHidden =
      software.has(name) &&
      (!found.available || offers.some((offer) => offer.available && name === `${offer.name}-software`));
    if (!isHidden) offers.push({ name, available: found.available, detail });
  }
  return offers;
}

export interface RunningEngine {
  readonly backend: Backend;
  readonly report: EngineReport;
}

/**
 * Starts an engine: the one asked for or none, or the best available.
 *
 * @param failed engines that have failed in this page, and why: never taken by themselves
 * @throws `backend/unknown-backend`, `backend/backend-unavailable`
 */
export async function startEngine(
  { name: wanted, threads: threadsWanted }: EngineChoice,
  failed: ReadonlyMap<string, string> = new Map(),
): Promise<RunningEngine> {
  const isAutomatic = wanted === 'auto';
  const registry = engines(isAutomatic ? new Set([...failed.keys(), ...software]) : undefined, threadsWanted);
  const { backend, passedOver } = await registry.select(isAutomatic ? {} : { required: wanted });
  const { engine, threads, threadsReason } = backend.capabilities;
  // Both GPU modes call their backend `gpu`: the factory after those that were passed over has the name.
  const name = isAutomatic ? registry.list()[passedOver.length]!.name : wanted;
  const asChosen = name === 'wasm' && threadsWanted === 1 ? 'no more were asked for' : undefined;
  const lost = [...failed].map(([other, reason]) => ({ name: other, reason }));
  return {
    backend,
    report: {
      name,
      detail: engine,
      threads,
      threadsReason: threadsReason ?? asChosen,
      choice: isAutomatic ? 'automatic' : 'asked for',
      passedOver: isAutomatic ? [...lost, ...passedOver] : [],
    },
  };
}
