import type { CodegenConfig } from "@graphql-codegen/cli";
import { addTypenameSelectionDocumentTransform } from "@graphql-codegen/client-preset";

const config: CodegenConfig = {
  schema: "../../schema.graphql",
  documents: "src/**/*.tsx",
  generates: {
    "src/gql/": {
      preset: "client",
      presetConfig: {
        // persisted-documents.json is the manifest for a server that executes nothing else.
        persistedDocuments: true,
      },
      // urql asks for __typename everywhere; the manifest has to do the same.
      documentTransforms: [addTypenameSelectionDocumentTransform],
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
