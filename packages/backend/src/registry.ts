import { typeName } from '@ttrec/core';
import { checkChoice, checkOptions, type OptionRules } from '@ttrec/core/options';
import type { Backend } from './backend.ts';
import { error } from './error.ts';

export type Availability =
  | { readonly available: true; readonly engine: string }
  | { readonly available: false; readonly reason: string };

/** A kind of backend that may or may not run here. */
export interface BackendFactory {
  /** Unique in a registry: `cpu`, `wasm`. */
  readonly name: string;
  /** The highest available priority is chosen. The reference backend has 0. */
  readonly priority: number;
  /** Whether it runs here, and if not, why. Never throws. */
  availability(): Promise<Availability>;
  create(): Promise<Backend>;
}

const factoryRules: OptionRules<BackendFactory> = {
  name: { required: 'string' },
  priority: 'any',
  availability: 'any',
  create: 'any',
};

export interface PassedOver {
  readonly name: string;
  readonly reason: string;
}

export interface Selection {
  readonly backend: Backend;
  /** Factories of higher priority that were not chosen, and why. Show it, so that users know what runs. */
  readonly passedOver: readonly PassedOver[];
}

export interface BackendRegistry {
  register(factory: BackendFactory): void;
  /** All factories, highest priority first. */
  list(): readonly BackendFactory[];
  /** @throws `backend/unknown-backend` */
  get(name: string): BackendFactory;
  /**
   * Creates the available backend of highest priority, or the one named `required`. A backend that
   * is available but fails to start is passed over too, with its error as the reason.
   * @throws `backend/unknown-backend`, `backend/backend-unavailable` (a required backend never falls back to another)
   */
  select(options?: { readonly required?: string }): Promise<Selection>;
}

/** An open registry: plain object, no global state. Applications fill one with the backends they ship. */
export function createRegistry(factories: Iterable<BackendFactory> = []): BackendRegistry {
  const byName = new Map<string, BackendFactory>();
  const registry: BackendRegistry = {
    register(factory) {
      checkOptions(error, 'backend factory', factory, factoryRules);
      if (byName.has(factory.name)) {
        throw error('duplicate-backend', {
          subject: 'registry',
          rule: 'each name may be registered once',
          got: factory.name,
        });
      }
      byName.set(factory.name, factory);
    },
    list: () => [...byName.values()].sort((a, b) => b.priority - a.priority || (a.name < b.name ? -1 : 1)),
    get(name) {
      checkChoice(error, 'unknown-backend', 'backend', name, [...byName.keys()]);
      return byName.get(name)!;
    },
    async select(options = {}) {
      checkOptions(error, 'select', options, { required: 'string' });
      const { required } = options;
      if (required !== undefined) {
        return { backend: await createRequired(registry.get(required)), passedOver: [] };
      }
      const passedOver: PassedOver[] = [];
      for (const factory of registry.list()) {
        const made = await attempt(factory);
        if (typeof made !== 'string') return { backend: made, passedOver };
        passedOver.push({ name: factory.name, reason: made });
      }
      throw unavailable('registry', passedOver);
    },
  };
  if (typeof (factories as Partial<Iterable<unknown>> | null)?.[Symbol.iterator] !== 'function') {
    throw error('bad-options', {
      subject: 'createRegistry',
      rule: 'must be a list of factories',
      got: typeName(factories),
    });
  }
  for (const factory of factories) registry.register(factory);
  return registry;
}

/** The backend, or why there is none. */
async function attempt(factory: BackendFactory): Promise<Backend | string> {
  const availability = await factory.availability();
  if (!availability.available) return availability.reason;
  try {
    return await factory.create();
  } catch (thrown) {
    return `available, but failed to start: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
  }
}

async function createRequired(factory: BackendFactory): Promise<Backend> {
  const { name } = factory;
  const availability = await factory.availability();
  if (availability.available) return factory.create();
  throw unavailable(`backend "${name}"`, [{ name, reason: availability.reason }]);
}

function unavailable(subject: string, passedOver: readonly PassedOver[]): Error {
  const reasons = passedOver.map(({ name, reason }) => `${name}: ${reason}`).join('; ');
  return error('backend-unavailable', {
    subject,
    rule: 'an engine must be available',
    hint: reasons === '' ? 'The registry is empty.' : reasons,
  });
}
