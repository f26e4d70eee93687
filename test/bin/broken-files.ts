import type { example } from '../core/config/example.ts';

type Example = ReturnType<typeof example>;

export interface BrokenFile {
  name: string;
  break: (config: Example) => void;
  /** Each problem: path, value received, what is wrong, what to do. */
  says: [path: string, received: string, problem: string, remedy: string][];
}

/** Files as people break them, each with exactly what they are told. */
export const brokenFiles: BrokenFile[] = [
  {
    name: 'a key that nobody knows',
    break: (config) => Object.assign(config, { moode: 'act' }),
    says: [['moode', '"act"', 'unknown key "moode"', 'Did you mean "mode"?']],
  },
  {
    name: 'a key that nobody knows, deep inside',
    break: (config) => Object.assign(endpoint(config), { intervalSecond: 30 }),
    says: [['services[0].endpoints[0].intervalSecond', '30', 'unknown key "intervalSecond"', 'Did you mean "intervalSeconds"?']],
  },
  {
    name: 'an authoritative server behind a port that does not exist',
    break: (config) => Object.assign(config.trafficGroups[0]?.zone ?? {}, { nameServers: ['192.0.2.53:65536'] }),
    says: [
      [
        'trafficGroups[0].zone.nameServers[0]',
        '"192.0.2.53:65536"',
        'is not a host name, an address or an address with a port up to 65535',
        'Correct it. Authoritative servers to prove answers with, such as ns-1.awsdns-00.org or 192.0.2.53:5353; empty means they are read and saved at deploy.',
      ],
    ],
  },
  {
    name: 'a name left out',
    break: (config) => Reflect.deleteProperty(config, 'name'),
    says: [['name', 'nothing', 'name is missing', 'Add it. Name of the application: the prefix of its stacks and metrics.']],
  },
  {
    name: 'a name that is too long',
    break: (config) => Object.assign(config, { name: 'a-shop-with-far-too-long-a-name' }),
    says: [
      [
        'name',
        '"a-shop-with-far-too-long-a-name"',
        'is longer than 24 characters',
        'Correct it. Name of the application: the prefix of its stacks and metrics.',
      ],
    ],
  },
  {
    name: 'a mode that does not exist',
    break: (config) => Object.assign(config, { mode: 'activ' }),
    says: [
      [
        'mode',
        '"activ"',
        'must be one of observe, approve, act',
        'Correct it. observe decides and records but touches nothing; approve asks a person first; act acts.',
      ],
    ],
  },
  {
    name: 'no regions',
    break: (config) => Object.assign(config, { regions: [], services: [config.services[1]], trafficGroups: [] }),
    says: [
      ['regions', '[]', 'must hold at least 1 entry', 'Correct it. Regions that evenkeel runs in: each probes every endpoint and votes.'],
    ],
  },
  {
    name: 'a number as text',
    break: (config) => Object.assign(config.services[0], { tier: '1' }),
    says: [
      [
        'services[0].tier',
        '"1"',
        'must be one of 1, 2, 3',
        'Correct it. 1 is what the business stands on; policies allow actions by tier.',
      ],
    ],
  },
  {
    name: 'a region twice',
    break: (config) => config.regions.push({ name: 'eu-west-1' }),
    says: [
      [
        'regions[3].name',
        '"eu-west-1"',
        'the region eu-west-1 is given twice, first at position 1',
        'Remove one of the two, or give the second its own name.',
      ],
    ],
  },
  {
    name: 'something that is no region',
    break: (config) => Object.assign(config.regions[1] ?? {}, { name: 'Ireland' }),
    says: [
      ['regions[1].name', '"Ireland"', 'is not the name of an AWS region', 'Correct it. Name of the AWS region, such as eu-west-1.'],
      [
        'trafficGroups[0].records[0].regions["eu-west-1"]',
        '{"values":["192.0.2.2"]}',
        'there is no region "eu-west-1"',
        'Did you mean "us-west-2"?',
      ],
    ],
  },
  {
    name: 'a dependency cycle',
    break: (config) => {
      config.services[1].dependsOn = [{ service: 'ledger' }];
      config.services.push({ name: 'ledger', tier: 2, owner: 'ledger-team', dependsOn: [{ service: 'checkout' }] });
    },
    says: [
      [
        'services[0].dependsOn',
        '[{"service":"payments"},{"aws":"dynamodb"}]',
        'the dependencies go round in a circle: checkout → payments → ledger → checkout',
        'Remove one of these dependencies; a callback that the service can do without is not a dependency.',
      ],
    ],
  },
  {
    name: 'a service that needs itself',
    break: (config) => {
      config.services[1].dependsOn = [{ service: 'payments' }];
    },
    says: [
      [
        'services[1].dependsOn',
        '[{"service":"payments"}]',
        'the dependencies go round in a circle: payments → payments',
        'Remove one of these dependencies; a callback that the service can do without is not a dependency.',
      ],
    ],
  },
  {
    name: 'failover with one region',
    break: (config) => {
      config.regions = [{ name: 'us-east-1' }];
      const record = config.trafficGroups[0].records[0];
      if (record) record.regions = { 'us-east-1': { values: ['192.0.2.1'] } };
    },
    says: [
      [
        'services[0].failover',
        'true',
        'failover needs two regions, and checkout has us-east-1 alone',
        'Add a second region to regions, deployments, allowedRegions and the records, or set failover to false.',
      ],
    ],
  },
  {
    name: 'failover that data residency keeps at home',
    break: (config) => {
      config.services[0].allowedRegions = ['eu-west-1'];
    },
    says: [
      [
        'services[0].failover',
        'true',
        'failover needs two regions, and checkout has eu-west-1 alone',
        'Add a second region to regions, deployments, allowedRegions and the records, or set failover to false.',
      ],
    ],
  },
  {
    name: 'failover without a traffic group',
    break: (config) => {
      delete config.services[0].trafficGroup;
    },
    says: [
      [
        'services[0].trafficGroup',
        'nothing',
        'failover is on, but the service belongs to no traffic group',
        'Name the traffic group whose records move, or set failover to false.',
      ],
    ],
  },
  {
    name: 'failover that nobody outside can see',
    break: (config) => {
      endpoint(config).selfReport = true;
    },
    says: [
      [
        'services[0].endpoints',
        '[{"name":"health","kind":"http","url":"https://checkout.{region}.example.com/he…',
        'failover is on, but no endpoint can be probed from another region',
        'Add an endpoint that every region can reach; a region never decides alone about itself.',
      ],
    ],
  },
  {
    name: 'a health threshold above the children',
    break: (config) => {
      config.trafficGroups[0].healthThreshold = 3;
    },
    says: [
      [
        'trafficGroups[0].healthThreshold',
        '3',
        'a health threshold of 3 is outside 1..2, the children that 3 regions give',
        'Leave it out: with 3 regions it is 1 of 2.',
      ],
    ],
  },
  {
    name: 'a health threshold of zero',
    break: (config) => {
      config.trafficGroups[0].healthThreshold = 0;
    },
    says: [
      [
        'trafficGroups[0].healthThreshold',
        '0',
        'a health threshold of 0 is outside 1..2, the children that 3 regions give',
        'Leave it out: with 3 regions it is 1 of 2.',
      ],
    ],
  },
  {
    name: 'a TTL that is too long for failover',
    break: (config) => {
      config.trafficGroups[0].ttlSeconds = 301;
    },
    says: [
      [
        'trafficGroups[0].ttlSeconds',
        '301',
        'a TTL of 301 s is over 300 s, and checkout has failover on',
        'Set it to at most 300 (60 is usual): clients keep the old answer that long after a failover.',
      ],
    ],
  },
  {
    name: 'thresholds out of order',
    break: (config) => {
      endpoint(config).thresholds = { warningMs: 900, criticalMs: 300 };
    },
    says: [
      [
        'services[0].endpoints[0].thresholds.criticalMs',
        '300',
        'criticalMs (300) is below warningMs (900)',
        'Keep the order warningMs ≤ criticalMs.',
      ],
    ],
  },
  {
    name: 'thresholds of one vantage out of order',
    break: (config) => {
      endpoint(config).thresholds = { warningMs: 300, criticalMs: 900, perVantage: { 'us-west-2': { warningMs: 900, criticalMs: 500 } } };
    },
    says: [
      [
        'services[0].endpoints[0].thresholds.perVantage["us-west-2"].criticalMs',
        '500',
        'criticalMs (500) is below warningMs (900)',
        'Keep the order warningMs ≤ criticalMs.',
      ],
    ],
  },
  {
    name: 'an interval out of order',
    break: (config) => {
      endpoint(config).intervalSeconds = { min: 60 };
    },
    says: [['services[0].endpoints[0].intervalSeconds.min', '60', 'base (30) is below min (60)', 'Keep the order min ≤ base ≤ max.']],
  },
  {
    name: 'units out of order',
    break: (config) => {
      config.services[1].deployments = {
        'eu-west-1': { kind: 'ecs', cluster: 'shop', service: 'payments', minUnits: 4, baselineUnits: 2, maxUnits: 8 },
      };
    },
    says: [
      [
        'services[1].deployments["eu-west-1"].baselineUnits',
        '2',
        'baselineUnits (2) is below minUnits (4)',
        'Keep the order minUnits ≤ baselineUnits ≤ maxUnits.',
      ],
    ],
  },
  {
    name: 'a traffic group without records',
    break: (config) => {
      config.trafficGroups[0].records = [];
    },
    says: [
      [
        'trafficGroups[0].records',
        '[]',
        'the traffic group checkout has no records',
        'List the names that move together, with what they answer in each region.',
      ],
    ],
  },
  {
    name: 'a playbook that names an unknown action',
    break: (config) =>
      Object.assign(config, { playbooks: [{ name: 'calm', alert: 'cpu', levels: [{ name: 'soft', actions: [{ action: 'restrat' }] }] }] }),
    says: [['playbooks[0].levels[0].actions[0].action', '"restrat"', 'names an unknown action "restrat"', 'Did you mean "restart"?']],
  },
  {
    name: 'a playbook without levels',
    break: (config) => {
      config.playbooks = [{ name: 'calm', alert: 'cpu', levels: [] }];
    },
    says: [
      ['playbooks[0].levels', '[]', 'must hold at least 1 entry', 'Correct it. Levels, climbed one by one until the symptoms are gone.'],
    ],
  },
  {
    name: 'a level without actions',
    break: (config) => {
      config.playbooks = [{ name: 'calm', alert: 'cpu', levels: [{ name: 'soft', actions: [] }] }];
    },
    says: [['playbooks[0].levels[0].actions', '[]', 'must hold at least 1 entry', 'Correct it. Actions, tried in order.']],
  },
  {
    name: 'a dependency on an unknown service',
    break: (config) => {
      config.services[0].dependsOn = [{ service: 'payment' }];
    },
    says: [['services[0].dependsOn[0].service', '"payment"', 'there is no service "payment"', 'Did you mean "payments"?']],
  },
  {
    name: 'a dependency on an unknown AWS service',
    break: (config) => {
      config.services[0].dependsOn = [{ aws: 'kinesis' }];
    },
    says: [
      [
        'services[0].dependsOn[0].aws',
        '"kinesis"',
        'there is no AWS service "kinesis"',
        'Known AWS services: dynamodb, rds, ec2, s3, lambda, elb, sts.',
      ],
    ],
  },
  {
    name: 'a dependency on nothing',
    break: (config) => {
      config.services[0].dependsOn = [{ hard: true }];
    },
    says: [
      [
        'services[0].dependsOn[0]',
        '{"hard":true}',
        'the dependency names nothing',
        'Give exactly one of service (a service of this file) and aws (a service of the catalogue).',
      ],
    ],
  },
  {
    name: 'an unknown traffic group',
    break: (config) => {
      config.services[1].trafficGroup = 'chekout';
    },
    says: [['services[1].trafficGroup', '"chekout"', 'there is no traffic group "chekout"', 'Did you mean "checkout"?']],
  },
  {
    name: 'an unknown region',
    break: (config) => {
      config.services[0].allowedRegions = ['us-east-1', 'eu-west-1', 'eu-west-2'];
    },
    says: [['services[0].allowedRegions[2]', '"eu-west-2"', 'there is no region "eu-west-2"', 'Did you mean "eu-west-1"?']],
  },
  {
    name: 'two endpoints of one name',
    break: (config) => config.services[0].endpoints?.push({ name: 'health', kind: 'tls', host: 'checkout.example.com' }),
    says: [
      [
        'services[0].endpoints[1].name',
        '"health"',
        'the endpoint health is given twice, first at position 0',
        'Remove one of the two, or give the second its own name.',
      ],
    ],
  },
  {
    name: 'an address that is none',
    break: (config) => Object.assign(endpoint(config), { url: 'checkout.{region}.example.com' }),
    says: [
      [
        'services[0].endpoints[0].url',
        '"checkout.{region}.example.com"',
        'is not an address that begins with http:// or https://',
        'Write the whole address, such as https://checkout.example.com/health.',
      ],
    ],
  },
  {
    name: 'a password in an address',
    break: (config) => Object.assign(endpoint(config), { url: 'https://probe:hunter2@checkout.{region}.example.com/' }),
    says: [
      [
        'services[0].endpoints[0].url',
        '"https://(not shown)@checkout.{region}.example.com/"',
        'holds a user name or password',
        'Take it out of the address and give it as secretHeaders.',
      ],
    ],
  },
  {
    name: 'a credential in clear text',
    break: (config) => Object.assign(endpoint(config), { headers: { Authorization: 'Bearer abc' } }),
    says: [
      [
        'services[0].endpoints[0].headers.Authorization',
        '(not shown)',
        'the header Authorization carries a credential, which does not belong into a file',
        'Move it to secretHeaders with a reference: ssm:/path, secretsmanager:name or env:NAME.',
      ],
    ],
  },
  {
    name: 'a secret that is no reference',
    break: (config) => Object.assign(endpoint(config), { secretHeaders: { Authorization: 'Bearer abc' } }),
    says: [
      [
        'services[0].endpoints[0].secretHeaders.Authorization',
        '(not shown)',
        'is not a reference to a secret',
        'Correct it. Request headers whose value is read at run time: ssm:/path, secretsmanager:name or env:NAME.',
      ],
    ],
  },
  {
    name: 'a condition without spaces',
    break: (config) => {
      endpoint(config).conditions = ['[STATUS]==200'];
    },
    says: [
      [
        'services[0].endpoints[0].conditions[0]',
        '"[STATUS]==200"',
        'is not a condition: it has no operator with a space on each side',
        'Write it like "[STATUS] == 200"; operators are == != < <= > >=.',
      ],
    ],
  },
  {
    name: 'a condition about nothing',
    break: (config) => {
      endpoint(config).conditions = ['[STATSU] == 200'];
    },
    says: [
      [
        'services[0].endpoints[0].conditions[0]',
        '"[STATSU] == 200"',
        '[STATSU] is nothing that this kind of endpoint measures',
        'Did you mean "STATUS"?',
      ],
    ],
  },
  {
    name: 'an endpoint of an unknown kind',
    break: (config) => Object.assign(endpoint(config), { kind: 'https' }),
    says: [['services[0].endpoints[0].kind', '"https"', 'must be one of http, tcp, tls, dns', 'Did you mean "http"?']],
  },
  {
    name: 'a template without a region',
    break: (config) => {
      endpoint(config).perRegion = false;
    },
    says: [
      [
        'services[0].endpoints[0].url',
        '"https://checkout.{region}.example.com/health"',
        'holds {region}, but the endpoint belongs to no region',
        'Set perRegion to true for one copy per region, or region for a single one.',
      ],
    ],
  },
  {
    name: 'copies that are all the same',
    break: (config) => Object.assign(endpoint(config), { url: 'https://checkout.example.com/health' }),
    says: [
      [
        'services[0].endpoints[0].url',
        '"https://checkout.example.com/health"',
        'perRegion is on, but every copy would have this same address',
        'Put {region} where the region goes, or set perRegion to false.',
      ],
    ],
  },
  {
    name: 'a CIDR block that is none',
    break: (config) => {
      endpoint(config).allowAddresses = ['10.0.0.0/33'];
    },
    says: [
      [
        'services[0].endpoints[0].allowAddresses[0]',
        '"10.0.0.0/33"',
        'is not a CIDR block',
        'Correct it. CIDR blocks that may be probed although they are loopback, private, link-local or metadata addresses.',
      ],
    ],
  },
  {
    name: 'a record with values and an alias',
    break: (config) =>
      Object.assign(config.trafficGroups[0].records[0]?.regions['eu-west-1'] ?? {}, { alias: { dnsName: 'lb.example.com', zoneId: 'Z2' } }),
    says: [
      [
        'trafficGroups[0].records[0].regions["eu-west-1"]',
        '{"values":["192.0.2.2"],"alias":{"dnsName":"lb.example.com","zoneId":"Z2"}}',
        'has values and an alias at once',
        'Give exactly one of values (addresses) and alias (a load balancer).',
      ],
    ],
  },
  {
    name: 'a record outside its zone',
    break: (config) => Object.assign(config.trafficGroups[0].records[0] ?? {}, { name: 'checkout.example.org' }),
    says: [
      [
        'trafficGroups[0].records[0].name',
        '"checkout.example.org"',
        'checkout.example.org is not in the zone example.com',
        'Give the full name, ending in the name of the zone.',
      ],
    ],
  },
  {
    name: 'more health checks than the quota',
    break: (config) => {
      for (let extra = 1; extra <= 22; extra++) config.trafficGroups.push({ ...config.trafficGroups[0], name: `group-${extra}` });
    },
    says: [
      [
        'trafficGroups',
        '[{"name":"checkout","zone":{"id":"Z1","name":"example.com"},"records":[{"name":…',
        '23 traffic groups in 3 regions need 207 health checks, over the quota of 200 an account',
        'Let records that move together share a group, or have the quota raised and say so in quotas.healthChecksPerAccount.',
      ],
    ],
  },
  {
    name: 'an account that nobody can assume a role in',
    break: (config) => {
      config.trafficGroups[0].zone.account = '123456789012';
    },
    says: [
      [
        'trafficGroups[0].zone.account',
        '"123456789012"',
        'the account 123456789012 is neither that of a region nor listed in accounts',
        'List it in accounts with the role and the external id that evenkeel assumes there.',
      ],
    ],
  },
  {
    name: 'a playbook for another alert',
    break: (config) => {
      config.services[0].playbooks = { memory: 'cpu' };
    },
    says: [
      [
        'services[0].playbooks.memory',
        '"cpu"',
        'the playbook cpu answers the alert cpu, not memory',
        'Name a playbook whose alert is memory.',
      ],
    ],
  },
  {
    name: 'a page that comes too late',
    break: (config) => {
      config.policies = { paging: { afterSeconds: 600 } };
    },
    says: [
      [
        'policies.paging.afterSeconds',
        '600',
        'must be at most 300',
        'Correct it. Seconds after opening at which a person is paged unless recovery is verified; at most 300.',
      ],
    ],
  },
  {
    name: 'a second witness whose silence is to mean something',
    break: (config) =>
      Object.assign(config.services[0], {
        signals: { errorRate: { namespace: 'Shop', metricName: 'Errors', treatMissingData: 'breaching' } },
      }),
    says: [
      [
        'services[0].signals.errorRate.treatMissingData',
        '"breaching"',
        'of errorRate has to be missing: it raises no alert by itself, so that its silence cannot',
        'Correct it. What minutes without data mean: nothing, and people are told; past the limit; or within it.',
      ],
    ],
  },
  {
    name: 'an alert that nobody knows',
    break: (config) => Object.assign(config.services[0], { playbooks: { heat: 'calm' } }),
    says: [
      [
        'services[0].playbooks.heat',
        '"calm"',
        'unknown key "heat"',
        'Remove it. Known keys: crash-loop, error-rate, latency, memory, cpu, connection-pool, cache-hit-ratio, deployment-failure, node-not-ready, dependency-down, region-impaired, disk, certificate, critical-dns, capacity-forecast, error-anomaly, latency-anomaly, systemic.',
      ],
    ],
  },
  {
    name: 'an unknown kind with more wrong inside',
    break: (config) => Object.assign(endpoint(config), { kind: 'icmp', conditions: [200], url: 7 }),
    says: [
      ['services[0].endpoints[0].kind', '"icmp"', 'must be one of http, tcp, tls, dns', 'Correct it.'],
      // Every kind has conditions; whether this one has a url nobody knows.
      [
        'services[0].endpoints[0].conditions[0]',
        '200',
        'must be text, not a number',
        'Correct it. What must hold, as gatus writes it: [STATUS] == 200, [BODY].status == ok, [CERTIFICATE_EXPIRATION] > 72h.',
      ],
    ],
  },
  {
    name: 'a mistyped kind with more wrong inside',
    break: (config) => Object.assign(endpoint(config), { kind: 'htpp', timeoutMs: 1500.5, url: 7, hots: 'a' }),
    says: [
      ['services[0].endpoints[0].kind', '"htpp"', 'must be one of http, tcp, tls, dns', 'Did you mean "http"?'],
      [
        'services[0].endpoints[0].timeoutMs',
        '1500.5',
        'must be a whole number',
        'Correct it. Milliseconds for all phases of one probe together.',
      ],
      [
        'services[0].endpoints[0].url',
        '7',
        'must be text, not a number',
        'Correct it. http:// or https:// address; {region} stands for the region of each copy.',
      ],
      [
        'services[0].endpoints[0].hots',
        '"a"',
        'unknown key "hots"',
        'Remove it. Known keys: name, region, perRegion, dimension, weight, priority, conditions, thresholds, timeoutMs, intervalSeconds, allowAddresses, dnsServers, selfReport, kind, url, method, headers, secretHeaders, body, redirectsMax, journey.',
      ],
    ],
  },
  {
    name: 'multivalue aliases',
    break: (config) => Object.assign(record(config), { routing: 'multivalue', regions: { 'eu-west-1': lb, 'us-east-1': lb } }),
    says: [
      [
        'trafficGroups[0].records[0].regions["eu-west-1"].alias',
        '{"dnsName":"lb.example.com","zoneId":"Z2"}',
        'multivalue records cannot be aliases',
        'Use weighted or latency routing, or give values.',
      ],
      [
        'trafficGroups[0].records[0].regions["us-east-1"].alias',
        '{"dnsName":"lb.example.com","zoneId":"Z2"}',
        'multivalue records cannot be aliases',
        'Use weighted or latency routing, or give values.',
      ],
    ],
  },
  {
    name: 'failover routing without roles',
    break: (config) => Object.assign(record(config), { routing: 'failover' }),
    says: [
      [
        'trafficGroups[0].records[0].regions',
        '{"us-east-1":{"values":["192.0.2.1"]},"eu-west-1":{"values":["192.0.2.2"]},"us-…',
        'failover routing takes exactly one primary and one secondary region',
        'Give two regions their role, or use weighted routing, which takes any number.',
      ],
    ],
  },
  {
    name: 'weights that are all zero',
    break: (config) => {
      for (const answer of Object.values(record(config).regions)) answer.weight = 0;
    },
    says: [
      [
        'trafficGroups[0].records[0].regions',
        '{"us-east-1":{"values":["192.0.2.1"],"weight":0},"eu-west-1":{"values":["192.0.…',
        'every region has weight 0, which Route 53 reads as equal weights',
        'Leave the weights out for equal shares, or give at least one region a weight over 0.',
      ],
    ],
  },
  {
    name: 'a record that answers with nothing',
    break: (config) => {
      config.services[0].failover = false;
      record(config).regions = {};
    },
    says: [['trafficGroups[0].records[0].regions', '{}', 'the record answers with nothing', 'Give values or an alias for each region.']],
  },
  {
    name: 'a name where an address belongs',
    break: (config) => Object.assign(record(config).regions['us-east-1'] ?? {}, { values: ['lb.example.com'] }),
    says: [
      [
        'trafficGroups[0].records[0].regions["us-east-1"].values[0]',
        '"lb.example.com"',
        'is not an address that a record of type A holds',
        'Give an IPv4 address, or use an alias for a name.',
      ],
    ],
  },
  {
    name: 'an IPv4 address in an AAAA record',
    break: (config) => {
      record(config).type = 'AAAA';
      record(config).regions = { 'us-east-1': { values: ['2001:db8::1'] }, 'eu-west-1': { values: ['192.0.2.1'] } };
    },
    says: [
      [
        'trafficGroups[0].records[0].regions["eu-west-1"].values[0]',
        '"192.0.2.1"',
        'is not an address that a record of type AAAA holds',
        'Give an IPv6 address, or use an alias for a name.',
      ],
    ],
  },
  {
    name: 'a writer in an unknown region',
    break: (config) =>
      Object.assign(config.services[1], {
        deployments: {
          'eu-west-1': {
            kind: 'lambda',
            function: 'pay',
            baselineUnits: 1,
            maxUnits: 9,
            database: { kind: 'aurora-global', id: 'pay', writerRegion: 'eu-north-1' },
          },
        },
      }),
    says: [
      [
        'services[1].deployments["eu-west-1"].database.writerRegion',
        '"eu-north-1"',
        'there is no region "eu-north-1"',
        'Known regions: us-east-1, eu-west-1, us-west-2.',
      ],
    ],
  },
  {
    name: 'an origin in an unknown region',
    break: (config) => {
      config.trafficGroups[0].cloudFront = { distributionId: 'E1', origins: { 'eu-north-1': 'o1' } };
    },
    says: [
      [
        'trafficGroups[0].cloudFront.origins["eu-north-1"]',
        '"o1"',
        'there is no region "eu-north-1"',
        'Known regions: us-east-1, eu-west-1, us-west-2.',
      ],
    ],
  },
  {
    name: 'limits for an unknown vantage',
    break: (config) => {
      endpoint(config).thresholds = { warningMs: 1, criticalMs: 2, perVantage: { 'eu-north-1': { warningMs: 1, criticalMs: 2 } } };
    },
    says: [
      [
        'services[0].endpoints[0].thresholds.perVantage["eu-north-1"]',
        '{"warningMs":1,"criticalMs":2}',
        'there is no region "eu-north-1"',
        'Known regions: us-east-1, eu-west-1, us-west-2.',
      ],
    ],
  },
  {
    name: 'levels out of order',
    break: (config) => {
      config.playbooks = [
        {
          name: 'calm',
          alert: 'cpu',
          levels: [
            { name: 'emergency', actions: [{ action: 'page' }] },
            { name: 'soft', actions: [{ action: 'restart' }] },
          ],
        },
      ];
    },
    says: [
      [
        'playbooks[0].levels[1].name',
        '"soft"',
        'the level soft comes after the stronger emergency',
        'Put the levels in the order soft, resource, infrastructure, emergency.',
      ],
    ],
  },
  {
    name: 'a window of no length',
    break: (config) => {
      config.policies = { peakHours: [{ name: 'noon', days: ['mon'], from: '12:00', to: '12:00' }] };
    },
    says: [
      ['policies.peakHours[0].to', '"12:00"', 'begins and ends at 12:00', 'Give two different times; for a whole day from 00:00 to 23:59.'],
    ],
  },
  {
    name: 'a time that is none',
    break: (config) => {
      config.policies = { peakHours: [{ name: 'noon', days: ['mon'], from: '9:00', to: '24:00' }] };
    },
    says: [
      ['policies.peakHours[0].from', '"9:00"', 'is not a time of day like 02:30', 'Correct it. Begin, HH:MM in UTC.'],
      [
        'policies.peakHours[0].to',
        '"24:00"',
        'is not a time of day like 02:30',
        'Correct it. End, HH:MM in UTC; earlier than from means the next day.',
      ],
    ],
  },
  {
    name: 'weights of a score that are all zero',
    break: (config) => {
      config.services[0].scoreWeights = { targets: 0, capacity: 0, database: 0, probes: 0 };
    },
    says: [
      [
        'services[0].scoreWeights',
        '{"targets":0,"capacity":0,"database":0,"probes":0}',
        'all weights are 0',
        'Give at least one of them a weight over 0.',
      ],
    ],
  },
  {
    name: 'a name that AWS services have',
    break: (config) => {
      config.services[1].name = 'aws-payments';
      config.services[0].dependsOn = [];
    },
    says: [
      [
        'services[1].name',
        '"aws-payments"',
        'the prefix aws- is kept for the AWS services of the catalogue',
        'Choose another name; depend on an AWS service with { aws: "dynamodb" }.',
      ],
    ],
  },
  {
    name: 'a dependency on two things',
    break: (config) => {
      config.services[0].dependsOn = [{ service: 'payments', aws: 's3' }];
    },
    says: [
      [
        'services[0].dependsOn[0]',
        '{"service":"payments","aws":"s3"}',
        'the dependency names two things at once',
        'Give exactly one of service (a service of this file) and aws (a service of the catalogue).',
      ],
    ],
  },
  {
    name: 'an endpoint in one region and in each',
    break: (config) => {
      endpoint(config).region = 'eu-west-1';
    },
    says: [['services[0].endpoints[0].region', '"eu-west-1"', 'perRegion and region exclude each other', 'Keep one of the two.']],
  },
  {
    name: 'two webhooks of one name',
    break: (config) => {
      const [page, notify] = ['https://pager.example.com/', 'https://chat.example.com/'].map((url) => ({
        webhooks: [{ name: 'team', url }],
      }));
      config.notifications = { page, notify };
    },
    says: [
      [
        'notifications.notify.webhooks[0].name',
        '"team"',
        'the webhook team is given twice, first with the address https://pager.example.com/',
        'Give the second its own name: receipts are kept by it.',
      ],
    ],
  },
  {
    name: 'a webhook without TLS',
    break: (config) => {
      config.notifications = { page: { webhooks: [{ name: 'pager', url: 'http://pager.example.com/' }] } };
    },
    says: [
      [
        'notifications.page.webhooks[0].url',
        '"http://pager.example.com/"',
        'is not an address that begins with https://',
        'Write the whole address, such as https://checkout.example.com/health.',
      ],
    ],
  },
  {
    name: 'a port that does not exist',
    break: (config) => Object.assign(config.services[1].endpoints?.[0] ?? {}, { port: 70_000 }),
    says: [['services[1].endpoints[0].port', '70000', 'must be at most 65535', 'Correct it. TCP port.']],
  },
  {
    name: 'a key with no value',
    break: (config) => Object.assign(config.services[1], { owner: null }),
    says: [
      [
        'services[1].owner',
        'null',
        'must be text, not null',
        'Correct it. The team that owns it; an e-mail address is written to directly.',
      ],
    ],
  },
  {
    name: 'two cycles',
    break: (config) => {
      config.services[1].dependsOn = [{ service: 'checkout' }];
      config.services.push(
        { name: 'search', tier: 3, owner: 'search-team', dependsOn: [{ service: 'index' }] },
        { name: 'index', tier: 3, owner: 'search-team', dependsOn: [{ service: 'search' }] },
      );
    },
    says: [
      [
        'services[0].dependsOn',
        '[{"service":"payments"},{"aws":"dynamodb"}]',
        'the dependencies go round in a circle: checkout → payments → checkout',
        'Remove one of these dependencies; a callback that the service can do without is not a dependency.',
      ],
      [
        'services[2].dependsOn',
        '[{"service":"index"}]',
        'the dependencies go round in a circle: search → index → search',
        'Remove one of these dependencies; a callback that the service can do without is not a dependency.',
      ],
    ],
  },
  {
    name: 'many things at once, of every sort',
    break: (config) => {
      Object.assign(config, { moode: 'act' });
      Object.assign(config.services[0], { tier: 4 });
      config.services[1].dependsOn = [{ service: 'checkout' }];
      endpoint(config).thresholds = { warningMs: 900, criticalMs: 300 };
      config.trafficGroups[0].ttlSeconds = 3600;
      config.regions.push({ name: 'eu-west-1' });
    },
    says: [
      ['services[0].tier', '4', 'must be one of 1, 2, 3', 'Correct it. 1 is what the business stands on; policies allow actions by tier.'],
      ['moode', '"act"', 'unknown key "moode"', 'Did you mean "mode"?'],
      [
        'regions[3].name',
        '"eu-west-1"',
        'the region eu-west-1 is given twice, first at position 1',
        'Remove one of the two, or give the second its own name.',
      ],
      [
        'services[0].dependsOn',
        '[{"service":"payments"},{"aws":"dynamodb"}]',
        'the dependencies go round in a circle: checkout → payments → checkout',
        'Remove one of these dependencies; a callback that the service can do without is not a dependency.',
      ],
      [
        'trafficGroups[0].ttlSeconds',
        '3600',
        'a TTL of 3600 s is over 300 s, and checkout has failover on',
        'Set it to at most 300 (60 is usual): clients keep the old answer that long after a failover.',
      ],
      [
        'services[0].endpoints[0].thresholds.criticalMs',
        '300',
        'criticalMs (300) is below warningMs (900)',
        'Keep the order warningMs ≤ criticalMs.',
      ],
    ],
  },
];

const lb = { alias: { dnsName: 'lb.example.com', zoneId: 'Z2' } };

function record(config: Example): Example['trafficGroups'][0]['records'][number] {
  const [first] = config.trafficGroups[0].records;
  if (first === undefined) throw new Error('the example has a record');
  return first;
}

function endpoint(config: Example): NonNullable<NonNullable<Example['services'][0]['endpoints']>[number]> {
  const [first] = config.services[0].endpoints ?? [];
  if (first === undefined) throw new Error('the example has an endpoint');
  return first;
}
