/** The stack that tests/e2e deploys on a local AWS: without a bootstrapped account, with the settings of the test. */
import { App, CfnOutput, DefaultStackSynthesizer, Stack } from 'aws-cdk-lib';
import { AutoRollback } from '../lib';

const app = new App();
const { bucket, ...props } = JSON.parse(app.node.getContext('props'));
const synthesizer = new DefaultStackSynthesizer({ fileAssetsBucketName: bucket, generateBootstrapVersionRule: false });
const stack = new Stack(app, 'Cdk', { synthesizer });
const rollback = new AutoRollback(stack, 'AutoRollback', props);
new CfnOutput(stack, 'Function', { value: rollback.functionName });
