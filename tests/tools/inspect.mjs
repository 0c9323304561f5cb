// graphql-inspector: what changed since the released schema, whether the documents are valid, and what they cover.

import { readdirSync, readFileSync } from "node:fs";

import { coverage, CriticalityLevel, diff, validate } from "@graphql-inspector/core";
import { buildSchema, Source } from "graphql";

const [folder] = process.argv.slice(2);
const read = (name) => readFileSync(`${folder}/${name}`, "utf8");
const schema = buildSchema(read("schema.graphql"));
const documents = readdirSync(`${folder}/documents`, { recursive: true }).filter((name) => name.endsWith(".graphql"));
const sources = documents.map((name) => new Source(read(`documents/${name}`), name));

const changes = await diff(buildSchema(read("schema.released.graphql")), schema);
const invalid = validate(schema, sources);
const covered = coverage(schema, sources);

console.log(
  JSON.stringify({
    breaking: changes.filter(({ criticality }) => criticality.level === CriticalityLevel.Breaking).map(({ message }) => message),
    invalid: invalid.map(({ source, errors }) => `${source.name}: ${errors.map(({ message }) => message).join(" ")}`),
    deprecated: invalid.flatMap(({ deprecated }) => deprecated.map(({ message }) => message)),
    mutations: Object.entries(covered.types.Mutation.children).filter(([, { hits }]) => hits > 0).map(([name]) => name),
  }),
);
