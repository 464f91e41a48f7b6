import { rabbitmq } from "./rabbitmq/recipe.js";
import type { Recipe } from "./recipe.js";

/** Every broker that the tests run against. One more is one more line here and one folder beside rabbitmq/. */
export const CATALOGUE: readonly Recipe[] = [rabbitmq];
