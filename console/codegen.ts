import type { CodegenConfig } from "@graphql-codegen/cli";

const config: CodegenConfig = {
  schema: "../schema.graphql",
  documents: "src/**/*.graphql",
  generates: {
    // One module with the types of the operations and their documents: `import { UsersDocument } from "../graphql"`.
    "src/graphql.ts": {
      plugins: ["typescript-operations", "typed-document-node"],
      config: {
        useTypeImports: true,
        strictScalars: true,
        enumType: "string-literal",
        disableDescriptions: true,
        scalars: {
          ID: "string",
          DateTime: "string",
          JSON: "Record<string, unknown>",
          BigInt: { input: "number", output: "number | string" },
        },
      },
    },
  },
};

export default config;
