/** The HTTP status numbers that this project itself answers with (docs/wire.md). Handlers may use any 100-599. */
export const Status = {
  Ok: 200,
  Accepted: 202,
  NoContent: 204,
  BadRequest: 400,
  NotFound: 404,
  TooLarge: 413,
  UnsupportedMediaType: 415,
  TooManyRequests: 429,
  Cancelled: 499,
  InternalError: 500,
  BadReply: 502,
  Unavailable: 503,
  Timeout: 504,
} as const;

/** Whether a status says that the call succeeded: 200 to 299. */
export function isOk(statusCode: number): boolean {
  return statusCode >= 200 && statusCode <= 299;
}
