import type { ActionName } from '../../core/config/schema.ts';

/** What evenkeel may do about a service. When it does what is for the playbooks; what is not listed, the policy refuses. */
export class Remediation {
  /** Units are replaced one at a time, never below minimum health. */
  static restart(): Remediation {
    return new Remediation('restart');
  }

  /** More units, or bigger ones, within the target's bounds. */
  static scale(): Remediation {
    return new Remediation('scale');
  }

  /** Back to the release before, when the new one got worse. */
  static rollback(): Remediation {
    return new Remediation('rollback');
  }

  /** Units of a sick zone are taken out of the load balancer. */
  static eject(): Remediation {
    return new Remediation('eject');
  }

  /** An SSM document of a pinned version, as a playbook names it. */
  static script(): Remediation {
    return new Remediation('script');
  }

  readonly action: ActionName;

  private constructor(action: ActionName) {
    this.action = action;
  }
}
