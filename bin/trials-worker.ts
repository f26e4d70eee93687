import { setImmediate } from 'node:timers';
import { parentPort, workerData } from 'node:worker_threads';
import { type CampaignName, runCampaigns } from '../simulator/trials/campaign.ts';
import { trialCases } from '../simulator/trials/cases.ts';
import { loadMachines } from './load-scenario.ts';

/** One part of the trials of one campaign of one case. */
export interface TrialsRequest {
  case: string;
  campaign: CampaignName;
  every: number;
  part: { index: number; of: number };
}

const parts = { machines: loadMachines(), settle: () => new Promise<void>((resolve) => setImmediate(resolve)) };

// What is thrown here ends the thread, and with it the command: an undisturbed run that fails teaches nothing about the others.
if (workerData === 'trials')
  parentPort?.on('message', async (request: TrialsRequest) => {
    const cases = trialCases.filter((each) => each.name === request.case);
    parentPort?.postMessage(
      await runCampaigns(cases, { ...parts, campaigns: [request.campaign], every: request.every, part: request.part }),
    );
  });
