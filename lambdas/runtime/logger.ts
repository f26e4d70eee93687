import { Logger } from '@aws-lambda-powertools/logger';

/** Structured lines; what varies within an invocation is in the entry, not in the logger. */
export function createLogger(functionName: string, region: string): Logger {
  return new Logger({ serviceName: `evenkeel-${functionName}`, persistentKeys: { region } });
}
