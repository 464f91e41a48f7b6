import { parseSync, Visitor } from "oxc-parser";

export type Import = { readonly specifier: string; readonly line: number; readonly dynamic: boolean };

type Found = { readonly value: unknown; readonly start: number };

/** Every module that a file names: imports, re-exports, `import()` as an expression and as a type. */
export function importsOf(file: string, text: string): Import[] {
  const { program, errors } = parseSync(file, text);
  if (errors[0] !== undefined) throw new Error(`${file}: ${errors[0].message}`);
  const imports: Import[] = [];
  const add = (source: Found | null, dynamic: boolean): void => {
    if (typeof source?.value !== "string") return;
    imports.push({ specifier: source.value, line: lineAt(text, source.start), dynamic });
  };
  new Visitor({
    ImportDeclaration: (node) => add(node.source, false),
    ExportNamedDeclaration: (node) => add(node.source, false),
    ExportAllDeclaration: (node) => add(node.source, false),
    ImportExpression: (node) => add(node.source.type === "Literal" ? node.source : null, true),
    TSImportType: (node) => add(node.source, true),
    TSModuleDeclaration: (node) => add(node.id.type === "Literal" ? node.id : null, false),
  }).visit(program);
  return imports;
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}
