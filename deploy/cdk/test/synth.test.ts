import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { folder, zipFor } from './zips';

const PACKAGE = join(__dirname, '..');

/** Runs `cdk synth` on the example, and returns the folder with the result. */
function synth(zip: string, zipSha256: string): string {
  const output = folder();
  const options = ['--app', 'node example/app.js', '--output', output, '-c', `zip=${zip}`, '-c', `zipSha256=${zipSha256}`];
  execFileSync(join(PACKAGE, 'node_modules', '.bin', 'cdk'), ['synth', '--quiet', '--no-notices', ...options], {
    cwd: PACKAGE,
    env: { ...process.env, CI: 'true', DISABLE_VERSION_CHECK: 'true', CDK_DISABLE_CLI_TELEMETRY: 'true' },
    stdio: 'pipe',
    encoding: 'utf8',
  });
  return output;
}

test('cdk synth makes a stack with the zip as its asset', () => {
  const { zip, zipSha256 } = zipFor('x86_64');
  const output = synth(zip, zipSha256);

  const template = JSON.parse(readFileSync(join(output, 'Shop.template.json'), 'utf8'));
  const functions = Object.values<any>(template.Resources).filter(({ Type }) => Type === 'AWS::Lambda::Function');
  assert.equal(functions.length, 1);
  const key = functions[0].Properties.Code.S3Key;
  const { files } = JSON.parse(readFileSync(join(output, 'Shop.assets.json'), 'utf8'));
  const asset = Object.values<any>(files).find(({ destinations }) => Object.values<any>(destinations)[0].objectKey === key);
  assert.deepEqual(readFileSync(join(output, asset.source.path)), readFileSync(zip));
});

test('cdk synth ends with the reason if the zip is a wrong one', () => {
  const { zip, zipSha256 } = zipFor('arm64');

  assert.throws(() => synth(zip, zipSha256), /is for arm64, but architecture is x86_64/);
});
