import { register } from "node:module";

/*
 * Connects to a URL in a process where a package is not installed, and prints what it is told.
 * Arguments: the package, the URL.
 */
const [hidden = "", url = ""] = process.argv.slice(2);

// Resolved from a place that has no packages, so that Node itself says what it always says.
const hooks = `export const resolve = (name, context, next) =>
  next(name, name === ${JSON.stringify(hidden)} ? { ...context, parentURL: "file:///nowhere/program.js" } : context);`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);

const { connect } = await import("@porthos-rpc/connect");
try {
  const transport = await connect(url);
  await transport.close();
  console.log(JSON.stringify({ message: "connected" }));
} catch (error) {
  console.log(JSON.stringify(error));
}
