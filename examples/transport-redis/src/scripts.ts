import { createHash } from "node:crypto";

/**
 * A Lua script. Redis runs it in one piece: nobody else's command comes in between. KEYS[1] is the queue's stream, or
 * the inbox's channel.
 */
export interface Script {
  readonly text: string;
  readonly sha: string;
}

/** ARGV: message, time to live (0 = for ever), largest length. The stream is there if the queue was declared. */
export const SEND: Script = script(`
if redis.call('EXISTS', KEYS[1]) == 0 then return 'unroutable' end
if redis.call('XLEN', KEYS[1]) >= tonumber(ARGV[3]) then return 'full' end
redis.call('XADD', KEYS[1], '*', 'message', ARGV[1], 'ttl', ARGV[2])
redis.call('PUBLISH', KEYS[1], '')
return 'accepted'`);

/** ARGV: message. PUBLISH alone would also count those who watch all channels by a pattern. */
export const REPLY: Script = script(`
if redis.call('PUBSUB', 'NUMSUB', KEYS[1])[2] == 0 then return 'unroutable' end
redis.call('PUBLISH', KEYS[1], ARGV[1])
return 'accepted'`);

/**
 * ARGV: own name, credit, bytes. Declares the queue if it is missing. Hands over what dead connections and "nobody"
 * held (a connection is alive while it listens on the channel that is its name), then what is new; drops what has
 * expired. Stops after 1,000 messages, since nobody else is served meanwhile.
 * @returns the messages (each: id, bytes, milliseconds left or -1 = for ever, deliveries before), whether there may be
 * more, whether the queue was missing
 */
export const TAKE: Script = script(`
local me, credit, bytes, steps = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), 1000
local time, taken = redis.call('TIME'), {}
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function has_room() return #taken < credit and bytes > 0 and steps > 0 end
local function is_dead(name) return redis.call('PUBSUB', 'NUMSUB', name)[2] == 0 end
local function give(entry, before)
  local id, message, ttl = entry[1], entry[2][2], tonumber(entry[2][4]) or 0
  local left = ttl == 0 and -1 or math.max(0, string.match(id, '^%d+') + ttl - now)
  steps = steps - 1
  if left == 0 then
    redis.call('XACK', KEYS[1], 'porthos', id)
    redis.call('XDEL', KEYS[1], id)
  else
    taken[#taken + 1] = { id, message, left, before }
    bytes = bytes - #message
  end
end
local holders = redis.pcall('XINFO', 'CONSUMERS', KEYS[1], 'porthos')
local missing = holders.err and 1 or 0
if missing == 1 then redis.call('XGROUP', 'CREATE', KEYS[1], 'porthos', '0', 'MKSTREAM') end
for _, holder in ipairs(holders) do
  local name, pending = holder[2], holder[4]
  if is_dead(name) then
    while pending > 0 and has_room() do
      local held = redis.call('XPENDING', KEYS[1], 'porthos', '-', '+', 1, name)[1]
      local entry = held and redis.call('XCLAIM', KEYS[1], 'porthos', me, 0, held[1])[1]
      if entry then give(entry, held[4]) end
      pending = pending - 1
    end
    if pending == 0 then redis.call('XGROUP', 'DELCONSUMER', KEYS[1], 'porthos', name) end
  end
end
while has_room() do
  local new = redis.call('XREADGROUP', 'GROUP', 'porthos', me, 'COUNT', 1, 'STREAMS', KEYS[1], '>')
  if not new then break end
  give(new[1][2][1], 0)
end
return { taken, (#taken > 0 or steps == 0) and 1 or 0, missing }`);

/** ARGV: own name, id, how to settle it. Does nothing to a message that is somebody else's by now. */
export const SETTLE: Script = script(`
local mine = redis.pcall('XPENDING', KEYS[1], 'porthos', ARGV[2], ARGV[2], 1, ARGV[1])
if mine.err or #mine == 0 then return end
if ARGV[3] ~= 'release' then
  redis.call('XACK', KEYS[1], 'porthos', ARGV[2])
  redis.call('XDEL', KEYS[1], ARGV[2])
else
  redis.call('XCLAIM', KEYS[1], 'porthos', 'nobody', 0, ARGV[2], 'JUSTID')
  redis.call('PUBLISH', KEYS[1], '')
end`);

export const SCRIPTS: readonly Script[] = [SEND, REPLY, TAKE, SETTLE];

function script(text: string): Script {
  return { text, sha: createHash("sha1").update(text).digest("hex") };
}
