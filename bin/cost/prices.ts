/**
 * List prices of us-east-1 in USD, the one place where they stand. Other regions differ by some percent (eu-west-1 about +5 to +15 %);
 * free tiers, savings plans and taxes are left out. Written down without access to the pricing pages that `source` names: check them, and
 * set `asOf` to the day, before you rely on a digit.
 */
export const prices = {
  asOf: '2026-02 (not checked against the pages)',
  region: 'us-east-1',
  source:
    'https://aws.amazon.com/<service>/pricing/ of lambda, eventbridge, step-functions, dynamodb, cloudwatch, xray, sqs, sns, kms, route53, s3, ec2 (data transfer), application-recovery-controller',
  /** Hours of a month as AWS counts them. */
  hoursPerMonth: 730,

  lambdaRequest: 0.2e-6,
  /** ARM64, first 6 billion GB-seconds. */
  lambdaGbSecond: 0.0000133334,
  /** Per 64 KB of a custom event; delivery to a target in the same account is free. */
  eventBridgeEvent: 1e-6,
  stepFunctionsTransition: 0.025e-3,
  dynamodbWriteUnit: 0.625e-6,
  dynamodbReadUnit: 0.125e-6,
  dynamodbGbMonth: 0.25,
  dynamodbPitrGbMonth: 0.2,
  metricSeries: 0.3,
  putMetricDataRequest: 0.01e-3,
  /** Per metric asked of GetMetricData. */
  metricRead: 0.01e-3,
  alarm: 0.1,
  dashboard: 3,
  logsIngestedGb: 0.5,
  logsStoredGbMonth: 0.03,
  xrayTrace: 5e-6,
  sqsRequest: 0.4e-6,
  snsPublish: 0.5e-6,
  snsEmail: 20e-6,
  kmsKey: 1,
  kmsRequest: 0.03e-4,
  /** The 50 checks of AWS endpoints within the account that are free each month are left out. */
  healthCheckAws: 0.5,
  healthCheckNonAws: 0.75,
  /** Each of HTTPS, string matching, fast interval and latency measurement. */
  healthCheckFeatureAws: 1,
  healthCheckFeatureNonAws: 2,
  s3Put: 5e-6,
  s3Get: 0.4e-6,
  /** Out of a region to another one. */
  transferRegionGb: 0.02,
  transferInternetGb: 0.09,

  canaryRun: 0.0012,
  arcRegionSwitchPlan: 70,
} as const;
