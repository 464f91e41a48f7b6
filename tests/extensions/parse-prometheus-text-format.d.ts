declare module "parse-prometheus-text-format" {
  /** One row. */
  interface Sample {
    readonly value?: string;
    readonly labels?: Readonly<Record<string, string>>;
  }
  interface Family {
    readonly name: string;
    readonly type: string;
    readonly help: string;
    readonly metrics: readonly Sample[];
  }
  // As it has it.
  // biome-ignore lint/style/noDefaultExport: it is not ours
  export default function parsePrometheusTextFormat(text: string): readonly Family[];
}
