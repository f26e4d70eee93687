import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { type Action, canonicalJson } from '../model/index.ts';

/** `<action>-<hash of incident, target, plan version, attempt, epoch>`: the same decision has the same id, and so starts once. */
export function planId(action: Action, incident: string, target: string, version: number, attempt: number, epoch: number): string {
  const hash = bytesToHex(sha256(utf8ToBytes(canonicalJson({ incident, target, version, attempt, epoch }))));
  return `${action}-${hash.slice(0, 24)}`;
}
