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
