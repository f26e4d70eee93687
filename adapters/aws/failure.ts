import { failed, type Result, type ResultCode } from '../../core/model/index.ts';

/** A call to AWS did not succeed. `cause` is what the SDK threw; `code` is what callers branch on. */
export class AwsCallError extends Error {
  override readonly name = 'AwsCallError';
  readonly operation: string;
  readonly code: ResultCode;

  constructor(operation: string, code: ResultCode, cause: unknown) {
    super(`${operation}: ${errorName(cause)}: ${errorMessage(cause)}`, { cause });
    this.operation = operation;
    this.code = code;
  }
}

/** Exact names that AWS gives its errors; names that only end in a known word are matched by `endings` below. */
const codesByName: Readonly<Record<string, ResultCode>> = {
  AbortError: 'timeout',
  TimeoutError: 'timeout',
  RequestTimeout: 'timeout',
  RequestTimeoutException: 'timeout',
  AccessDenied: 'refused',
  AccessDeniedException: 'refused',
  AccessDeniedFault: 'refused',
  AuthorizationError: 'refused',
  AuthorizationErrorException: 'refused',
  AuthFailure: 'refused',
  Forbidden: 'refused',
  UnauthorizedOperation: 'refused',
  NotAuthorized: 'refused',
  OptInRequired: 'refused',
  // Credentials that have ended or were never good, and clocks too far apart for the SDK's own correction: asking again does not help.
  ExpiredToken: 'refused',
  ExpiredTokenException: 'refused',
  RequestExpired: 'refused',
  RequestInTheFuture: 'refused',
  RequestTimeTooSkewed: 'refused',
  InvalidClientTokenId: 'refused',
  InvalidSignatureException: 'refused',
  SignatureDoesNotMatch: 'refused',
  UnrecognizedClientException: 'refused',
  CredentialsProviderError: 'refused',
  MissingAuthenticationToken: 'refused',
  MissingAuthenticationTokenException: 'refused',
  ThrottlingException: 'throttled',
  Throttling: 'throttled',
  ThrottledException: 'throttled',
  RequestLimitExceeded: 'throttled',
  RequestThrottled: 'throttled',
  RequestThrottledException: 'throttled',
  TooManyRequestsException: 'throttled',
  ProvisionedThroughputExceededException: 'throttled',
  SlowDown: 'throttled',
  BandwidthLimitExceeded: 'throttled',
  EC2ThrottledException: 'throttled',
  PriorRequestNotComplete: 'throttled',
  TransactionInProgressException: 'throttled',
  ScalingActivityInProgressFault: 'throttled',
  ConditionalCheckFailedException: 'conflict',
  TransactionCanceledException: 'conflict',
  TransactionConflictException: 'conflict',
  ConcurrentModification: 'conflict',
  ConcurrentModificationException: 'conflict',
  ConcurrentUpdateException: 'conflict',
  ConflictException: 'conflict',
  IdempotentParameterMismatch: 'conflict',
  InvalidChangeBatch: 'conflict',
  InvalidIfMatchVersion: 'conflict',
  OperationAborted: 'conflict',
  PreconditionFailed: 'conflict',
  PreconditionFailedException: 'conflict',
  ResourceConflictException: 'conflict',
  ResourceContentionFault: 'conflict',
  ResourceInUseException: 'conflict',
  ResourceInUseFault: 'conflict',
  ServiceNotActiveException: 'conflict',
  NoSuchKey: 'not-found',
  NoSuchBucket: 'not-found',
  NoSuchDistribution: 'not-found',
  NoSuchHostedZone: 'not-found',
  TaskDoesNotExist: 'not-found',
  ExecutionDoesNotExist: 'not-found',
  StateMachineDoesNotExist: 'not-found',
  InvocationDoesNotExist: 'not-found',
  InvalidDocument: 'not-found',
  InvalidDocumentVersion: 'not-found',
  ParameterNotFound: 'not-found',
  // The task that waited for the token has ended by itself: somebody else's decision stands.
  TaskTimedOut: 'superseded',
  ValidationError: 'invalid',
  ValidationException: 'invalid',
  SerializationException: 'invalid',
  InvalidInput: 'invalid',
  LimitExceeded: 'quota',
  LimitExceededException: 'quota',
  LimitExceededFault: 'quota',
  ResourceLimitExceeded: 'quota',
  ServiceQuotaExceededException: 'quota',
  CodeStorageExceededException: 'quota',
  ExecutionLimitExceeded: 'quota',
  AutomationExecutionLimitExceededException: 'quota',
  InternalError: 'unavailable',
  InternalFailure: 'unavailable',
  InternalServerError: 'unavailable',
  InternalServerErrorException: 'unavailable',
  InternalServiceFault: 'unavailable',
  ServerException: 'unavailable',
  ServiceException: 'unavailable',
  ServiceUnavailable: 'unavailable',
  ServiceUnavailableException: 'unavailable',
  ECONNREFUSED: 'unavailable',
  ECONNRESET: 'unavailable',
  EPIPE: 'unavailable',
  EHOSTUNREACH: 'unavailable',
  ENETUNREACH: 'unavailable',
  ENOTFOUND: 'unavailable',
  EAI_AGAIN: 'unavailable',
  ETIMEDOUT: 'timeout',
};

/** Families of names that differ by service: `DBInstanceNotFoundFault`, `TargetGroupNotFound`, `InvalidParameterCombination` … */
const codesByPattern: readonly (readonly [RegExp, ResultCode])[] = [
  [/Throttl|TooManyRequests/, 'throttled'],
  [/NotFound(Fault|Exception)?$|DoesNotExist(Exception)?$|NoSuch/, 'not-found'],
  [/AlreadyExists|InvalidStateFault|InvalidDB\w+StateFault|InvalidGlobalClusterStateFault/, 'conflict'],
  [/QuotaExceeded|LimitExceeded/, 'quota'],
  [/^Invalid|ValidationE/, 'invalid'],
];

/** A proxy or an emulator may lose the error's name; the HTTP status is what is left then. */
const codesByStatus: Readonly<Record<number, ResultCode>> = {
  400: 'invalid',
  401: 'refused',
  403: 'refused',
  404: 'not-found',
  408: 'timeout',
  409: 'conflict',
  412: 'conflict',
  413: 'invalid',
  429: 'throttled',
};

/** What a thrown SDK error means to a caller; `failed` when nothing about it is known. */
export function codeOf(error: unknown): ResultCode {
  const name = errorName(error);
  const byName = codesByName[name] ?? codesByPattern.find(([pattern]) => pattern.test(name))?.[1] ?? codesByName[systemCode(error)];
  if (byName) return byName;
  const status = httpStatus(error);
  if (status !== undefined) return codesByStatus[status] ?? (status >= 500 ? 'unavailable' : 'failed');
  return isError(error) && error.cause !== undefined ? codeOf(error.cause) : 'failed';
}

/**
 * The failed Result of one call. The error travels along as a hidden `cause` for the log at the boundary:
 * hidden, because Results are compared and stored as plain data.
 */
export function failure<T = never>(operation: string, error: unknown, code: ResultCode = codeOf(error)): Result<T> {
  const cause = error instanceof AwsCallError ? error : new AwsCallError(operation, code, error);
  return Object.defineProperty(failed<T>(code, cause.message), 'cause', { value: cause, enumerable: false });
}

/** The error behind a failed Result, when it came from AWS. */
export function causeOf(result: Result<unknown>): AwsCallError | undefined {
  const cause: unknown = 'cause' in result ? result.cause : undefined;
  return cause instanceof AwsCallError ? cause : undefined;
}

export function errorName(error: unknown): string {
  return isError(error) ? error.name : typeof error;
}

function errorMessage(error: unknown): string {
  return isError(error) ? error.message : String(error);
}

function systemCode(error: unknown): string {
  return isError(error) && 'code' in error ? String(error.code) : '';
}

function httpStatus(error: unknown): number | undefined {
  if (!isError(error) || !('$metadata' in error)) return undefined;
  const metadata = error.$metadata;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}

function isError(error: unknown): error is Error {
  return error instanceof Error;
}
