import ipaddr from 'ipaddr.js';

/**
 * Which addresses a probe or a webhook may connect to. A name is under somebody else's control, so an answer must not turn us into a way
 * into our own network: everything that is not a public unicast address needs permission.
 */
export type AddressDecision = { allowed: true } | { allowed: false; reason: string };

/** Credentials live here (EC2, ECS, EKS pod identity): a wider block never opens them, only the exact address does. */
const credentialAddresses = new Set(['169.254.169.254', '169.254.170.2', '169.254.170.23', 'fd00:ec2::254', 'fd00:ec2::23']);

const meanings: Record<string, string> = {
  loopback: 'loopback',
  linkLocal: 'link-local',
  private: 'private',
  uniqueLocal: 'private',
  deprecatedSiteLocal: 'private',
  carrierGradeNat: 'carrier-grade NAT',
  ipv4Mapped: 'IPv4-mapped',
  rfc6052: 'NAT64',
  rfc6145: 'translated IPv4',
  '6to4': '6to4',
  teredo: 'Teredo',
  unspecified: 'unspecified',
  multicast: 'multicast',
  broadcast: 'broadcast',
};

/** `allowAddresses` are CIDR blocks. A mapped, NAT64 or 6to4 address is judged as what it is, not as the IPv4 address inside. */
export function decideAddress(address: string, allowAddresses: string[]): AddressDecision {
  if (!ipaddr.isValid(address)) return { allowed: false, reason: `${JSON.stringify(address)} is no IP address` };
  const parsed = ipaddr.parse(address);
  const range = parsed.range();
  if (range === 'unicast') return { allowed: true };
  const isCredential = credentialAddresses.has(parsed.toString());
  const block = allowAddresses.find((cidr) => isInBlock(parsed, cidr, isCredential));
  if (block !== undefined) return { allowed: true };
  const meaning = isCredential ? 'instance metadata' : (meanings[range] ?? range);
  return { allowed: false, reason: `${address} is a ${meaning} address; allowAddresses does not hold it` };
}

function isInBlock(address: ipaddr.IPv4 | ipaddr.IPv6, cidr: string, exactOnly: boolean): boolean {
  if (!ipaddr.isValidCIDR(cidr)) return ipaddr.isValid(cidr) && ipaddr.parse(cidr).toString() === address.toString();
  const [base, bits] = ipaddr.parseCIDR(cidr);
  if (base.kind() !== address.kind()) return false;
  if (exactOnly && bits !== base.toByteArray().length * 8) return false;
  return address.match(base, bits);
}
