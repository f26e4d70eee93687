import { App, Stack } from 'aws-cdk-lib';
import { type IVpc, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Cluster, ContainerImage, FargateService, FargateTaskDefinition, type ICluster } from 'aws-cdk-lib/aws-ecs';
import { Endpoint, Remediation, SelfHealingService, ServiceTarget } from '../lib/index.ts';

/** A service of your own in one region, and evenkeel beside it in the same stack. `npx cdk synth --app "node examples/self-healing-service.ts"` */
export function createExample(app: App): Stack {
  const stack = new Stack(app, 'shop', { env: { region: 'eu-west-1' } });
  // The two casts are for exactOptionalPropertyTypes, which this repository has on and most do not.
  const vpc: IVpc = new Vpc(stack, 'Vpc', {
    natGateways: 0,
    subnetConfiguration: [{ name: 'public', subnetType: SubnetType.PUBLIC }],
  }) as IVpc;
  const cluster = new Cluster(stack, 'Cluster', { vpc, clusterName: 'shop' }) as ICluster;
  const taskDefinition = new FargateTaskDefinition(stack, 'Tasks');
  taskDefinition.addContainer('web', {
    image: ContainerImage.fromRegistry('public.ecr.aws/nginx/nginx:stable'),
    portMappings: [{ containerPort: 80 }],
  });
  const service = new FargateService(stack, 'Checkout', {
    cluster,
    taskDefinition,
    serviceName: 'checkout',
    desiredCount: 2,
    assignPublicIp: true,
  });

  new SelfHealingService(stack, 'checkout', {
    target: ServiceTarget.ecs(service, { maxUnits: 6 }),
    endpoint: Endpoint.https('https://checkout.example.com/health', { conditions: ['[STATUS] == 200'] }),
    remediations: [Remediation.restart(), Remediation.scale()],
    mode: 'approve',
    page: ['on-call@example.com'],
  });
  return stack;
}

if (import.meta.main) {
  const app = new App();
  createExample(app);
  app.synth();
}
