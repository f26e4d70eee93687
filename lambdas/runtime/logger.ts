import type { Logger } from '@aws-lambda-powertools/logger';

type Details = Error | Record<string, unknown>;

export interface Log {
  info(message: string, details: Details): void;
  warn(message: string, details: Details): void;
  error(message: string, details: Details): void;
  /** Waits until every line is out: Lambda freezes the rest. */
  flush(): Promise<void>;
}

/**
 * Structured lines; what varies within an invocation is in the entry, not in the logger. Powertools is loaded with the first line: a calm
 * invocation writes none, and a cold start does not pay for it. Lines come out in the order in which they were written.
 */
export function createLogger(functionName: string, region: string): Log {
  let logger: Promise<Logger> | undefined;
  let last: Promise<void> = Promise.resolve();
  const load = async (): Promise<Logger> => {
    const powertools = await import('@aws-lambda-powertools/logger');
    return new powertools.Logger({ serviceName: `evenkeel-${functionName}`, persistentKeys: { region } });
  };
  const write = (level: 'info' | 'warn' | 'error', message: string, details: Details): void => {
    logger ??= load();
    const loaded = logger;
    last = last.then(async () => {
      const powertools = await loaded;
      // Its overloads take an error or attributes, not either.
      if (details instanceof Error) powertools[level](message, details);
      else powertools[level](message, details);
    });
  };
  return {
    info: (message, details) => write('info', message, details),
    warn: (message, details) => write('warn', message, details),
    error: (message, details) => write('error', message, details),
    flush: () => last,
  };
}
