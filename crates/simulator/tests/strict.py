"""Checks raw answers against botocore's own model of the API.

A member that the model lacks, a value of another type or an unknown value of an enumeration is an error here, although
boto3 itself would accept it.
"""

import datetime
import io
import json
import xml.etree.ElementTree as ET
from itertools import chain

import botocore.parsers

PYTHON_TYPES = {
    "string": str,
    "integer": int,
    "long": int,
    "double": (int, float),
    "float": (int, float),
    "boolean": bool,
    # Times are numbers of seconds in JSON, and tagged values in CBOR.
    "timestamp": (int, float, datetime.datetime),
}
JSON, CBOR, XML = "application/x-amz-json-1.1", "application/cbor", "text/xml"
CONTENT_TYPES = {
    "ecs": JSON,
    "cloudwatch": CBOR,
    "sts": XML,
    "sns": XML,
    "events": JSON,
    "lambda": "application/json",
}
COMMON_ERRORS = {"ThrottlingException", "UnknownOperationException", "SerializationException", "ValidationError"}


def violations(shape, value, where):
    """Lists the differences between a raw value and its shape."""
    if shape.type_name == "structure":
        if not isinstance(value, dict):
            return [f"{where}: {value!r} is not a structure"]
        unknown = [f"{where}.{name}: not in {shape.name}" for name in value if name not in shape.members]
        missing = [f"{where}.{name}: required" for name in shape.required_members if name not in value]
        inner = [
            violations(shape.members[name], v, f"{where}.{name}") for name, v in value.items() if name in shape.members
        ]
        return [*unknown, *missing, *chain.from_iterable(inner)]
    if shape.type_name == "list":
        if not isinstance(value, list):
            return [f"{where}: {value!r} is not a list"]
        return list(chain.from_iterable(violations(shape.member, v, f"{where}[{n}]") for n, v in enumerate(value)))
    if shape.type_name == "map":
        if not isinstance(value, dict):
            return [f"{where}: {value!r} is not a map"]
        return list(chain.from_iterable(violations(shape.value, v, f"{where}[{k}]") for k, v in value.items()))
    expected = PYTHON_TYPES[shape.type_name]
    if not isinstance(value, expected) or (isinstance(value, bool) and expected is not bool):
        return [f"{where}: {value!r} is not of type {shape.type_name}"]
    enum = getattr(shape, "enum", None)
    return [f"{where}: {value!r} is not one of {enum}"] if enum and value not in enum else []


def cbor(body):
    """Decodes CBOR as botocore does before it applies the model."""
    parser = botocore.parsers.create_parser("smithy-rpc-v2-cbor")
    return parser.parse_data_item(io.BufferedReader(io.BytesIO(body)))


def xml(shape, element):
    """Converts an element to the value that it stands for. One that the shape lacks keeps its name and its text."""
    if shape is None:
        return element.text
    if shape.type_name == "structure":
        return {child.tag: xml(shape.members.get(child.tag), child) for child in element}
    if shape.type_name == "list":
        assert all(child.tag == "member" for child in element), ET.tostring(element)
        return [xml(shape.member, child) for child in element]
    if shape.type_name == "boolean":
        return {"true": True, "false": False}.get(element.text, element.text)
    if shape.type_name == "timestamp":
        return datetime.datetime.fromisoformat(element.text)
    return int(element.text) if shape.type_name in {"integer", "long"} else element.text or ""


def read_xml(operation_model, body):
    """Reads the result of a call, or its error as JSON would have it."""
    root = ET.fromstring(body)
    if root.tag == "ErrorResponse":
        return {"__type": root.findtext("Error/Code"), "message": root.findtext("Error/Message")}
    shape = operation_model.output_shape
    assert root.tag == f"{operation_model.name}Response", root.tag
    return xml(shape, root.find(shape.serialization["resultWrapper"]))


def code_of(shape):
    """Returns the code by which an error is sent, which in XML is not always the name of its shape."""
    return shape.metadata.get("error", {}).get("code", shape.name)


class Strict:
    """Checks each raw answer that botocore receives, and counts them, so that a test can require some."""

    def __init__(self, service):
        self.seen = 0
        self._content_type = CONTENT_TYPES[service]

    def __call__(self, operation_model, response_dict, **_):
        self.seen += 1
        name = operation_model.name
        headers = {key.lower(): value for key, value in response_dict["headers"].items()}
        assert headers["content-type"] == self._content_type
        assert len(headers["x-amzn-requestid"]) == 36
        body = self._decoded(operation_model, response_dict["body"])
        if response_dict["status_code"] < 300:
            found = violations(operation_model.output_shape, body, name)
        else:
            kind = body.pop("__type")
            errors = {code_of(shape): shape for shape in operation_model.error_shapes}
            assert kind in errors or kind in COMMON_ERRORS, f"{name} has no {kind}"
            # Every error of AWS can have a message, even if its shape has none.
            text = body.pop("message", "")
            assert isinstance(text, str)
            found = violations(errors[kind], body, kind) if kind in errors else []
        assert not found, "\n".join(found)

    def _decoded(self, operation_model, body):
        if self._content_type == XML:
            return read_xml(operation_model, body)
        return cbor(body) if self._content_type == CBOR else json.loads(body)
