import { Codecs, encodeText } from "@porthos-rpc/protocol";
import { expect, it } from "vitest";
import { detailsOf, remoteError } from "./remote-error.js";

it("writes a stranger's words in one line, and none of a terminal's commands", () => {
  const body = encodeText(
    JSON.stringify({ title: "Bad\nERROR all is lost", detail: "\u001b[2J gone\u202e x" }),
  );
  const response = { statusCode: 500, contentType: "application/problem+json", body, headers: undefined };
  const details = detailsOf(response, new Codecs());
  const { message } = remoteError({ service: "S", method: "m" }, response, details);
  expect(message).toBe("S.m: answered 500 Bad ERROR all is lost: [2J gone x");
  expect(details).toMatchObject({ title: "Bad\nERROR all is lost" });
});
