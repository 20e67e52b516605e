import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A parameter's declaration. */
export interface Declaration {
  readonly Type: string;
  readonly Default?: string | number;
  readonly AllowedValues?: (string | number)[];
  readonly AllowedPattern?: string;
  readonly ConstraintDescription?: string;
  readonly MinValue?: number;
  readonly MaxValue?: number;
  readonly MaxLength?: number;
}

/** A rule about several parameters. */
export interface Rule {
  readonly RuleCondition?: unknown;
  readonly Assertions: { readonly Assert: unknown; readonly AssertDescription: string }[];
}

/** The parts of the CloudFormation template that the construct reads. */
export interface Template {
  readonly Parameters: { readonly [name: string]: Declaration };
  readonly Rules?: { readonly [name: string]: Rule };
  readonly Mappings?: unknown;
  readonly Conditions: { readonly [name: string]: unknown };
  readonly Resources: { readonly [name: string]: { readonly Properties?: { readonly [name: string]: unknown } } };
  readonly Outputs: { readonly [name: string]: { readonly Condition?: string; readonly Value: unknown } };
}

/** The values of parameters by their names: a string, or strings for a list that CloudFormation knows as one. */
export type Values = { readonly [parameter: string]: string | string[] };

/** The template of this release. */
export function released(): Template {
  return JSON.parse(readFileSync(join(__dirname, '..', 'template.json'), 'utf8'));
}

/**
 * Evaluates the template's conditions and rules. All parameters are known when the CDK runs, if some only as tokens: a token differs
 * from everything else.
 */
export class Evaluation {
  constructor(
    private readonly template: Template,
    private readonly values: Values,
    private readonly region: string,
  ) {}

  /** Decides if a condition of the template holds. */
  public holds(name: string): boolean {
    if (!(name in this.template.Conditions)) {
      throw new Error(`The template has no condition ${name}.`);
    }
    return this.boolean(this.template.Conditions[name]);
  }

  /** The sentences of all rules that the values break. */
  public broken(): string[] {
    return Object.values(this.template.Rules ?? {})
      .filter((rule) => rule.RuleCondition === undefined || this.boolean(rule.RuleCondition))
      .flatMap((rule) => rule.Assertions)
      .filter((assertion) => !this.boolean(assertion.Assert))
      .map((assertion) => assertion.AssertDescription);
  }

  private boolean(node: unknown): boolean {
    const [name, argument] = call(node);
    switch (name) {
      case 'Condition':
        return this.holds(argument as string);
      case 'Fn::Not':
        return !this.boolean((argument as unknown[])[0]);
      case 'Fn::And':
        return (argument as unknown[]).every((each) => this.boolean(each));
      case 'Fn::Or':
        return (argument as unknown[]).some((each) => this.boolean(each));
      case 'Fn::Equals': {
        const [left, right] = (argument as unknown[]).map((each) => this.text(each));
        return left === right;
      }
      case 'Fn::Contains': {
        const [list, value] = argument as [unknown, unknown];
        return this.list(list).includes(this.text(value));
      }
    }
    throw new Error(`A condition of the template has the function ${name}, which this package does not know.`);
  }

  private list(node: unknown): string[] {
    if (Array.isArray(node)) {
      return node.map((each) => this.text(each));
    }
    const [name, argument] = call(node);
    if (name === 'Fn::Split') {
      const [separator, text] = argument as [string, unknown];
      return this.text(text).split(separator);
    }
    const value = name === 'Ref' ? this.values[argument as string] : undefined;
    if (!Array.isArray(value)) {
      throw new Error(`A condition of the template has ${JSON.stringify(node)} in place of a list.`);
    }
    return value;
  }

  private text(node: unknown): string {
    if (typeof node !== 'object' || node === null) {
      return String(node);
    }
    const [name, argument] = call(node);
    switch (name) {
      case 'Ref': {
        const value = argument === 'AWS::Region' ? this.region : this.values[argument as string];
        if (typeof value === 'string') {
          return value;
        }
        break;
      }
      case 'Fn::Join': {
        const [separator, parts] = argument as [string, unknown];
        return this.list(parts).join(separator);
      }
      case 'Fn::Select': {
        const [index, parts] = argument as [number | string, unknown];
        return this.list(parts)[Number(index)] ?? '';
      }
      case 'Fn::Sub':
        if (typeof argument === 'string') {
          return argument.replace(/\$\{([^}]+)\}/g, (_, parameter) => this.text({ Ref: parameter }));
        }
        break;
    }
    throw new Error(`A condition of the template has ${JSON.stringify(node)} in place of a text.`);
  }
}

/** The name and the argument of a function. */
function call(node: unknown): [string, unknown] {
  const entries = Object.entries((node ?? {}) as object);
  if (entries.length !== 1) {
    throw new Error(`The template has ${JSON.stringify(node)} in place of a function.`);
  }
  return entries[0];
}
