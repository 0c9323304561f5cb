// graphql-eslint over FOLDER/schema.graphql and FOLDER/documents: recommended rules, and those of Relay.
//
// Prints what it finds, and then what it finds in a schema that Relay cannot use.

import { readFileSync } from "node:fs";

import { ESLint } from "eslint";
import { configs, parser, rules } from "@graphql-eslint/eslint-plugin";

const [folder] = process.argv.slice(2);

// Rules of ours that differ from the recommended ones, each with its reason.
const SCHEMA = {
  // Lists are read forwards, which Relay's specification allows.
  "@graphql-eslint/relay-arguments": ["error", { includeBoth: false }],
  // Every connection has the shortcut `nodes`, as GitHub's and Shopify's have. An audit event is no node: it never
  // changes, so nobody fetches it again.
  "@graphql-eslint/relay-edge-types": ["error", { listTypeCanWrapOnlyEdgeType: false, shouldImplementNode: false }],
  // `User.userId` is the id that Auth.js gives a user; `id` is the global one.
  "@graphql-eslint/no-typename-prefix": "off",
  // What has an id can be fetched again; the others are a part of something.
  "@graphql-eslint/strict-id-in-types": "off",
  // `@oneOf` is GraphQL's own.
  "@graphql-eslint/require-description": ["error", { types: true, rootField: true }],
};
// The adapter caches nothing, so it needs no `id`, and its operations are called as Auth.js calls its methods.
const ADAPTER = {
  "@graphql-eslint/naming-convention": "off",
  "@graphql-eslint/require-selections": "off",
};

const languageOptions = {
  parser,
  parserOptions: {
    graphQLConfig: { schema: `${folder}/schema.graphql`, documents: `${folder}/documents/**/*.graphql` },
  },
};

const eslint = new ESLint({
  cwd: folder,
  overrideConfigFile: true,
  overrideConfig: [
    { files: ["**/*.graphql"], languageOptions, plugins: { "@graphql-eslint": { rules } } },
    {
      files: ["schema.graphql"],
      rules: { ...configs["flat/schema-recommended"].rules, ...configs["flat/schema-relay"].rules, ...SCHEMA },
    },
    { files: ["documents/**/*.graphql"], rules: configs["flat/operations-recommended"].rules },
    { files: ["documents/adapter/*.graphql"], rules: ADAPTER },
  ],
});

const results = await eslint.lintFiles(["schema.graphql", "documents/**/*.graphql"]);
const filePath = `${folder}/schema.graphql`;
const wrong = readFileSync(filePath, "utf8").replace("  hasNextPage: Boolean!", "  hasNextPage: String!");
const [{ messages }] = await eslint.lintText(wrong, { filePath });
console.log(
  JSON.stringify({
    files: results.length,
    faults: results.flatMap((file) =>
      file.messages.map(({ line, message, ruleId }) => `${file.filePath}:${line}: ${message} (${ruleId})`),
    ),
    wrong: messages.map(({ ruleId }) => ruleId),
  }),
);
