import * as z from 'zod';
import { findService } from '../../config/derive.ts';
import { failed, ok, type Target } from '../../model/index.ts';
import { once, step } from '../step.ts';
import type { Remedy } from './remedy.ts';

const Scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const Document = z.object({
  document: z.string().min(1),
  version: z.string().regex(/^\d+$/, 'a pinned version is a number'),
  parameters: z.record(z.string(), Scalar).default({}),
});
const Args = Document.extend({ undo: Document.optional() });

/** An SSM document of a pinned version, with the undo that the playbook declares; without one a failed script is escalated. */
export const script: Remedy = async (ctx, incident, rawArgs) => {
  const args = Args.safeParse(rawArgs);
  if (!args.success)
    return failed(
      'invalid',
      `a script needs document and version: ${args.error.issues[0]?.path.join('.')} ${args.error.issues[0]?.message}`,
    );
  const { service, region } = incident.subject;
  if (region === undefined || region !== ctx.region) return failed('refused', `scripts for ${service} run in its own region`);
  const target: Target = { service, region };
  const { undo, ...document } = args.data;
  const run = step('stage-1', 'run-script', { target: { service, region }, ...document }, once(600));
  if (undo === undefined) run.irreversible = true;
  else
    run.undo = {
      id: 'stage-1-undo',
      kind: 'run-script',
      args: { target: { service, region }, ...undo },
      verify: once(600),
      undo: null,
      irreversible: false,
    };
  return ok({
    action: 'script',
    target,
    capacityOutShare: 0,
    steps: [run],
    reason: `run ${document.document} version ${document.version} for ${service} in ${region}: ${incident.cause}`,
  });
};

/** The two words of docs/degrade-flag.md. */
export const degraded = 'degraded';
export const normal = 'normal';

/** Sets the degrade flag of the services that depend on the sick one, so that they answer with less instead of not at all. */
export const degrade: Remedy = async (ctx, incident) => {
  const { service, region } = incident.subject;
  if (region === undefined || region !== ctx.region) return failed('refused', `flags of ${service} are set in its own region`);
  const victims = ctx.config.services.filter(
    (each) =>
      each.degradeFlag !== undefined &&
      each.dependsOn.some((dependency) => dependency.service === service || `aws-${dependency.aws}` === service),
  );
  const own = findService(ctx.config, service);
  const degradable = victims.length > 0 ? victims : own?.degradeFlag === undefined ? [] : [own];
  if (degradable.length === 0) return failed('refused', `nothing that depends on ${service} has a degrade flag`);
  return ok({
    action: 'script',
    target: { service, region },
    capacityOutShare: 0,
    steps: degradable.map((victim, index) =>
      step(
        `stage-${index + 1}`,
        'set-flag',
        { target: { service: victim.name, region }, name: victim.degradeFlag ?? '', value: degraded },
        once(60),
        { kind: 'restore-flag', verify: once(60) },
      ),
    ),
    reason: `degrade ${degradable.map((each) => each.name).join(', ')} while ${service} is sick: ${incident.cause}`,
  });
};
