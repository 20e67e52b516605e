// Writes template.json from the released template: the construct reads JSON, which needs no parser.
import { readFileSync, writeFileSync } from 'node:fs';
import { parseDocument } from 'yaml';

const RELEASED = new URL('../../cloudformation/ecs-auto-rollback.yaml', import.meta.url);

// The short forms of CloudFormation's functions.
const functions = ['And', 'Equals', 'If', 'Not', 'Or', 'Contains', 'Sub', 'Join', 'Select', 'Split', 'GetAtt', 'FindInMap'];
const long = (name, value) => {
  const key = ['Ref', 'Condition'].includes(name) ? name : `Fn::${name}`;
  return { [key]: name === 'GetAtt' && typeof value === 'string' ? value.split('.') : value };
};
const customTags = ['Ref', 'Condition', ...functions].flatMap((name) => [
  { tag: `!${name}`, resolve: (text) => long(name, text) },
  { tag: `!${name}`, collection: 'seq', resolve: (seq) => long(name, seq.toJSON()) },
  { tag: `!${name}`, collection: 'map', resolve: (map) => long(name, map.toJSON()) },
]);

const document = parseDocument(readFileSync(RELEASED, 'utf8'), { customTags });
for (const problem of [...document.errors, ...document.warnings]) {
  throw problem;
}
writeFileSync(new URL('../template.json', import.meta.url), `${JSON.stringify(document.toJS(), undefined, 1)}\n`);
