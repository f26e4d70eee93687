import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';

/** The version of the package that this file is in: in the sources one folder up, in the packed package two. */
export function ownVersion(): string {
  const file = findPackageJSON(import.meta.url);
  if (file === undefined) throw new Error(`no package.json lies above ${import.meta.url}`);
  const { version }: { version: string } = JSON.parse(readFileSync(file, 'utf8'));
  return version;
}
