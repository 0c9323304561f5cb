// Writes FOLDER/graphql-env.d.ts, what gql.tada knows of a schema, as its command `generate-output` does. The command
// itself needs TypeScript 6 or older.

import { readFileSync, writeFileSync } from "node:fs";

import { minifyIntrospection, outputIntrospectionFile } from "@gql.tada/internal";
import { buildSchema, introspectionFromSchema } from "graphql";

const [folder] = process.argv.slice(2);
const schema = buildSchema(readFileSync(`${folder}/schema.graphql`, "utf8"));
const introspection = minifyIntrospection(introspectionFromSchema(schema));
const output = outputIntrospectionFile(introspection, { fileType: ".d.ts", shouldPreprocess: true });
writeFileSync(`${folder}/graphql-env.d.ts`, output);
