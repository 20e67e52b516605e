"""The templates as CloudFormation would see them for given parameters: conditions decided, references resolved."""

import re

from samtranslator.yaml_helper import yaml_parse

from harness import ROOT

TEMPLATE = yaml_parse((ROOT / "template.yaml").read_text())
SPOKE = yaml_parse((ROOT / "spoke.yaml").read_text())
RELEASED_FORM = ROOT / "deploy" / "cloudformation" / "ecs-auto-rollback.yaml"
RELEASED = yaml_parse(RELEASED_FORM.read_text())

PSEUDO_PARAMETERS = {
    "AWS::AccountId": "111122223333",
    "AWS::Partition": "aws-cn",
    "AWS::Region": "cn-north-1",
    "AWS::StackName": "rollback",
    "AWS::URLSuffix": "amazonaws.com.cn",
}
NO_VALUE = object()


class Stack:
    """The resources and outputs that a stack of template.yaml with these parameters has; the others have their
    defaults.

    `!Ref Resource` becomes "Resource" and `!GetAtt Resource.Arn` becomes "Resource.Arn". A reference to a resource that
    this stack does not have is a KeyError, as it would be a failed deployment.
    """

    template = TEMPLATE
    role = "FunctionRole"

    def __init__(self, **parameters):
        unknown = parameters.keys() - self.template["Parameters"].keys()
        assert not unknown, f"no such parameter: {unknown}"
        self._values = {name: str(p["Default"]) for name, p in self.template["Parameters"].items() if "Default" in p}
        self._values |= PSEUDO_PARAMETERS | parameters
        for name, parameter in self.template["Parameters"].items():
            if parameter["Type"] == "CommaDelimitedList":
                self._values[name] = [item.strip() for item in self._values[name].split(",")]
        self._present = {
            name for name, resource in self.template["Resources"].items() if self._holds(resource.get("Condition"))
        }
        self.resources = {name: self._resolve(self.template["Resources"][name]) for name in sorted(self._present)}
        outputs = self.template["Outputs"].items()
        self.outputs = {name: self._resolve(each) for name, each in outputs if self._holds(each.get("Condition"))}

    def of_type(self, kind):
        """Properties of all resources of one type, by name."""
        return {name: r["Properties"] for name, r in self.resources.items() if r["Type"] == kind}

    @property
    def environment(self):
        """The function's environment variables."""
        return self.resources["Function"]["Properties"]["Environment"]["Variables"]

    @property
    def broken_rules(self):
        """The sentences with which CloudFormation would refuse these parameters, as its rules say."""
        asserted = [each for rule in self.template.get("Rules", {}).values() for each in rule["Assertions"]]
        return {each["AssertDescription"] for each in asserted if not self._holds(each["Assert"])}

    @property
    def statements(self):
        """Every statement of the role."""
        policies = self.resources[self.role]["Properties"]["Policies"]
        return [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]

    def _holds(self, condition):
        if condition is None:
            return True
        if isinstance(condition, str):
            return self._holds(self.template["Conditions"][condition])
        ((function, argument),) = condition.items()
        match function:
            case "Condition":
                return self._holds(argument)
            case "Fn::Not":
                return not self._holds(argument[0])
            case "Fn::Or":
                return any(self._holds(each) for each in argument)
            case "Fn::And":
                return all(self._holds(each) for each in argument)
            case "Fn::Equals":
                left, right = (str(self._resolve(each)) for each in argument)
                return left == right
        raise NotImplementedError(function)

    def _resolve(self, node):
        if isinstance(node, list):
            return [value for value in map(self._resolve, node) if value is not NO_VALUE]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            ((function, argument),) = node.items()
            match function:
                case "Ref":
                    return self._reference(argument)
                case "Fn::GetAtt":
                    name, attribute = argument
                    return f"{self._reference(name)}.{attribute}"
                case "Fn::If":
                    condition, then, otherwise = argument
                    return self._resolve(then if self._holds(condition) else otherwise)
                case "Fn::FindInMap":
                    mapping, first, second = argument
                    return self.template["Mappings"][mapping][first][second]
                case "Fn::Join":
                    separator, parts = argument
                    return separator.join(self._resolve(parts))
                case "Fn::Split":
                    separator, text = argument
                    return self._resolve(text).split(separator)
                case "Fn::Select":
                    index, values = argument
                    return self._resolve(values)[int(index)]
                case "Fn::Sub":
                    text, own = argument if isinstance(argument, list) else (argument, {})
                    own = {key: self._resolve(value) for key, value in own.items()}
                    return re.sub(r"\$\{([^}]+)\}", lambda found: self._substitute(found[1], own), text)
            if function.startswith("Fn::"):
                raise NotImplementedError(function)
        resolved = {key: self._resolve(value) for key, value in node.items()}
        return {key: value for key, value in resolved.items() if value is not NO_VALUE}

    def _substitute(self, name, own):
        if name in own:
            return own[name]
        resource, _, attribute = name.partition(".")
        return f"{self._reference(resource)}.{attribute}" if attribute else self._reference(name)

    def _reference(self, name):
        if name == "AWS::NoValue":
            return NO_VALUE
        if name in self._values:
            return self._values[name]
        if name not in self._present:
            raise KeyError(f"{name} is not in this stack")
        return name


class Released(Stack):
    """The same of the released form."""

    template = RELEASED

    def __init__(self, **parameters):
        super().__init__(**{"CodeS3Bucket": "packages", "CodeS3Key": "function.zip"} | parameters)


class Spoke(Stack):
    """The same of spoke.yaml."""

    template = SPOKE
    role = "Role"

    def __init__(self, **parameters):
        super().__init__(**{"HubRoleArn": "arn:aws-cn:iam::444455556666:role/hub"} | parameters)
