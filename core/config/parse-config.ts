import * as z from 'zod';
import { defaultPlaybooks } from './default-playbooks.ts';
import { draftOf } from './draft.ts';
import { type Problem, toProblem } from './problem.ts';
import { rules } from './rules/index.ts';
import { playbook } from './schema/playbook.ts';
import { type Config, configSchema } from './schema.ts';
import { structuralFindings } from './structure.ts';
import { withIssuesOfUnknownKinds } from './unknown-kind.ts';

export type ParsedConfig = { ok: true; config: Config } | { ok: false; problems: Problem[] };

/** Reads what a person wrote. Every problem is reported at once, in the order of the schema and then of the rules. */
export function parseConfig(raw: unknown): ParsedConfig {
  const parsed = configSchema.safeParse(raw);
  const issues = withIssuesOfUnknownKinds(raw, parsed.error?.issues ?? []);
  const draft = draftOf(raw, issues);
  const findings = [...structuralFindings(raw, issues), ...rules.flatMap((rule) => [...rule(draft)])];
  if (!parsed.success || findings.length > 0) return { ok: false, problems: findings.map((finding) => toProblem(raw, finding)) };
  return { ok: true, config: { ...parsed.data, playbooks: withDefaults(parsed.data.playbooks) } };
}

/** The playbooks of the file, and the default ones of the alerts that it says nothing about. */
function withDefaults(given: Config['playbooks']): Config['playbooks'] {
  const answered = new Set(given.map(({ alert }) => alert));
  return [...given, ...z.array(playbook).parse(defaultPlaybooks.filter(({ alert }) => !answered.has(alert)))];
}
