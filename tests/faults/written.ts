import type { Carrier } from "./carriers.js";
import type { FaultOptions } from "./fault.js";
import { carriersOfFault, FAULTS, type Fault, faultOf } from "./registry.js";

/** Which tests the files of this folder declare: what `fault` is replaced by where nothing is to run. */
export class Written {
  readonly #promises = new Map<string, string[]>();

  constructor() {
    for (const fault of FAULTS)
      for (const { on, title } of fault.seeAlso)
        for (const carrier of on) this.#add(fault.number, carrier, title);
  }

  /** In the place of `fault`. */
  readonly fault = (number: number, promise: string, _body: unknown, { on }: FaultOptions = {}): void => {
    for (const carrier of carriersOfFault(faultOf(number)))
      if (on?.includes(carrier) ?? true) this.#add(number, carrier, promise);
  };

  /** What is promised of the fault on that carrier. */
  promises({ number }: Fault, carrier: Carrier): readonly string[] {
    return this.#promises.get(`${number} ${carrier}`) ?? [];
  }

  #add(number: number, carrier: Carrier, promise: string): void {
    const key = `${number} ${carrier}`;
    this.#promises.set(key, [...(this.#promises.get(key) ?? []), promise]);
  }
}
