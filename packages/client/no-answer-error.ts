/** No response could be had: nobody listens there, the name is unknown, the certificate is not trusted, the connection broke. */
export class NoAnswerError extends Error {
  override readonly name: string = "NoAnswerError";
  /** `host:port` */
  readonly address: string;
  /** What went wrong, without where. */
  readonly why: string;
  /** Nobody listens at the address. */
  readonly refused: boolean;

  constructor(url: URL, cause: NodeJS.ErrnoException) {
    const why = describe(cause);
    super(`no answer from ${url.origin.replace(/^ws/, "http")}: ${why}`, { cause });
    this.address = url.host;
    this.why = why;
    this.refused = root(cause).code === "ECONNREFUSED";
  }
}

function describe(error: NodeJS.ErrnoException): string {
  const { code, message } = root(error);
  return code === "ECONNREFUSED" ? "connection refused (is the API server running there?)" : message;
}

/** Of several attempts, the first one tells. */
function root(error: NodeJS.ErrnoException): NodeJS.ErrnoException {
  return error instanceof AggregateError && error.errors.length > 0 ? root(error.errors[0]) : error;
}
