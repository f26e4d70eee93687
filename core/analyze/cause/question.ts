import type { Locus } from '../../model/index.ts';
import type { Edge } from './graph.ts';
import type { Symptom } from './symptoms.ts';

/** Everything that bears on why `services` hurt in `region`. */
export interface CauseQuestion {
  region: string;
  services: readonly string[];
  edges: readonly Edge[];
  /** Of all regions. */
  symptoms: readonly Symptom[];
  /** Services whose release in the region is still watched. */
  releases: readonly string[];
  /** Whether the region's own observer is no longer heard; null: it cannot be told, or it is the one that asks. */
  silent: boolean | null;
  /** Observers besides the own one that see the trouble, and that could and do not. */
  agree: number;
  disagree: number;
  /** Whose sight is in question: the own vantage, or the one observer that sees what its peers do not. */
  observer: string;
  /** Whether that is the own vantage, whose looks the symptoms are. */
  own: boolean;
  /** Whether the work that a request takes in the service has changed, as its measures no longer move together. */
  inside: boolean;
  /** What counting units and releases has located already. */
  told: { locus: Locus; service: string; unit?: string } | null;
  dynamodbDnsWeight: number;
}
