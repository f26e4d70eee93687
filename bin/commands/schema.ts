import type { Command } from 'commander';

export function schema(program: Command): void {
  program
    .command('schema')
    .description('print the JSON Schema of the configuration file, for editors')
    .option('--fields', 'print a table of all fields in Markdown instead')
    .action(async ({ fields }: { fields?: true }) => {
      const { configJsonSchema } = await import('../../core/config/json-schema.ts');
      if (fields) {
        const { fieldTable } = await import('../../core/config/field-table.ts');
        process.stdout.write(fieldTable());
        return;
      }
      process.stdout.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
    });
}
