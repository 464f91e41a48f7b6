/** Software that cannot be had here, such as a download that fails: a reason to go another way, not a broker's failure. */
export class NotToBeHad extends Error {}
