import { existsSync } from 'node:fs';
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../report-failure.ts';
import { Template } from './template-counts.ts';

/** The templates of a cloud assembly, nested stages included; none when no folder was given. Throws UsageError on a folder without any. */
export async function synthesisedTemplates(_configFile: string, assembly: string | undefined): Promise<Template[]> {
  if (assembly === undefined) return [];
  if (!existsSync(assembly)) throw new UsageError(`there is no folder ${assembly}; npx cdk synth writes one`);
  const templates: Template[] = [];
  for await (const file of glob('**/*.template.json', { cwd: assembly }))
    templates.push(Template.parse(JSON.parse(await readFile(join(assembly, file), 'utf8'))));
  if (templates.length === 0) throw new UsageError(`${assembly} holds no template; npx cdk synth writes them`);
  return templates;
}
