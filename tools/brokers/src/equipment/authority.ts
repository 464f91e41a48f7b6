import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority of a test, made by the machine's openssl. */
export class Authority implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), "porthos-tls-"));

  constructor() {
    const subject = ["-subj", "/CN=porthos test authority", "-days", "2"];
    this.#openssl("req", "-x509", ...NEW_KEY, ...subject, "-keyout", "ca.key", "-out", "ca.pem");
  }

  get cert(): string {
    return this.#read("ca.pem");
  }

  /** Signs a certificate for these names: `DNS:localhost`, `IP:127.0.0.1`. Its common name is `porthos test`. */
  issue(...names: string[]): Certificate {
    return this.issueFor(0, 1, ...names);
  }

  /** The same, valid from so many days from now to so many. */
  issueFor(fromDays: number, toDays: number, ...names: string[]): Certificate {
    writeFileSync(join(this.#folder, "names"), `subjectAltName=${names.join(",")}\n`);
    writeFileSync(join(this.#folder, "signed"), "");
    writeFileSync(join(this.#folder, "ca.conf"), SIGNING);
    const request = ["-keyout", "key.pem", "-out", "request.pem"];
    this.#openssl("req", ...NEW_KEY, "-subj", "/CN=porthos test", ...request);
    const period = ["-startdate", dateAfter(fromDays), "-enddate", dateAfter(toDays)];
    const files = ["-in", "request.pem", "-out", "cert.pem", "-extfile", "names"];
    this.#openssl("ca", "-batch", "-config", "ca.conf", "-notext", ...period, ...files);
    return { cert: this.#read("cert.pem"), key: this.#read("key.pem") };
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true });
  }

  #openssl(...args: string[]): void {
    execFileSync("openssl", args, { cwd: this.#folder, stdio: "pipe" });
  }

  #read(file: string): string {
    return readFileSync(join(this.#folder, file), "utf8");
  }
}

const NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/** Only the command `ca` of openssl takes dates, before version 3.4. */
const SIGNING = `[ca]
default_ca = test
[test]
database = signed
new_certs_dir = .
rand_serial = yes
certificate = ca.pem
private_key = ca.key
default_md = sha256
policy = any
[any]
commonName = supplied
`;

/** As ASN.1 writes it. A minute early: a certificate for now must be valid at once. */
function dateAfter(days: number): string {
  const date = new Date(Date.now() + days * 86_400_000 - 60_000);
  return `${date.toISOString().replace(/\D/g, "").slice(0, 14)}Z`;
}
