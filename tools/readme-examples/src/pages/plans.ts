import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { commandPlans } from './command-plans.ts';
import { guidePlans } from './guide-plans.ts';
import type { PagePlan } from './page-plan.ts';
import { packagePlans } from './package-plans.ts';
import { root } from './reader.ts';

/** The pages that need more than an empty folder. */
export const plans: Readonly<Record<string, PagePlan>> = { ...packagePlans, ...guidePlans, ...commandPlans };

const inRoot = (folder: string) => readdirSync(join(root, folder)).sort();

/** Every page with blocks, relative to the root. */
export const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'apps/site/front-page.md',
  ...inRoot('docs')
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
  ...['packages', 'apps'].flatMap((group) => inRoot(group).map((name) => `${group}/${name}/README.md`)),
].filter((page) => existsSync(join(root, page)));
