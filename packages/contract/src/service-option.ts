import { checkText, wrong } from "@porthos-rpc/protocol";
import { type AnyContract, isContract, serviceOf } from "./contract.js";

/**
 * The service that an end is of, by its options `service` and `contract`: the contract's unless it goes by another name.
 * @throws {TypeError} for what is no contract, and for a name that is missing or wrong.
 */
export function checkService(
  where: string,
  service: string | undefined,
  contract: AnyContract | undefined,
): string {
  if (contract !== undefined && !isContract(contract)) {
    throw wrong(where, "contract", "made by contract()", contract);
  }
  const fallback = contract === undefined ? undefined : serviceOf(contract);
  return checkText(where, "service", service ?? fallback, 255);
}

/** Refuses options that only a contract gives a meaning: without one they would be ignored in silence. @throws {TypeError} */
export function checkWithoutContract<Options extends { readonly contract?: AnyContract }>(
  where: string,
  options: Options,
  names: readonly (keyof Options & string)[],
): void {
  if (options.contract !== undefined) return;
  const given = names.find((name) => options[name] !== undefined);
  if (given !== undefined) throw wrong(where, given, "given with a contract", options[given]);
}
