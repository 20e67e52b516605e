import { Token } from 'aws-cdk-lib';
import { MOVED } from './moved';
import { PARAMETERS } from './parameters';
import { Declaration, Template, Values } from './template';

/** Properties of the construct that are no parameters. */
const OWN = ['zip', 'zipSha256'];

/**
 * Turns the properties into the values of all parameters but those of the zip.
 *
 * Every problem is reported at once, by the property's name.
 */
export function valuesOf(template: Template, props: { readonly [name: string]: unknown }): Values {
  const problems: string[] = [];
  const values: { [parameter: string]: string | string[] } = {};
  for (const property of Object.keys(props)) {
    if (!(property in PARAMETERS) && !OWN.includes(property)) {
      problems.push(unknown(property));
    }
  }
  for (const [property, { name, separator, empty, words }] of Object.entries(PARAMETERS)) {
    const declared = template.Parameters[name];
    const given = props[property];
    const value = given === undefined ? String(declared.Default) : text(given, separator, empty);
    if (given !== undefined && !isToken(value)) {
      problems.push(...[...refusals(declared, value, words)].map((why) => `${property} ${why}, but is ${JSON.stringify(given)}`));
    }
    // CloudFormation takes such a list apart itself; an empty string is one empty element.
    values[name] = declared.Type === 'CommaDelimitedList' ? value.split(',') : value;
  }
  if (problems.length > 0) {
    throw new Error(`These settings of ecs-auto-rollback are wrong:\n${problems.map((each) => `- ${each}.`).join('\n')}`);
  }
  return values;
}

/** The sentence about a property that there is not. */
function unknown(property: string): string {
  const now = MOVED[property[0].toUpperCase() + property.slice(1)];
  return now === undefined ? `${property} is no setting` : `${property} is no longer a setting: ${now}`;
}

/** The value as CloudFormation takes it. */
function text(given: unknown, separator?: string, empty?: string): string {
  if (Array.isArray(given)) {
    return given.length === 0 && empty !== undefined ? empty : given.join(separator);
  }
  if (typeof given === 'object' && given !== null && !Token.isUnresolved(given)) {
    const pairs = Object.entries(given).map(([account, id]) => (account === '*' ? id : `${account}=${id}`));
    return pairs.join(separator);
  }
  return Token.isUnresolved(given) ? Token.asString(given) : String(given);
}

/** Decides if a value is not known before the deployment. */
function isToken(value: string): boolean {
  return Token.isUnresolved(value);
}

/** Why the template would refuse a value: the ends of sentences that begin with the name of the setting. */
function* refusals(declared: Declaration, value: string, words?: string): Generator<string> {
  const { AllowedValues, AllowedPattern, ConstraintDescription, MinValue, MaxValue, MaxLength } = declared;
  if (AllowedValues && !AllowedValues.map(String).includes(value)) {
    yield `must be one of ${AllowedValues.join(', ')}`;
  }
  if (AllowedPattern && !new RegExp(AllowedPattern).test(value)) {
    const why = ConstraintDescription?.replace(/,? separated by \w+( without spaces)?/, '');
    yield words ? `must be a list of ${words}` : (why ?? `must match ${AllowedPattern}`);
  }
  if (declared.Type === 'Number' && !(Number(value) >= (MinValue ?? -Infinity) && Number(value) <= (MaxValue ?? Infinity))) {
    yield `must be a number from ${MinValue} to ${MaxValue}`;
  }
  if (MaxLength !== undefined && value.length > MaxLength) {
    yield `must have at most ${MaxLength} characters`;
  }
}
