import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudFormationClient, DescribeStacksCommand, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { GetFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { emulatorClient } from '../client-settings.ts';
import type { Stage, StageContext } from '../context.ts';
import { cdk, typesOfStacks } from '../deploy/cdk.ts';
import { LoopbackServer } from '../deploy/servers.ts';
import { smallShopConfig } from '../deploy/small-shop-config.ts';
import { systemClock } from '../harness/time.ts';
import { progress } from '../progress.ts';

/** The only types that the emulator lacks and the application holds. They are all of the stack of checks, and nothing else of it is. */
const leftOutTypes = ['AWS::Route53::HealthCheck'];
