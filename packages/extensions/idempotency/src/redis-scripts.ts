/*
 * One hash a request: `token` while it runs, `answer` when it has, `fingerprint` always. Its expiry is the lease, or how long the answer is kept. Each
 * script is one atomic step. ARGV: token, milliseconds, fingerprint, answer, as far as it needs them.
 */

export type ScriptName = "begin" | "renew" | "complete" | "abandon";

/** Whether somebody else has the request, or it is answered. A lease that is over and that nobody has taken is still its holder's. */
const IS_TAKEN = `
local token = redis.call('HGET', KEYS[1], 'token')
local taken = token and token ~= ARGV[1] or not token and redis.call('EXISTS', KEYS[1]) == 1`;

const HOLD = `
redis.call('HSET', KEYS[1], 'token', ARGV[1], 'fingerprint', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[2])`;

export const SCRIPTS: Readonly<Record<ScriptName, string>> = {
  /** Nothing if it is the asker's now; else the fingerprint, and the answer if there is one. */
  begin: `
local known = redis.call('HMGET', KEYS[1], 'token', 'fingerprint', 'answer')
if known[3] then return { known[2], known[3] } end
if known[1] and known[1] ~= ARGV[1] then return { known[2] } end
${HOLD}
return {}`,
  renew: `${IS_TAKEN}
if taken then return 0 end
${HOLD}
return 1`,
  complete: `${IS_TAKEN}
if taken then return 0 end
redis.call('HDEL', KEYS[1], 'token')
redis.call('HSET', KEYS[1], 'fingerprint', ARGV[3], 'answer', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1`,
  abandon: `${IS_TAKEN}
if not taken then redis.call('DEL', KEYS[1]) end`,
};
