import { clientConfig } from '../../adapters/aws/client-config.ts';

/** The account is the access key: MiniStack takes a key of twelve digits as one. */
const credentials = { accessKeyId: '000000000000', secretAccessKey: 'test' };

/** What the Lambdas' clients get, pointed at the emulator. */
export function emulatorClient(endpoint: string, region: string) {
  return { ...clientConfig(region), credentials, endpoint, forcePathStyle: true };
}
