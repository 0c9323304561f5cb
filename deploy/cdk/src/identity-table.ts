import { ArnFormat, RemovalPolicy, Stack } from "aws-cdk-lib";
import { AttributeType, BillingMode, ProjectionType, Table, TableEncryption } from "aws-cdk-lib/aws-dynamodb";
import { type IGrantable, Grant, ManagedPolicy, PolicyStatement } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";

export interface IdentityTableProps {
  /** The name of the table: `next-auth` by default, as Auth.js's adapter expects it. */
  readonly tableName?: string;
  /** Whether users can be listed without a scan. By default they can. */
  readonly directoryIndex?: boolean;
  /** What happens to people's accounts when the stack is deleted: by default, the table stays. */
  readonly removalPolicy?: RemovalPolicy;
}

/** What a server sends to the table: deploy/policy-server.json. */
const ACTIONS = [
  "GetItem",
  "BatchGetItem",
  "Query",
  "Scan",
  "PutItem",
  "UpdateItem",
  "DeleteItem",
  "DescribeTable",
  "DescribeTimeToLive",
].map((name) => `dynamodb:${name}`);

/** The table of Auth.js and authgraph, with both indexes, time to live, backups, and what a server may do with it. */
export class IdentityTable extends Construct {
  readonly table: Table;
  /** The name of the directory index, for AUTHGRAPH_DIRECTORY_INDEX_NAME. Undefined if the table has none. */
  readonly directoryIndexName: string | undefined;
  /** To be attached to the role of a server that this stack does not make. */
  readonly serverPolicy: ManagedPolicy;

  constructor(scope: Construct, id: string, props: IdentityTableProps = {}) {
    super(scope, id);
    const { tableName = "next-auth", directoryIndex = true, removalPolicy = RemovalPolicy.RETAIN } = props;
    if (!/^[A-Za-z0-9_.-]{3,200}$/.test(tableName)) {
      throw new RangeError("tableName must be 3 to 200 letters, digits, underscores, dots and hyphens.");
    }
    this.table = new Table(this, "Table", {
      tableName,
      partitionKey: { name: "pk", type: AttributeType.STRING },
      sortKey: { name: "sk", type: AttributeType.STRING },
      timeToLiveAttribute: "expires",
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.AWS_MANAGED,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy,
    });
    // The adapter's: by e-mail, account and session token.
    this.table.addGlobalSecondaryIndex({
      indexName: "GSI1",
      partitionKey: { name: "GSI1PK", type: AttributeType.STRING },
      sortKey: { name: "GSI1SK", type: AttributeType.STRING },
      projectionType: ProjectionType.ALL,
    });
    if (directoryIndex) {
      this.directoryIndexName = "GSI2";
      this.table.addGlobalSecondaryIndex({
        indexName: this.directoryIndexName,
        partitionKey: { name: "type", type: AttributeType.STRING },
        sortKey: { name: "id", type: AttributeType.STRING },
        projectionType: ProjectionType.ALL,
      });
    }
    this.serverPolicy = new ManagedPolicy(this, "ServerPolicy", {
      description: "What an authgraph server does with the table",
      statements: [new PolicyStatement({ actions: ACTIONS, resources: this.resources() })],
    });
  }

  /** Let a role serve the table, and nothing else. */
  grantServer(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({ grantee, actions: ACTIONS, resourceArns: this.resources() });
  }

  /** The table, its indexes, and what a backup of it is restored to. */
  private resources(): string[] {
    const restored = Stack.of(this).formatArn({
      service: "dynamodb",
      resource: "table",
      resourceName: `${this.table.tableName}-restored-*`,
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
    return [this.table.tableArn, `${this.table.tableArn}/index/*`, restored, `${restored}/index/*`];
  }
}
