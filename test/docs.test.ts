import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { commands } from '../bin/commands/index.ts';

const root = join(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const pages = [
  'README.md',
  'CHANGELOG.md',
  'state-machines/README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
];

const program = new Command();
for (const command of commands) command(program);

/** Whatever of all pages breaks a rule, as `page: what`. */
const broken = (find: (text: string, page: string) => string[]): string[] =>
  pages.flatMap((page) => find(read(page), page).map((what) => `${page}: ${what}`));

const slug = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .trim()
    .replaceAll(' ', '-');

/** Each call of the command line that a page prints, from the command's name to the end of the line or of its code span. */
function callsIn(text: string): string[] {
  const spans = [...text.matchAll(/`([^`\n]+)`/g)].map((match) => match[1] ?? '');
  const blocks = [...text.matchAll(/^(?: {4}|\s*```\w*\n)([\s\S]*?)(?:\n```|\n$)/gm)].flatMap((match) => (match[1] ?? '').split('\n'));
  return [...spans, ...blocks].flatMap((line) => {
    // `evenkeel trigger` is the type of an event (docs/triggers.md), and no command.
    const call = /^\s*(?:npm run (?:--silent )?evenkeel -- |… evenkeel -- |evenkeel )(?!trigger$)(.*)$/.exec(line);
    return call === null ? [] : [(call[1] ?? '').replace(/\s#.*$/, '')];
  });
}

/** What is wrong with such a call, or null. */
function whatIsWrong(call: string): string | null {
  const [name = '', ...rest] = call.split(/\s+/);
  let command = program.commands.find((each) => each.name() === name);
  if (command === undefined) return name === '--help' ? null : `there is no command ${name}: ${call}`;
  const [sub = '…'] = rest;
  if (command.commands.length > 0 && /^[a-z]/.test(sub)) {
    command = command.commands.find((each) => each.name() === sub);
    if (command === undefined) return `there is no order ${sub}: ${call}`;
  }
  // `op …` stands for any order.
  const meant = sub === '…' ? [command, ...command.commands] : [command];
  const options = new Set(['--help', ...meant.flatMap((each) => each.options).flatMap(({ long }) => long ?? [])]);
  const unknown = [...call.matchAll(/(?<=[\s[])--[a-z-]+/g)].map(String).filter((option) => !options.has(option));
  return unknown.length === 0 ? null : `${command.name()} takes no ${unknown.join(', ')}: ${call}`;
}

describe('what a page says', () => {
  it('leads somewhere: files and headings that it links to', () => {
    expect(
      broken((text, page) =>
        [...text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)].flatMap(([, path = '', heading]) => {
          const target = path === '' ? page : normalize(join(dirname(page), path));
          if (!existsSync(join(root, target))) return [target];
          const headings = target.endsWith('.md') ? [...read(target).matchAll(/^#+ (.*)$/gm)].map((match) => slug(match[1] ?? '')) : [];
          return heading === undefined || headings.includes(heading) ? [] : [`${target}#${heading}`];
        }),
      ),
    ).toEqual([]);
  });

  it('names files that there are', () => {
    const path = /`((?:adapters|bench|bin|core|dashboard|docs|examples|lambdas|lib|simulator|state-machines|test)\/[\w./-]+)`/g;
    expect(broken((text) => [...text.matchAll(path)].flatMap(([, file = '']) => (existsSync(join(root, file)) ? [] : [file])))).toEqual([]);
  });

  it('prints scripts that package.json has, and runs nothing by npx that npm would have to fetch', () => {
    const manifest = JSON.parse(read('package.json')) as { scripts: Record<string, string>; devDependencies: Record<string, string> };
    const { scripts } = manifest;
    expect(
      broken((text) => [...text.matchAll(/npm run (?:--silent )?([\w:-]+)/g)].flatMap(([, name = '']) => (name in scripts ? [] : [name]))),
    ).toEqual([]);
    const installed = new Set(['cdk', ...Object.keys(manifest.devDependencies)]);
    expect(
      broken((text) => [...text.matchAll(/npx ([\w-]+)/g)].flatMap(([, name = '']) => (installed.has(name) ? [] : [`npx ${name}`]))),
    ).toEqual([]);
  });

  it('prints commands, orders and options that the command line takes', () => {
    expect(pages.flatMap((page) => callsIn(read(page))).length).toBeGreaterThan(30);
    expect(broken((text) => callsIn(text).flatMap((call) => whatIsWrong(call) ?? []))).toEqual([]);
  });
});
