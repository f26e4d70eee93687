import { addresses, conditions } from './addresses.ts';
import { dependencies } from './dependencies.ts';
import { failover } from './failover.ts';
import { names } from './names.ts';
import { order } from './order.ts';
import { playbooks } from './playbooks.ts';
import { quota } from './quota.ts';
import { records } from './records.ts';
import { references } from './references.ts';
import type { Rule } from './rule.ts';

export const rules: Rule[] = [names, references, dependencies, failover, records, order, addresses, conditions, playbooks, quota];
