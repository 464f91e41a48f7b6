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

  /** Signs a certificate for these names: `DNS:localhost`, `IP:127.0.0.1`. */
  issue(...names: string[]): Certificate {
    writeFileSync(join(this.#folder, "names"), `subjectAltName=${names.join(",")}\n`);
    this.#openssl(
      "req",
      ...NEW_KEY,
      "-subj",
      "/CN=porthos test",
      "-keyout",
      "key.pem",
      "-out",
      "request.pem",
    );
    const authority = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"];
    const file = ["-in", "request.pem", "-out", "cert.pem", "-days", "1", "-extfile", "names"];
    this.#openssl("x509", "-req", ...authority, ...file);
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
