import type { TableKind } from '@ttrec/embeddings/kind';

/** A module whose exports are kinds of tables. */
export interface KindModule {
  /** As in the config: relative to its base directory, or absolute. */
  readonly path: string;
  /** SHA-256 of the file, in hexadecimal. What it imports is not covered. */
  readonly sha256: string;
  readonly kinds: readonly TableKind[];
  /** All that it exports. */
  readonly exports: readonly unknown[];
}

/** The kinds of tables that a config loads. As JSON, the paths and digests of their modules. */
export class KindModules {
  readonly modules: readonly KindModule[];

  constructor(modules: readonly KindModule[]) {
    this.modules = modules;
  }

  /** Kinds that are in no module of a config. */
  static of(kinds: readonly TableKind[]): KindModules {
    return new KindModules([{ path: '', sha256: '', kinds, exports: kinds }]);
  }

  get kinds(): readonly TableKind[] {
    return this.modules.flatMap(({ kinds }) => kinds);
  }

  /** All that the modules export. */
  get exports(): readonly unknown[] {
    return this.modules.flatMap((module) => module.exports);
  }

  toJSON(): { readonly path: string; readonly sha256: string }[] {
    return this.modules.map(({ path, sha256 }) => ({ path, sha256 }));
  }
}
