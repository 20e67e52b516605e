//! REST calls of AWS Lambda: the operation and its input stand in the path and its query.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::operation::Operation;

/// The beginning of every path.
pub(crate) const ROOT: &str = "/2015-03-31/";

const FUNCTIONS: &str = "/2015-03-31/functions/";
const CONFIGURATION: &str = "/configuration";
const MAPPINGS: &str = "/2015-03-31/event-source-mappings";

/// The path of a call with this input.
pub(crate) fn path(operation: Operation, body: &Value) -> String {
    let function = body["FunctionName"].as_str().unwrap_or_default();
    let function: String = form_urlencoded::byte_serialize(function.as_bytes()).collect();
    match operation {
        Operation::ListEventSourceMappings => format!("{MAPPINGS}?FunctionName={function}"),
        _ => format!("{FUNCTIONS}{function}{CONFIGURATION}"),
    }
}

/// The operation and the input of a call. `None` for the path of no such call.
pub(crate) fn read(path: &str) -> Option<(Operation, Value)> {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    if path.trim_end_matches('/') == MAPPINGS {
        let input: Map<String, Value> =
            pairs(query).map(|(name, value)| (name.into_owned(), (*value).into())).collect();
        return Some((Operation::ListEventSourceMappings, input.into()));
    }
    let name = path.strip_prefix(FUNCTIONS)?.strip_suffix(CONFIGURATION)?;
    let (name, _) = pairs(name).next()?;
    let input = Map::from_iter([("FunctionName".to_owned(), (*name).into())]);
    Some((Operation::GetFunctionConfiguration, input.into()))
}

fn pairs(query: &str) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    form_urlencoded::parse(query.as_bytes())
}
