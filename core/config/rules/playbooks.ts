import { defaultPlaybooks } from '../default-playbooks.ts';
import { type Draft, each, entriesOf, namesOf } from '../draft.ts';
import type { Finding } from '../problem.ts';

/** A playbook is asked for the alert it answers, and the last thing left is a person. */
export function* playbooks(draft: Draft): Generator<Finding> {
  const given = (draft.playbooks ?? []).filter((playbook) => playbook !== undefined);
  const names = namesOf(given);
  const effective = [...given, ...defaultPlaybooks.filter(({ name }) => !names.includes(name))];
  for (const [index, service] of each(draft.services)) {
    for (const [alert, name] of entriesOf(service.playbooks)) {
      const answers = effective.find((playbook) => playbook.name === name)?.alert;
      if (answers === undefined || answers === alert) continue;
      yield {
        path: ['services', index, 'playbooks', alert],
        message: `the playbook ${name} answers the alert ${answers}, not ${alert}`,
        remedy: `Name a playbook whose alert is ${alert}.`,
      };
    }
  }
}
