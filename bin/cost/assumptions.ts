/** What cannot be counted before anything runs. Each is a guess on the high side, and `evenkeel cost` prints it. */
export const assumptions = {
  /** Wall time of a slot besides its probes: warm start, table, bus, metrics and the slowest answer. */
  probeSlotSeconds: 0.6,
  /** Lambda is billed by wall time; this is what one more probe adds where connections run side by side on 0.3 vCPU. */
  probeSeconds: 0.01,
  /** Wall time of any other invocation without its table calls. */
  invocationSeconds: 0.05,
  /** One call to the table, one after the other. */
  storeCallSeconds: 0.005,
  /** Asking the authoritative servers of one traffic group. */
  dnsLookSeconds: 0.1,
  /** START, END and REPORT of one invocation, as JSON. */
  logBytesPerInvocation: 700,
  /** CloudWatch Logs bills 26 bytes more for each event. */
  logBytesPerLine: 26,
  /** Out of the vantage: handshake, request, acknowledgements. */
  probeBytesOut: 2_000,
  /** Incidents a month that run a machine to its end; there is no quiet year, and it hardly matters. */
  incidentsPerMonth: 2,
  transitionsPerIncident: 400,
  /**
   * What Lambda keeps polling a queue to which one message comes in a minute, with a maximum concurrency and without:
   * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
   */
  pollersOfBoundedQueue: 5,
  pollersOfQuietQueue: 2,
  /** Long polls of 20 s. */
  emptyReceivesPerPollerMinute: 3,
  /** Checkers of all Route 53 locations together, each every 10 s. */
  healthCheckers: 16,
} as const;
