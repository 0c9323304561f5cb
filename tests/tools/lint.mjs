// graphql-eslint over FOLDER/schema.graphql and FOLDER/documents: recommended rules, and those of Relay.

import { ESLint } from "eslint";
import { configs, parser, rules } from "@graphql-eslint/eslint-plugin";

const [folder] = process.argv.slice(2);

// The rules of ours that differ from the recommended ones, each with its reason.
const SCHEMA = {
  // Every connection has the shortcut `nodes`, as GitHub's and Shopify's have.
  "@graphql-eslint/relay-edge-types": ["error", { listTypeCanWrapOnlyEdgeType: false }],
  // `User.userId` is the id that Auth.js gives a user; `id` is the global one.
  "@graphql-eslint/no-typename-prefix": "off",
  // What has an id can be fetched again; the others are a part of something.
  "@graphql-eslint/strict-id-in-types": "off",
};
const OPERATIONS = {
  // The deepest document shows the accounts of users in a list.
  "@graphql-eslint/no-anonymous-operations": "off",
};

const language = (documents) => ({
  parser,
  parserOptions: { graphQLConfig: { schema: `${folder}/schema.graphql`, documents: `${folder}/documents/*.graphql` } },
  ...documents,
});

const eslint = new ESLint({
  cwd: folder,
  overrideConfigFile: true,
  overrideConfig: [
    { files: ["**/*.graphql"], languageOptions: language(), plugins: { "@graphql-eslint": { rules } } },
    {
      files: ["schema.graphql"],
      rules: { ...configs["flat/schema-recommended"].rules, ...configs["flat/schema-relay"].rules, ...SCHEMA },
    },
    { files: ["documents/*.graphql"], rules: { ...configs["flat/operations-recommended"].rules, ...OPERATIONS } },
  ],
});

const results = await eslint.lintFiles(["schema.graphql", "documents/*.graphql"]);
for (const { filePath, messages } of results) {
  for (const { line, message, ruleId } of messages) console.log(`${filePath}:${line}: ${message} (${ruleId})`);
}
console.log(`${results.length} files`);
