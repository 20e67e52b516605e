import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MOVED } from '../lib/moved';
import { PARAMETERS } from '../lib/parameters';
import { Evaluation, released } from '../lib/template';
import { valuesOf } from '../lib/values';

const template = released();
const CODE = ['CodeS3Bucket', 'CodeS3Key'];

test('each parameter has one property', () => {
  const named = Object.values(PARAMETERS).map(({ name }) => name);

  assert.deepEqual(named.toSorted(), Object.keys(template.Parameters).filter((name) => !CODE.includes(name)).toSorted());
});

test('without settings each parameter has the default of the template', () => {
  for (const [name, value] of Object.entries(valuesOf(template, {}))) {
    assert.equal([value].flat().join(','), String(template.Parameters[name].Default), name);
  }
});

test('lists, numbers and maps become the strings of the template', () => {
  const values = valuesOf(template, {
    services: ['prod/*', 'staging/web'],
    accounts: ['222233334444', '333344445555'],
    ecsEvents: [],
    externalIds: { '222233334444': 'first', '333344445555': 'second' },
    maxServices: 3,
  });

  assert.equal(values.Services, 'prod/* staging/web');
  assert.equal(values.Accounts, '222233334444,333344445555');
  assert.equal(values.EcsEvents, 'none');
  assert.equal(values.ExternalIds, '222233334444=first 333344445555=second');
  assert.equal(values.MaxServices, '3');
});

test('all wrong values are named at once', () => {
  const wrong = { mode: 'on', services: ['prod'], maxServices: 1000, noticeTopicArn: 'topic', ecsEvents: ['all'], colour: 'red' };

  assert.throws(
    () => valuesOf(template, wrong),
    (error: Error) => {
      assert.match(error.message, /^- colour is no setting\.$/m);
      assert.match(error.message, /^- mode must be one of enforce, observe, off, but is "on"\.$/m);
      assert.match(error.message, /^- services must be patterns .*, but is \["prod"\]\.$/m);
      assert.match(error.message, /^- maxServices must be a number from 1 to 100, but is 1000\.$/m);
      assert.match(error.message, /^- ecsEvents must be a list of deployment-failed, .*, but is \["all"\]\.$/m);
      assert.match(error.message, /^- noticeTopicArn must be the ARN .*, but is "topic"\.$/m);
      return true;
    },
  );
});

test('the name of an old parameter is refused with the new one', () => {
  const old = { alarmTopicArn: 'arn:aws:sns:eu-west-1:111122223333:alarms', RoleName: 'spoke', lookUpEvidence: true };

  assert.throws(
    () => valuesOf(template, old),
    (error: Error) => {
      assert.match(error.message, /^- alarmTopicArn is no longer a setting: set signalTopicArn\.$/m);
      assert.match(error.message, /^- RoleName is no longer a setting: set spokeRoleName\.$/m);
      assert.match(error.message, /^- lookUpEvidence is no longer a setting: add evidence to lookUps\.$/m);
      return true;
    },
  );
});

test('what is no longer a setting is none', () => {
  assert.deepEqual(Object.keys(MOVED).filter((name) => name in template.Parameters), []);
});

test('every condition and rule of the template can be evaluated', () => {
  const evaluation = new Evaluation(template, valuesOf(template, {}), 'eu-west-1');

  for (const name of Object.keys(template.Conditions)) {
    assert.equal(typeof evaluation.holds(name), 'boolean', name);
  }
  assert.deepEqual(evaluation.broken(), []);
});

test('settings that do not go together are refused with the sentence of the rule', () => {
  const topic = 'arn:aws:sns:eu-west-1:111122223333:one-for-all';
  const evaluation = new Evaluation(template, valuesOf(template, { noticeTopicArn: topic, signalTopicArn: topic }), 'eu-west-1');

  assert.ok(evaluation.broken().some((sentence) => /NoticeTopicArn|SignalTopicArn/.test(sentence)));
});
