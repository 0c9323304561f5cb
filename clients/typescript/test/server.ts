// The running server that the tests talk to, and what they need of it besides the adapter.

import type { Adapter } from "@auth/core/adapters";
import { DynamoDBAdapter } from "@auth/dynamodb-adapter";
import { DynamoDB } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocument } from "@aws-sdk/lib-dynamodb";

import { AuthGraphAdapter } from "@authgraph/adapter";

function setting(name: string): string {
  const value = process.env[name];
  if (value) return value;
  throw new Error(
    `${name} is not set. \`make test ARGS=tests/clients\` starts a server and sets it; with a server of your own, ` +
      "set AUTHGRAPH_URL, AUTHGRAPH_ADMIN_KEY, AUTHGRAPH_DYNAMODB_ENDPOINT_URL and AUTHGRAPH_TABLE_NAME.",
  );
}

export const url = setting("AUTHGRAPH_URL");
const engine = setting("AUTHGRAPH_DYNAMODB_ENDPOINT_URL");
const tableName = setting("AUTHGRAPH_TABLE_NAME");
export const adminKey = setting("AUTHGRAPH_ADMIN_KEY");

/** The data of an operation that must succeed. */
export async function ask(query: string, variables: object = {}, bearer = adminKey): Promise<any> {
  const response = await fetch(url, {
    method: "POST",
    headers: { authorization: `Bearer ${bearer}`, "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as { data: unknown; errors?: unknown };
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

/** A new API key with the scopes. */
export async function createKey(...scopes: string[]): Promise<string> {
  const create = "mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret } }";
  return (await ask(create, { input: { name: "adapter tests", scopes } })).createApiKey.secret;
}

/** The adapter as an app has it: with a key that shows no secret. */
export async function createAdapter() {
  return AuthGraphAdapter({ url, apiKey: await createKey("ADAPTER") });
}

/** The adapter for DynamoDB on the same table, with a client made as its documentation says. */
export function officialAdapter(): Required<Adapter> {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const document = DynamoDBDocument.from(new DynamoDB({ endpoint: engine, region: "us-east-1", credentials }), {
    marshallOptions: { convertEmptyValues: true, removeUndefinedValues: true, convertClassInstanceToMap: true },
  });
  return DynamoDBAdapter(document, { tableName }) as Required<Adapter>;
}

let number = 0;

/** A word that no other test uses. */
export function unique(word: string): string {
  return `${word}-${process.pid}-${Date.now().toString(36)}-${number++}`;
}

/** An address that no other test uses. */
export function uniqueEmail(): string {
  return `${unique("ada")}@example.com`;
}

/** A date in the future without milliseconds, as sessions and tokens are stored. */
export function inSeconds(seconds: number): Date {
  return new Date((Math.floor(Date.now() / 1000) + seconds) * 1000);
}
