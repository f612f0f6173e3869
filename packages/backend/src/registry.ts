import { nearest } from '@ttrec/errors';
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

export interface PassedOver {
  readonly name: string;
  readonly reason: string;
}

export interface Selection {
  readonly backend: Backend;
  /** Factories of higher priority that were not chosen, and why. Show it: nobody should wonder what ran. */
  readonly passedOver: readonly PassedOver[];
}

export interface BackendRegistry {
  register(factory: BackendFactory): void;
  /** All factories, highest priority first. */
  list(): readonly BackendFactory[];
  /**
   * Creates the available backend of highest priority, or the one named `required`.
   * @throws `backend/unknown-backend`, `backend/backend-unavailable` (a required backend never falls back to another)
   */
  select(options?: { readonly required?: string }): Promise<Selection>;
}

/** An open registry: plain object, no global state. Applications fill one with the backends they ship. */
export function createRegistry(factories: Iterable<BackendFactory> = []): BackendRegistry {
  const byName = new Map<string, BackendFactory>();
  const registry: BackendRegistry = {
    register(factory) {
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
    async select({ required } = {}) {
      if (required !== undefined) return { backend: await createRequired(required, byName), passedOver: [] };
      const passedOver: PassedOver[] = [];
      for (const factory of registry.list()) {
        const availability = await factory.availability();
        if (availability.available) return { backend: await factory.create(), passedOver };
        passedOver.push({ name: factory.name, reason: availability.reason });
      }
      throw unavailable('registry', passedOver);
    },
  };
  for (const factory of factories) registry.register(factory);
  return registry;
}

async function createRequired(name: string, byName: ReadonlyMap<string, BackendFactory>): Promise<Backend> {
  const factory = byName.get(name);
  if (!factory) {
    const known = [...byName.keys()].join(', ');
    const near = nearest(name, byName.keys());
    const hint = near === undefined ? {} : { hint: `Did you mean "${near}"?` };
    throw error('unknown-backend', {
      subject: 'backend',
      rule: `must be one of ${known}`,
      got: name,
      ...hint,
    });
  }
  const availability = await factory.availability();
  if (!availability.available)
    throw unavailable(`backend "${name}"`, [{ name, reason: availability.reason }]);
  return factory.create();
}

function unavailable(subject: string, passedOver: readonly PassedOver[]): Error {
  const reasons = passedOver.map(({ name, reason }) => `${name}: ${reason}`).join('; ');
  return error('backend-unavailable', {
    subject,
    rule: 'an engine must be available',
    got: reasons || 'an empty registry',
  });
}
