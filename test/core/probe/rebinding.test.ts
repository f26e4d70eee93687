import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decideAddress } from '../../../core/knowledge/address-policy.ts';
import { httpProbe, proberOver, respond, scriptedNetwork } from './scripted-network.ts';

const address = fc.constantFrom('8.8.8.8', '1.1.1.1', '127.0.0.1', '169.254.169.254', '10.0.0.1', '::1', '2600::1', '::ffff:7f00:1');
const location = fc.constantFrom(
  'http://a.test/',
  'http://b.test/',
  'https://c.test/',
  'http://127.0.0.1/',
  '/next',
  'http://[::1]/',
  'http://2130706433/',
  'http://0x7f.1/',
);

test('no order of answers and redirects makes the prober connect to an address that it may not', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(address, { maxLength: 2 }), { minLength: 1 }),
      fc.array(location, { minLength: 1 }),
      async (answers, locations) => {
        let asked = 0;
        const network = scriptedNetwork({
          // A different answer every time, as in DNS rebinding.
          lookup: ({ type }) => ({
            records: (answers[asked++ % answers.length] ?? []).filter((one) => one.includes(':') === (type === 'AAAA')),
          }),
          exchange: (_, index) => respond({ status: 302, location: locations[index % locations.length] ?? '/' }),
        });
        await proberOver(network).probe(httpProbe('http://a.test/'), 'v', 5000);
        expect(network.exchanges.filter((exchange) => !decideAddress(exchange.address, []).allowed)).toEqual([]);
      },
    ),
  );
});
