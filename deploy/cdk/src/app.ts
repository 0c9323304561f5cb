/** The table and a service, to begin with. `npm run synth` writes their templates to cdk.out. */
import { App, CfnOutput, CfnParameter, Stack } from "aws-cdk-lib";
import { Certificate } from "aws-cdk-lib/aws-certificatemanager";
import { Vpc } from "aws-cdk-lib/aws-ec2";
import { Repository } from "aws-cdk-lib/aws-ecr";
import { ContainerImage, Secret } from "aws-cdk-lib/aws-ecs";
import { Secret as StoredSecret } from "aws-cdk-lib/aws-secretsmanager";

import { IdentityService, IdentityTable } from "./index.js";

const app = new App({ outdir: process.env.CDK_OUTDIR ?? "cdk.out" });

const data = new Stack(app, "IdentityTable");
const table = new IdentityTable(data, "Identity", { tableName: process.env.TABLE_NAME });

const servers = new Stack(app, "IdentityService");
const certificate = new CfnParameter(servers, "CertificateArn", {
  description: "The certificate of the address at which people reach the API",
});
const tag = new CfnParameter(servers, "Tag", { description: "The tag of the image in the repository authgraph" });
// A secret with a member for each of the two.
const stored = StoredSecret.fromSecretNameV2(servers, "Secrets", "authgraph");
const service = new IdentityService(servers, "Servers", {
  vpc: new Vpc(servers, "Network", { maxAzs: 2, natGateways: 1 }),
  table,
  image: ContainerImage.fromEcrRepository(
    Repository.fromRepositoryName(servers, "Repository", "authgraph"),
    tag.valueAsString,
  ),
  certificate: Certificate.fromCertificateArn(servers, "Certificate", certificate.valueAsString),
  secrets: {
    AUTHGRAPH_ADMIN_KEY: Secret.fromSecretsManager(stored, "AUTHGRAPH_ADMIN_KEY"),
    AUTHGRAPH_SECRET_KEY: Secret.fromSecretsManager(stored, "AUTHGRAPH_SECRET_KEY"),
  },
  minTasks: Number(process.env.MIN_TASKS ?? 2),
});
new CfnOutput(servers, "Address", {
  description: "Where your domain must lead, as an alias or a CNAME record",
  value: service.loadBalancer.loadBalancerDnsName,
});

app.synth();
