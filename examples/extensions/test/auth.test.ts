import { expect, test } from "vitest";
import { linesOf } from "./lines-of.js";

test("the example of auth lets in whom the policy allows, and tells the others why not", async () => {
  expect(await linesOf("auth")).toEqual([
    "the balance of alice",
    "root closed the account of bob",
    '403, executed: no: Accounts.admin.close: answered 403 Forbidden: this caller may not call "admin.close": it needs the scope "admin"',
    '401, executed: no: Accounts.balance: answered 401 Unauthorized: a token is needed: send it in the header "authorization", as "Bearer <token>"',
  ]);
});
