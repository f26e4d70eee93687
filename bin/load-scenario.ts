import { readdirSync, readFileSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { basename, dirname, extname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseDocument } from 'yaml';
import type { Config } from '../core/config/schema.ts';
import { type MachineSet, readMachines } from '../simulator/host/machine-files.ts';
import { readScenario, type Scenario, type ScenarioProblem, showProblem } from '../simulator/scenario.ts';
import { scenarioProblems } from '../simulator/scenario-meaning.ts';
import { defaultConfigFile, loadConfig } from './load-config.ts';
import { UsageError } from './report-failure.ts';

const scenarioFolder = fileURLToPath(new URL('../simulator/scenarios', import.meta.url));
const machineFolder = fileURLToPath(new URL('../state-machines', import.meta.url));
const shippedConfig = fileURLToPath(new URL('../evenkeel.config.ts', import.meta.url));

/** A file of a hundred faults has ten; a larger one keeps the parser busy for nothing. */
const kilobytesMax = 512;

/** The scenario can be read, but it does not say something that can be simulated. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';
}

export interface LoadedScenario {
  scenario: Scenario;
  config: Config;
  file: string;
}

/** Names of the shipped scenarios. */
export function shippedScenarios(): string[] {
  return readdirSync(scenarioFolder)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => basename(file, '.yaml'))
    .sort();
}

/**
 * A scenario by shipped name or file, with the configuration that it runs on: the one given, the one it names, or the shipped one.
 * Throws UsageError or ScenarioError with every problem at once.
 */
export async function loadScenario(nameOrFile: string, configFile?: string): Promise<LoadedScenario> {
  const file = /[/.]/.test(nameOrFile) ? nameOrFile : resolve(scenarioFolder, `${nameOrFile}.yaml`);
  const read = readScenario(parsedText(file, nameOrFile));
  if (!read.ok) throw new ScenarioError(told(file, read.problems));
  const config = await loadConfig(await configOf(read.scenario, file, configFile));
  const problems = scenarioProblems(read.scenario, config);
  if (problems.length > 0) throw new ScenarioError(told(file, problems));
  return { scenario: read.scenario, config, file };
}

/** The machine files as they are deployed, parsed for the interpreter. */
export function loadMachines(): MachineSet {
  const files = readdirSync(machineFolder).filter((file) => file.endsWith('.asl.json'));
  return readMachines(
    Object.fromEntries(files.map((file) => [basename(file, '.asl.json'), readFileSync(resolve(machineFolder, file), 'utf8')])),
  );
}

async function configOf(scenario: Scenario, file: string, given: string | undefined): Promise<string> {
  if (given !== undefined) return given;
  if (scenario.config !== undefined) return resolve(dirname(file), scenario.config);
  const here = resolve(defaultConfigFile);
  return access(here).then(
    () => here,
    () => shippedConfig,
  );
}

function parsedText(file: string, asked: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (codeOf(error) !== 'ENOENT')
      throw new UsageError(
        `${file} cannot be read (${codeOf(error) === 'EISDIR' ? 'it is a folder' : codeOf(error)}); give a file in YAML or JSON`,
      );
    throw new UsageError(`there is no scenario ${JSON.stringify(asked)}; shipped are ${shippedScenarios().join(', ')}, or give a file`);
  }
  const kilobytes = Math.round(text.length / 1024);
  if (kilobytes > kilobytesMax)
    throw new UsageError(`${file} has ${kilobytes} KB; a scenario has at most ${kilobytesMax}: give repeated faults every and times`);
  if (text.includes('\0')) throw new UsageError(`${file} is no text in UTF-8; save it as UTF-8`);
  try {
    return extname(file) === '.json' ? JSON.parse(text) : fromYaml(text);
  } catch (error) {
    // Also what the parser itself refuses: aliases that multiply, lists a thousand deep.
    throw new UsageError(
      `${file} is not ${extname(file) === '.json' ? 'JSON' : 'YAML'}:\n${error instanceof Error ? error.message.trimEnd() : error}`,
    );
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

function fromYaml(text: string): unknown {
  const document = parseDocument(text);
  if (document.errors.some(({ code }) => code === 'MULTIPLE_DOCS'))
    throw new Error('it holds several documents, divided by ---; a scenario is one: give each a file of its own');
  if (document.errors.length > 0) throw new Error(document.errors.map((error) => error.message.trimEnd()).join('\n'));
  return document.toJS();
}

/** Of thousands, nobody reads more. */
const problemsShownMax = 50;

function told(file: string, problems: readonly ScenarioProblem[]): string {
  const shown = problems.slice(0, problemsShownMax).map((problem) => `  ${showProblem(problem)}`);
  const left = problems.length - shown.length;
  const more = left > 0 ? [`  and ${left} more: mend these first`] : [];
  return `${file} has ${problems.length} problem${problems.length === 1 ? '' : 's'}:\n${[...shown, ...more].join('\n')}`;
}
