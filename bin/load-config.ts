import { readFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseDocument } from 'yaml';
import { parseConfig } from '../core/config/parse-config.ts';
import type { Problem } from '../core/config/problem.ts';
import type { Config } from '../core/config/schema.ts';
import { UsageError } from './report-failure.ts';

export const defaultConfigFile = './evenkeel.config.ts';

/** The file can be read, but it does not say something that evenkeel can do. The message lists every problem. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** The configuration of a file (.ts, .js, .yaml, .yml or .json), checked. Throws UsageError or ConfigError. */
export async function loadConfig(file: string = defaultConfigFile): Promise<Config> {
  const parsed = parseConfig(await readConfigFile(file));
  if (!parsed.ok) throw new ConfigError(formatProblems(file, parsed.problems));
  return parsed.config;
}

/** What stands in the file, not yet checked. Throws UsageError when it cannot be read. */
export async function readConfigFile(file: string): Promise<unknown> {
  const raw = await contentOf(file);
  try {
    JSON.stringify(raw);
  } catch (error) {
    // YAML aliases and TypeScript can both make an object that contains itself.
    throw new UsageError(`${file} is not plain data: ${messageOf(error)}`);
  }
  return raw;
}

async function contentOf(file: string): Promise<unknown> {
  switch (extname(file)) {
    case '.ts':
    case '.mts':
    case '.js':
    case '.mjs':
      return defaultExport(file);
    case '.yaml':
    case '.yml':
      return fromYaml(file, await textOf(file));
    case '.json':
      return fromJson(file, await textOf(file));
    default:
      throw new UsageError(`cannot read ${file}: a configuration is a .ts, .js, .yaml, .yml or .json file`);
  }
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw new UsageError(`there is no file ${file}; give one with --config`);
    }
    throw new UsageError(`cannot read ${file}: ${messageOf(error)}`);
  }
}

async function defaultExport(file: string): Promise<unknown> {
  await textOf(file);
  let loaded: Record<string, unknown>;
  try {
    loaded = await import(pathToFileURL(resolve(file)).href);
  } catch (error) {
    throw new UsageError(`cannot run ${file}: ${messageOf(error)}`);
  }
  if (!('default' in loaded)) throw new UsageError(`${file} exports no default; write: export default defineConfig({ … })`);
  return loaded.default;
}

function fromYaml(file: string, text: string): unknown {
  const document = parseDocument(text);
  if (document.errors.length > 0) {
    throw new UsageError(`${file} is not YAML:\n${document.errors.map((error) => error.message.trimEnd()).join('\n')}`);
  }
  return document.toJS();
}

function fromJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${file} is not JSON: ${messageOf(error)}`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Each problem as path, value received, what is wrong, what to do. */
export function formatProblems(file: string, problems: Problem[]): string {
  const blocks = problems.map(
    ({ path, received, message, remedy }) => `  ${path}\n    received  ${received}\n    problem   ${message}\n    remedy    ${remedy}\n`,
  );
  return `${file} has ${problems.length} problem${problems.length === 1 ? '' : 's'}:\n\n${blocks.join('\n')}`;
}
