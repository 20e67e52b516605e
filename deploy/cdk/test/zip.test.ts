import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkedZip } from '../lib/zip';
import { written, zipFor, zipOf } from './zips';

test('a zip of the right architecture and sum is used', () => {
  const { zip, zipSha256 } = zipFor('x86_64');

  assert.equal(checkedZip('x86_64', zip, zipSha256), zip);
});

test('a zip of another architecture is refused', () => {
  const { zip, zipSha256 } = zipFor('arm64');

  assert.throws(() => checkedZip('x86_64', zip, zipSha256), /function\.zip is for arm64, but architecture is x86_64/);
});

test('a zip of another sum is refused', () => {
  const { zip, zipSha256 } = zipFor('arm64');
  const other = '0'.repeat(64);

  assert.throws(() => checkedZip('arm64', zip, other), new RegExp(`SHA-256 ${zipSha256}, but zipSha256 is ${other}`));
});

test('a copy that is not from a release asks for the sum of the zip', () => {
  const { zip } = zipFor('arm64');

  assert.throws(() => checkedZip('arm64', zip), /not from a release: set zipSha256/);
});

test('a copy without a zip asks for one', () => {
  assert.throws(() => checkedZip('arm64'), /holds no zip for arm64: set zip/);
  assert.throws(() => checkedZip('arm64', 'no/such.zip'), /There is no zip no\/such\.zip/);
});

test('what has no program for Lambda is refused', () => {
  const useless = [
    written(Buffer.from('not a zip')),
    written(Buffer.alloc(0)),
    written(Buffer.from('PK\x05\x06')),
    zipOf('other', Buffer.alloc(100)),
    zipOf('bootstrap', Buffer.from('#!/bin/sh')),
    zipOf('bootstrap', Buffer.alloc(0)),
  ];

  for (const { zip, zipSha256 } of useless) {
    assert.throws(() => checkedZip('arm64', zip, zipSha256), /no program for Lambda/);
  }
});
