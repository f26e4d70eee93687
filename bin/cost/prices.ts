/**
 * List prices of us-east-1 in USD, the one place where they stand. Other regions differ by some percent (eu-west-1 about +5 to +15 %);
 * free tiers, savings plans and taxes are left out. Checked on 2026-11-22 against stored copies of public pages, each named with its date
 * where the price stands; `unseen` means that no copy named it, and it is written down from the provider's page as it was known. Check
 * the pages that `source` names, and set `asOf` to the day, before you rely on a digit.
 */
export const prices = {
  asOf: '2026-06 (from copies of public pages, see bin/cost/prices.ts)',
  region: 'us-east-1',
  source:
    'https://aws.amazon.com/<service>/pricing/ of lambda, eventbridge, step-functions, dynamodb, cloudwatch, xray, sqs, sns, kms, route53, s3, ec2 (data transfer), application-recovery-controller',
  /** Hours of a month as AWS counts them. */
  hoursPerMonth: 730,

  /** cloudchipr.com/blog/aws-lambda-pricing, 2024: 0.20 a million, ARM 0.0000133334 a GB-second. */
  lambdaRequest: 0.2e-6,
  /** ARM64, the first tier. */
  lambdaGbSecond: 0.0000133334,
  /** Per 64 KB of a custom event; delivery to a target in the same account is free. cloudburn.io/blog/amazon-eventbridge-pricing, 2026-03. */
  eventBridgeEvent: 1e-6,
  /** aws.amazon.com/step-functions/pricing. */
  stepFunctionsTransition: 0.025e-3,
  /** On demand, halved in November 2024: airbyte.com/data-engineering-resources/dynamodb-pricing, 2025-07. */
  dynamodbWriteUnit: 0.625e-6,
  dynamodbReadUnit: 0.125e-6,
  /** Unseen, and the next. */
  dynamodbGbMonth: 0.25,
  dynamodbPitrGbMonth: 0.2,
  /** signoz.io/guides/cloudwatch-pricing, 2026-02: 0.30 a series up to 10,000. */
  metricSeries: 0.3,
  /** Unseen. */
  putMetricDataRequest: 0.01e-3,
  /** Per metric asked of GetMetricData. Unseen. */
  metricRead: 0.01e-3,
  /** Unseen. */
  alarm: 0.1,
  /** factualminds.com, Amazon CloudWatch Pricing, 2026-06: dashboards 3, logs 0.50 a GB. */
  dashboard: 3,
  logsIngestedGb: 0.5,
  /** Unseen. */
  logsStoredGbMonth: 0.03,
  /** aws.amazon.com/xray/pricing: 5 a million recorded. */
  xrayTrace: 5e-6,
  /** Unseen, down to kmsRequest. */
  sqsRequest: 0.4e-6,
  snsPublish: 0.5e-6,
  snsEmail: 20e-6,
  kmsKey: 1,
  kmsRequest: 0.03e-4,
  /** wewantcode.com, course on Route 53: 0.50 and 0.75. The 50 checks of AWS endpoints that are free each month are left out. */
  healthCheckAws: 0.5,
  healthCheckNonAws: 0.75,
  /** Unseen: each of HTTPS, string matching, fast interval and latency measurement. */
  healthCheckFeatureAws: 1,
  healthCheckFeatureNonAws: 2,
  /** Unseen, and the next. */
  s3Put: 5e-6,
  s3Get: 0.4e-6,
  /** Out of a region to another one, and to the internet: usage.ai, AWS Data Transfer Costs Explained, 2026-06. */
  transferRegionGb: 0.02,
  transferInternetGb: 0.09,

  /** blog.mattsbit.co.uk, 2023-11. */
  canaryRun: 0.0012,
  /** Unseen; DESIGN gives it. */
  arcRegionSwitchPlan: 70,
} as const;
