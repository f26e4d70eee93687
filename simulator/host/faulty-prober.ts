import type { FaultHits } from '../../adapters/memory/fault-point.ts';
import type { ProbeRequest, Sample } from '../../core/model/index.ts';
import type { Clock, FaultAnswer, FaultPoint, Prober } from '../../core/ports/index.ts';

/** The prober behind a fault point. It has no Result to fail with: what goes wrong shows in the samples, as it would. */
export class FaultyProber implements Prober {
  readonly #inner: Prober;
  readonly #region: string;
  readonly #faultPoint: FaultPoint;
  readonly #clock: Clock;
  readonly #hits: FaultHits;

  constructor(inner: Prober, region: string, faultPoint: FaultPoint, clock: Clock, hits: FaultHits) {
    this.#hits = hits;
    this.#inner = inner;
    this.#region = region;
    this.#faultPoint = faultPoint;
    this.#clock = clock;
  }

  probe(request: ProbeRequest, vantage: string, deadlineMs: number): Promise<Sample[]> {
    const answer = this.#faultPoint({ port: 'prober', method: 'probe', region: this.#region, args: [request, vantage, deadlineMs] });
    return answer.kind === 'pass' ? this.#inner.probe(request, vantage, deadlineMs) : this.#suffer(answer, request, vantage, deadlineMs);
  }

  async #suffer(
    answer: Exclude<FaultAnswer, { kind: 'pass' }>,
    request: ProbeRequest,
    vantage: string,
    deadlineMs: number,
  ): Promise<Sample[]> {
    const counts = this.#hits.prober ?? {};
    this.#hits.prober = counts;
    counts[answer.kind] = (counts[answer.kind] ?? 0) + 1;
    const samples = await this.#inner.probe(request, vantage, deadlineMs);
    switch (answer.kind) {
      case 'refuse':
      case 'throttle':
        return samples.map((sample) => ({
          ...sample,
          verdict: 'inconclusive',
          status: 'warning',
          reason: `the vantage has no sockets left: ${answer.reason}`,
        }));
      case 'hang':
        await this.#clock.sleep(Math.min(request.timeoutMs, deadlineMs));
        return samples.map((sample) => ({ ...sample, verdict: 'fail', status: 'critical', phasesMs: {}, reason: 'no answer in time' }));
      case 'lie':
        return samples.map((sample) => ({ ...sample, verdict: 'pass', status: 'healthy', reason: 'GET answered 200' }));
      case 'late':
        await this.#clock.sleep(answer.ms);
        return samples;
      case 'duplicate':
        return [...samples, ...samples];
    }
  }
}
