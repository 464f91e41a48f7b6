import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { LeakWatch } from "./leaks.js";
import { pause } from "./waits.js";

const open: { close?(): unknown; destroy?(): unknown }[] = [];

afterEach(() => {
  for (const each of open.splice(0)) (each.close ?? each.destroy)?.call(each);
});

async function listen(): Promise<number> {
  const server: Server = createServer((socket) => socket.on("error", () => {}).on("end", () => socket.end()));
  open.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

async function connected(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  return socket;
}

test("sees a socket that is left open, and where it was made", async () => {
  const port = await listen();
  const watch = new LeakWatch();
  await watch.run(async () => void open.push(await connected(port)));
  const left = await watch.end(20);
  expect(left).toContain("a TCPWRAP made at");
  expect(left).toContain("leaks.test.ts");
});

test.each(["end", "destroy", "resetAndDestroy"] as const)("does not see a socket after %s()", async (how) => {
  const port = await listen();
  const watch = new LeakWatch();
  await watch.run(async () => {
    const socket = await connected(port);
    socket.on("error", () => {});
    socket[how]();
  });
  expect(await watch.end(500)).toBeUndefined();
});

test("sees an interval, and no timer that has run, was cleared or does not hold the process", async () => {
  const watch = new LeakWatch();
  let interval: NodeJS.Timeout | undefined;
  await watch.run(async () => {
    setTimeout(() => {}, 1);
    clearTimeout(setTimeout(() => {}, 60_000));
    setTimeout(() => {}, 60_000).unref();
    interval = setInterval(() => {}, 60_000);
  });
  const left = await watch.end(50);
  clearInterval(interval);
  expect(left?.match(/a Timeout made/g)).toHaveLength(1);
});

test("waits for what is about to go", async () => {
  const watch = new LeakWatch();
  await watch.run(async () => void setTimeout(() => {}, 50));
  expect(await watch.end(1_000)).toBeUndefined();
});

test("does not see what is made outside", async () => {
  const watch = new LeakWatch();
  const running = watch.run(() => pause(20));
  const timer = setTimeout(() => {}, 60_000);
  await running;
  const left = await watch.end(10);
  clearTimeout(timer);
  expect(left).toBeUndefined();
});
