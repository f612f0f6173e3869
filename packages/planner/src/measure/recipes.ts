import { isTtrecError } from '@ttrec/core';
import type { TableConfig, TableSpec } from '@ttrec/embeddings';
import type { PlanFeature } from '../features.ts';
import { fitToBytes } from '../fit-to-bytes/fit-to-bytes.ts';
import { sizedForms } from '../fit-to-bytes/forms.ts';
import { permutedTTForms } from '../fit-to-bytes/tt-form.ts';
import { integerForms } from '../fit-to-bytes/integer-forms.ts';
import { chosenGenerators, optionGenerators } from '../options/generators.ts';
import { Planner, type PlannerOptions } from '../planner.ts';
import type { MeasuredCandidate } from './measurement.ts';
import { pricedTables, takenBytes } from './priced-table.ts';

/** Tables to make and the bytes that they may take. */
export interface TablesToMake {
  readonly features: readonly PlanFeature[];
  readonly planner: PlannerOptions;
  /** Of all tables, overhead included. */
  readonly bytes: number;
}

/**
 * A way to store tables, whatever their sizes: what is measured on a part of the rows, whose vocabularies are smaller, is made again for
 * all of them.
 */
export interface Recipe extends Pick<MeasuredCandidate, 'name' | 'single'> {
  /** Throws what `Planner` and `fitToBytes` throw, such as `planner/budget-too-small` for a kind that does not fit. */
  make(tables: TablesToMake): readonly TableSpec[];
}

const allForms = [...sizedForms, ...integerForms];

/** TTs whose cores learn at 0.3 of the rate, which some data needs and some does not: a wrong choice cost up to 0.09 of AUC. */
const slowTrains: Readonly<Record<string, TableConfig>> = {
  'tt-slow': { kind: 'tt', ranks: 1, rate: 0.3 },
  'tt-slow-2-cores': { kind: 'tt', ranks: 1, cores: 2, rate: 0.3 },
};

/** What `fitToBytes` takes for a name. */
function formOf(name: string): string | TableConfig {
  return slowTrains[name] ?? name;
}

/** How `fitToBytes` splits bytes among tables: less for large ones than for small ones, or the same compression. */
const [ROOT, EVEN] = [0.5, 1];

/** The instant plan. */
export const planned: Recipe = {
  name: 'instant plan',
  single: undefined,
  make: ({ features, planner, bytes }) => new Planner(features, planner).plan(bytes).tables,
};

/** One kind beside dense tables, in the sizes that are expected to lose least. */
function byPrior(kind: string): Recipe {
  return {
    name: `${kind}, planned sizes`,
    single: kind,
    make: ({ features, planner, bytes }) =>
      new Planner(features, { ...planner, kinds: ['dense', kind] }).plan(bytes).tables,
  };
}

/** One form, with the bytes split by the sizes of the tables. @param part of the bytes that is used */
function bySize(form: string, split: number, part = 1): Recipe {
  const about = [
    ...(split === EVEN ? ['same compression'] : []),
    ...(part === 1 ? [] : [`${part} of the bytes`]),
  ];
  return {
    name: [form, ...about].join(', '),
    // Half of the bytes is another plan, which must not take the place of the kind that fills them.
    single: part === 1 ? form : undefined,
    make: ({ features, planner, bytes }) =>
      withinBytes(Math.floor(part * bytes), planner, (most) =>
        fitToBytes(formOf(form), features, { embeddingDim: planner.embeddingDim, split, bytes: most }),
      ),
  };
}

/** What tables take beside their numbers depends on what they are: they are made twice. */
function withinBytes(
  bytes: number,
  planner: PlannerOptions,
  fit: (bytes: number) => readonly TableSpec[],
): readonly TableSpec[] {
  const made = fit(bytes);
  const overhead = pricedTables(made, planner).reduce((sum, table) => sum + table.overheadBytes, 0);
  return overhead === 0 ? made : fit(bytes - overhead);
}

/**
 * One form, in which the first row of a table is stored apart if training never reads it: that of values without an id of their own.
 * In a form that shares numbers among rows it would be what the others make of it.
 */
function unreadApart(form: string): Recipe {
  return {
    name: `${form}, unread row apart`,
    single: undefined,
    make: ({ features, planner, bytes }) =>
      withinBytes(bytes, planner, (most) => {
        const { embeddingDim } = planner;
        const apart = features.filter(isFirstUnread).map(({ name }) => name);
        const others = features.map((feature) => (isFirstUnread(feature) ? withoutFirst(feature) : feature));
        const rest = most - ROW_BYTES * embeddingDim * apart.length;
        return fitToBytes(formOf(form), others, { embeddingDim, bytes: rest }).map((table) => {
          if (!apart.includes(table.name)) return table;
          const { config, numEmbeddings } = table;
          const isDense = config.kind === 'dense';
          return {
            name: table.name,
            numEmbeddings: numEmbeddings + 1,
            config: isDense ? config : { kind: 'hot-cold', hot: 1, cold: config },
          };
        });
      }),
  };
}

/** Of a row, a column. */
const ROW_BYTES = 4;

function isFirstUnread({ counts, numEmbeddings }: PlanFeature): boolean {
  return counts?.[0] === 0 && numEmbeddings > 2;
}

function withoutFirst({ counts, numEmbeddings, ...feature }: PlanFeature): PlanFeature {
  return { ...feature, numEmbeddings: numEmbeddings - 1, counts: Array.from(counts!).slice(1) };
}

/** A recipe, but for one table, which is of another form in the same bytes. */
function spliced(base: Recipe, name: string, form: string): Recipe {
  return {
    name: `${base.name}, but ${name} as ${form}`,
    single: undefined,
    make(made) {
      const { features, planner } = made;
      const own = features.filter((feature) => feature.name === name);
      return base.make(made).map((table) => {
        if (table.name !== name) return table;
        const bytes = pricedTables([table], planner)[0]!.bytes;
        return fitToBytes(formOf(form), own, { embeddingDim: planner.embeddingDim, bytes })[0]!;
      });
    },
  };
}

/** Forms by their mean distance from the best one in the study: where the budget is too small for all, these are tried first. */
const PROMISING: readonly string[] = [
  ...['sum-product', 'product-int8', 'low-rank-int4', 'sum', 'product', 'low-rank'],
  ...['tt', 'tt-slow', 'hot-tt', 'bands', 'hash'],
];

/** Forms that were best in the study, of which those that share numbers among ids start slowly: they are not left out early. */
export const SLOW: readonly string[] = ['sum', 'sum-product', 'tt', 'product-int8', 'low-rank-int4'];

/** The instant plan, every form alone, the promising ones first, and those kinds that have no form. */
export function firstRecipes({ planner }: TablesToMake): Recipe[] {
  const known = formsOf(planner);
  const forms = [...new Set([...PROMISING.filter((form) => known.includes(form)), ...known])];
  const others = kindsOf(planner).filter((kind) => kind !== 'dense' && formOfKind(kind) === undefined);
  return [planned, ...forms.map((form) => bySize(form, ROOT)), ...others.map(byPrior)];
}

/**
 * More recipes, made of those that did best: rows that are never read apart, other splits of the bytes among tables, the large tables in
 * different forms, and half of the bytes, which rows whose ids change over time can prefer.
 *
 * @param best the best first
 */
export function variantRecipes(best: readonly Recipe[], { features, planner }: TablesToMake): Recipe[] {
  const known = formsOf(planner);
  const forms = [...new Set(best.flatMap(({ single }) => single ?? []))].filter((form) =>
    known.includes(form),
  );
  const [base] = best;
  if (base === undefined) return [];
  const others = oneOfEach(forms).filter((form) => familyOf(form) !== familyOf(base.single));
  const large = [...features].sort((a, b) => b.numEmbeddings - a.numEmbeddings).slice(0, 2);
  const kinds = kindsOf(planner);
  const [first, ...rest] = forms.slice(0, 3).map((form) => {
    const planned = kinds.filter((kind) => (formOfKind(kind) ?? kind) === form).map(byPrior);
    return [
      ...(features.some(isFirstUnread) ? [unreadApart(form)] : []),
      ...(features.length > 1 ? [bySize(form, EVEN), ...planned] : []),
      bySize(form, ROOT, 0.5),
    ];
  });
  const mixed =
    features.length > 1
      ? others.slice(0, 3).map((form) => large.map(({ name }) => spliced(base, name, form)))
      : [];
  return [...(first ?? []), ...mixed.flat(), ...rest.flat()];
}

/** The first form of each family: what is alike for all tables is alike for one of them. */
function oneOfEach(forms: readonly string[]): string[] {
  const families = forms.map(familyOf);
  return forms.filter((_, k) => families.indexOf(families[k]) === k);
}

/** `hash` of `hash`, `hash-int8` and `hash-tt`. */
function familyOf(form: string | undefined): string | undefined {
  return form?.split('-')[0];
}

function kindsOf({ generators = [], kinds, purpose }: PlannerOptions): string[] {
  const serving = purpose === 'serving';
  return chosenGenerators([...optionGenerators, ...generators], { kinds, serving }).map(({ kind }) => kind);
}

/** Kinds of the planner by the names of the same forms. */
const formNames: Readonly<Record<string, string>> = {
  compositional: 'product',
  'hash→tt': 'hash-tt',
  'hot-cold→tt': 'hot-tt',
  'hot-cold→hash': 'hot-hash',
};

function formOfKind(kind: string): string | undefined {
  const name = formNames[kind] ?? kind;
  return allForms.find((form) => form.name === name)?.name;
}

/** Forms that all tables may take: all, or those that are named as kinds are. */
function formsOf({ kinds }: PlannerOptions): string[] {
  const named = kinds?.map((kind) => formNames[kind] ?? kind);
  const kindOf = (form: string) => (permutedTTForms.some(({ name }) => name === form) ? 'tt' : form);
  const forms = allForms
    .map(({ name }) => name)
    .filter((name) => named === undefined || named.includes(kindOf(name)));
  return forms.includes('tt') ? [...forms, ...Object.keys(slowTrains)] : forms;
}

/** What a recipe makes, as a candidate; undefined for a form that does not fit or must not be used. */
export function candidateOf(recipe: Recipe, made: TablesToMake): MeasuredCandidate | undefined {
  const { name, single } = recipe;
  const { planner, bytes } = made;
  try {
    const tables = pricedTables(recipe.make(made), planner);
    const most = planner.maxMultiplyAddsPerLookup ?? Infinity;
    if (takenBytes(tables) > bytes || tables.some((table) => table.multiplyAddsPerLookup > most))
      return undefined;
    return { name, single, tables };
  } catch (thrown) {
    const codes = [
      'planner/budget-too-small',
      'planner/bad-budget',
      'planner/no-option',
      'embeddings/unsupported-optimizer',
    ];
    if (codes.some((code) => isTtrecError(thrown, code))) return undefined;
    throw thrown;
  }
}

/** The candidates of recipes; of those with the same tables the first. */
export function candidatesOf(
  recipes: readonly Recipe[],
  made: TablesToMake,
  known: readonly MeasuredCandidate[] = [],
): MeasuredCandidate[] {
  const seen = new Set(known.map(keyOf));
  return recipes.flatMap((recipe) => {
    const candidate = candidateOf(recipe, made);
    if (candidate === undefined || seen.has(keyOf(candidate))) return [];
    seen.add(keyOf(candidate));
    return [candidate];
  });
}

function keyOf({ tables }: MeasuredCandidate): string {
  return JSON.stringify(tables.map(({ name, config }) => [name, config]));
}
