import { randomUUID } from "node:crypto";
import { Agent } from "node:http";
import { DynamoDBAdapter, format } from "@auth/dynamodb-adapter";
import { DynamoDB } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocument } from "@aws-sdk/lib-dynamodb";

const TableName = process.env.TABLE_NAME;

const client = DynamoDBDocument.from(
  new DynamoDB({
    endpoint: process.env.DYNAMODB_ENDPOINT,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
    requestHandler: { httpAgent: new Agent({ keepAlive: true, maxSockets: 128 }) },
  }),
  { marshallOptions: { convertEmptyValues: true, removeUndefinedValues: true, convertClassInstanceToMap: true } },
);

export const adapter = DynamoDBAdapter(client, { tableName: TableName });

/** Users by id, in the order of the ids. */
export async function usersById(ids) {
  if (ids.length === 1) {
    return [await adapter.getUser(ids[0])];
  }
  const found = new Map();
  let wanted = { [TableName]: { Keys: ids.map((id) => ({ pk: `USER#${id}`, sk: `USER#${id}` })) } };
  while (Object.keys(wanted ?? {}).length > 0) {
    const { Responses, UnprocessedKeys } = await client.batchGet({ RequestItems: wanted });
    for (const item of Responses[TableName]) {
      found.set(item.id, format.from(item));
    }
    wanted = UnprocessedKeys;
  }
  return ids.map((id) => found.get(id) ?? null);
}

/** Everything that lies with a user; the adapter itself lists nothing. */
export async function itemsOfUser(id) {
  const items = [];
  let ExclusiveStartKey;
  do {
    const page = await client.query({
      TableName,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": `USER#${id}` },
      ExclusiveStartKey,
    });
    items.push(...page.Items);
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  return {
    accounts: items.filter((item) => item.sk.startsWith("ACCOUNT#")).map(format.from),
    sessions: items.filter((item) => item.sk.startsWith("SESSION#")).map(format.from),
  };
}

/** The first users of the table: it has no index of them, so it is a scan with a filter. */
export async function firstUsers(first) {
  const users = [];
  let ExclusiveStartKey;
  do {
    const page = await client.scan({
      TableName,
      FilterExpression: "#type = :user",
      ExpressionAttributeNames: { "#type": "type" },
      ExpressionAttributeValues: { ":user": "USER" },
      Limit: (first - users.length) * 8,
      ExclusiveStartKey,
    });
    users.push(...page.Items.map(format.from));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey && users.length < first);
  return users.slice(0, first);
}

/** A new user with an account and a session, as Auth.js stores them at the first sign-in. Null if one is taken. */
export async function registerUser(input) {
  const { provider, providerAccountId } = input.account;
  const taken = await Promise.all([
    adapter.getUserByAccount({ provider, providerAccountId }),
    adapter.getUserByEmail(input.user.email),
  ]);
  if (taken.some((found) => found !== null)) {
    return null;
  }
  const user = await adapter.createUser(input.user);
  const { accessToken, tokenType, ...rest } = input.account;
  const [account, session] = await Promise.all([
    adapter.linkAccount({ ...rest, userId: user.id, id: randomUUID(), access_token: accessToken, token_type: tokenType }),
    input.session ? adapter.createSession({ ...input.session, userId: user.id }) : null,
  ]);
  return { user, account, session };
}
