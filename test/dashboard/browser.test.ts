import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseConfig } from '../../core/config/parse-config.ts';
import shipped from '../../evenkeel.config.ts';
import { PageServer } from '../../simulator/live/page-server.ts';
import { pageOf } from '../../simulator/live/page-source.ts';
import { awaitSteady } from '../../simulator/live/run-scenario.ts';
import { LiveWorld } from '../../simulator/live/world.ts';
import { freePorts } from '../simulator/live/free-ports.ts';
import { machineFiles } from '../simulator/live/machine-files.ts';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const isThere = existsSync(executablePath);
const args = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'];
const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync'];
const speed = 4;

describe.skipIf(!isThere)(
  `the page in a real browser${isThere ? '' : `: not seen, there is no ${executablePath}; CHROMIUM names another`}`,
  () => {
    let world: LiveWorld;
    let server: PageServer;
    let browser: Browser;
    let page: Page;
    const complaints: string[] = [];

    beforeAll(async () => {
      const parsed = parseConfig(shipped);
      if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
      const port = await freePorts(5);
      world = await LiveWorld.start({ shipped: parsed.config, machines: machineFiles(), carrier: 'object', port, speed });
      server = new PageServer({ port, source: pageOf(world, world.clock.now()) });
      await server.open();
      browser = await chromium.launch({ executablePath, args: [...args, ...quiet] });
      page = await browser.newPage();
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('console', (message) => complaints.push(...(message.type() === 'error' ? [message.text()] : [])));
      await awaitSteady(world, new AbortController().signal);
      await page.goto(server.url);
    });
    afterAll(async () => {
      await browser?.close();
      server?.close();
      await world?.stop();
    });

    it('breaks a region by one click, and shows the incident, its steps and that the client is served again', {
      timeout: 80_000,
    }, async () => {
      const home = page.locator('article').filter({ hasText: 'us-east-1' }).first();
      await home.getByText('DNS sends here: 100 % of checkout').waitFor();
      await page.getByRole('group', { name: 'Break in us-east-1' }).getByRole('button', { name: 'everything is killed' }).click();
      await page.locator('#said').getByText('us-east-1: everything is killed').waitFor();
      await home.getByText('down', { exact: true }).waitFor();
      const runs = page.locator('#runs');
      await runs.getByText('inc-checkout-us-east-1-1').waitFor({ timeout: 30_000 });
      await runs.getByRole('heading', { name: 'failover' }).waitFor({ timeout: 15_000 });
      await home.getByText('DNS sends here: 0 % of checkout').waitFor({ timeout: 30_000 });
      await page.locator('#figures').getByText('is served', { exact: true }).waitFor({ timeout: 15_000 });
      expect(complaints).toEqual([]);
    });
  },
);
