import type { Command } from 'commander';

export function schema(program: Command): void {
  program
    .command('schema')
    .description('print the JSON Schema of the configuration file, for editors')
    .option('--fields', 'print a table of all fields in Markdown instead')
    .option('--scenario', 'print the JSON Schema of scenario files instead')
    .action(async ({ fields, scenario }: { fields?: true; scenario?: true }) => {
      if (scenario) {
        const { scenarioJsonSchema } = await import('../../simulator/scenario.ts');
        process.stdout.write(`${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`);
        return;
      }
      const { configJsonSchema } = await import('../../core/config/json-schema.ts');
      if (fields) {
        const { fieldTable } = await import('../../core/config/field-table.ts');
        process.stdout.write(fieldTable());
        return;
      }
      process.stdout.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
    });
}
