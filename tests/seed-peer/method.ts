import { OctetWriter } from "./octets.js";

/** Class and method in one number: class * 65536 + method. Those that this peer speaks. */
export const Method = {
  connectionStart: 0x0a_000a,
  connectionStartOk: 0x0a_000b,
  connectionTune: 0x0a_001e,
  connectionTuneOk: 0x0a_001f,
  connectionOpen: 0x0a_0028,
  connectionOpenOk: 0x0a_0029,
  connectionClose: 0x0a_0032,
  connectionCloseOk: 0x0a_0033,
  channelOpen: 0x14_000a,
  channelOpenOk: 0x14_000b,
  channelClose: 0x14_0028,
  channelCloseOk: 0x14_0029,
  queueDeclare: 0x32_000a,
  queueDeclareOk: 0x32_000b,
  queueDelete: 0x32_0028,
  queueDeleteOk: 0x32_0029,
  basicConsume: 0x3c_0014,
  basicConsumeOk: 0x3c_0015,
  basicPublish: 0x3c_0028,
  basicDeliver: 0x3c_003c,
  basicAck: 0x3c_0050,
  basicReject: 0x3c_005a,
  confirmSelect: 0x55_000a,
  confirmSelectOk: 0x55_000b,
} as const;

/** The beginning of a method frame's payload; its arguments follow. */
export function method(id: number): OctetWriter {
  return new OctetWriter().integer(4, id);
}

/** The name of a method, for error texts. */
export function nameOf(id: number): string {
  const entry = Object.entries(Method).find(([, value]) => value === id);
  return entry?.[0] ?? `method ${id >> 16}.${id & 0xffff}`;
}
