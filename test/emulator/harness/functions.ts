import { crc32 } from 'node:zlib';
import {
  CreateAliasCommand,
  CreateFunctionCommand,
  type LambdaClient,
  PublishVersionCommand,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda';
import { freshName } from './time.ts';

/** A new function with `versions` published versions and the alias `live` on the newest. */
export async function freshFunction(client: LambdaClient, versions: number): Promise<string> {
  const FunctionName = freshName('function');
  await client.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: 'nodejs24.x',
      Role: 'arn:aws:iam::000000000000:role/any',
      Handler: 'index.handler',
      Code: { ZipFile: zipped('index.js', sourceOf(0)) },
    }),
  );
  for (let version = 1; version <= versions; version++) {
    // Lambda publishes no version that equals the last one.
    if (version > 1) await client.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: zipped('index.js', sourceOf(version)) }));
    await client.send(new PublishVersionCommand({ FunctionName }));
  }
  await client.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: String(versions) }));
  return FunctionName;
}

function sourceOf(version: number): string {
  return `exports.handler = async () => ({ version: ${version} });`;
}

/** A zip archive of one stored (not compressed) file: APPNOTE.TXT 4.3. */
function zipped(name: string, text: string): Buffer {
  const data = Buffer.from(text);
  const file = Buffer.from(name);
  const common = Buffer.alloc(26);
  common.writeUInt16LE(10, 0);
  common.writeUInt32LE(crc32(data), 10);
  common.writeUInt32LE(data.length, 14);
  common.writeUInt32LE(data.length, 18);
  common.writeUInt16LE(file.length, 22);
  const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, file, data]);
  const central = Buffer.concat([Buffer.from('PK\x01\x02', 'latin1'), Buffer.from([10, 0]), common, Buffer.alloc(14), file]);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, central, end]);
}
