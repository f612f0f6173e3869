// Reads the settings and every changeset as a release would, and prints what would be released. Needs no branch to compare
// with, unlike `changeset status`. A changeset that names no known package, or a setting that is wrong, ends it with an error.
import { getReleasePlan } from '@changesets/get-release-plan';
import { root } from './pack.ts';

const { changesets, releases } = await getReleasePlan(root);
console.log(`${changesets.length} changesets`);
for (const { name, type, newVersion } of releases) console.log(`${name}: ${type}, to ${newVersion}`);
