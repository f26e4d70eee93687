import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { createEvenkeelStacks } from '../lib/stacks/evenkeel-stacks.ts';
import { loadConfig } from './load-config.ts';

/** What `cdk synth` and `cdk deploy` run. `-c config=FILE` or EVENKEEL_CONFIG names another configuration. */
const app = new App();
const named: unknown = app.node.tryGetContext('config') ?? process.env.EVENKEEL_CONFIG;
const config = await loadConfig(typeof named === 'string' ? named : undefined);
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
createEvenkeelStacks(app, config);
app.synth();
