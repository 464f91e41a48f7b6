import { fileURLToPath } from "node:url";

/** A file of tools/brokers/recipes: the scripts and settings that private brokers and containers share. */
export function recipeFile(path: string): string {
  return fileURLToPath(new URL(`../../recipes/${path}`, import.meta.url));
}
