import { Duration } from "aws-cdk-lib";
import type { ICertificate } from "aws-cdk-lib/aws-certificatemanager";
import type { IVpc } from "aws-cdk-lib/aws-ec2";
import {
  Cluster,
  type ContainerImage,
  type CpuArchitecture,
  FargateService,
  FargateTaskDefinition,
  LogDrivers,
  type Secret,
} from "aws-cdk-lib/aws-ecs";
import { ApplicationLoadBalancer, ApplicationProtocol, SslPolicy } from "aws-cdk-lib/aws-elasticloadbalancingv2";
import { Construct } from "constructs";

import type { IdentityTable } from "./identity-table.js";

export interface IdentityServiceProps {
  readonly vpc: IVpc;
  readonly table: IdentityTable;
  /** The image of deploy/Dockerfile. */
  readonly image: ContainerImage;
  /** The certificate of the address at which people reach the API. */
  readonly certificate: ICertificate;
  /** AUTHGRAPH_ADMIN_KEY, AUTHGRAPH_SECRET_KEY and, for JWT sessions, AUTHGRAPH_AUTH_SECRET. */
  readonly secrets: {
    readonly AUTHGRAPH_ADMIN_KEY: Secret;
    readonly AUTHGRAPH_SECRET_KEY: Secret;
    readonly AUTHGRAPH_AUTH_SECRET?: Secret;
  };
  /** Other settings, by the names of their environment variables. */
  readonly settings?: Readonly<Record<string, string>>;
  /** How many tasks there are at least, in at most as many zones. 2 by default. */
  readonly minTasks?: number;
  /** How many tasks there are at most. 10 by default. */
  readonly maxTasks?: number;
  /** The processor the image was built for. X86_64 by default. */
  readonly cpuArchitecture?: CpuArchitecture;
}

const PORT = 8000;
const MOST_TASKS = 1000;

/** Servers on Fargate behind a load balancer that terminates TLS. */
export class IdentityService extends Construct {
  readonly service: FargateService;
  readonly loadBalancer: ApplicationLoadBalancer;

  constructor(scope: Construct, id: string, props: IdentityServiceProps) {
    super(scope, id);
    const { minTasks = 2, maxTasks = 10, table, vpc } = props;
    if (!(minTasks >= 1 && minTasks <= maxTasks && maxTasks <= MOST_TASKS)) {
      throw new RangeError(`minTasks must be at least 1, and maxTasks from minTasks to ${MOST_TASKS}.`);
    }
    const task = new FargateTaskDefinition(this, "Task", {
      cpu: 512,
      memoryLimitMiB: 1024,
      ...(props.cpuArchitecture && { runtimePlatform: { cpuArchitecture: props.cpuArchitecture } }),
      volumes: [{ name: "tmp" }],
    });
    table.grantServer(task.taskRole);
    const container = task.addContainer("authgraph", {
      image: props.image,
      readonlyRootFilesystem: true,
      portMappings: [{ containerPort: PORT }],
      logging: LogDrivers.awsLogs({ streamPrefix: "authgraph" }),
      // Longer than AUTHGRAPH_TIMEOUT_SECONDS.
      stopTimeout: Duration.seconds(30),
      environment: {
        ...props.settings,
        AUTHGRAPH_TABLE_NAME: table.table.tableName,
        ...(table.directoryIndexName && { AUTHGRAPH_DIRECTORY_INDEX_NAME: table.directoryIndexName }),
        // The load balancer, which adds X-Forwarded-For and X-Forwarded-Proto, has addresses of this network.
        AUTHGRAPH_TRUSTED_PROXIES: vpc.vpcCidrBlock,
      },
      secrets: { ...props.secrets },
    });
    container.addMountPoints({ containerPath: "/tmp", sourceVolume: "tmp", readOnly: false });
    this.service = new FargateService(this, "Service", {
      cluster: new Cluster(this, "Cluster", { vpc }),
      taskDefinition: task,
      desiredCount: minTasks,
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      circuitBreaker: { rollback: true },
      healthCheckGracePeriod: Duration.seconds(30),
    });
    this.service
      .autoScaleTaskCount({ minCapacity: minTasks, maxCapacity: maxTasks })
      .scaleOnCpuUtilization("Load", { targetUtilizationPercent: 60 });
    this.loadBalancer = new ApplicationLoadBalancer(this, "LoadBalancer", {
      vpc,
      internetFacing: true,
      dropInvalidHeaderFields: true,
    });
    const listener = this.loadBalancer.addListener("Https", {
      port: 443,
      certificates: [props.certificate],
      sslPolicy: SslPolicy.RECOMMENDED_TLS,
    });
    listener.addTargets("Servers", {
      port: PORT,
      protocol: ApplicationProtocol.HTTP,
      targets: [this.service],
      deregistrationDelay: Duration.seconds(15),
      healthCheck: { path: "/readyz", interval: Duration.seconds(10), timeout: Duration.seconds(5) },
    });
  }
}
