//! AWS STS: the caller's identity, and roles in other accounts that may be assumed.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use crate::home::Home;
use crate::operation::Operation;
use crate::protocol::{element, result, text};
use crate::time::after;
use crate::wire::ApiError;

/// The lifetime of the credentials of a role, by default.
const SESSION: Duration = Duration::from_hours(1);

/// The roles.
#[derive(Clone, Debug, Default)]
pub struct Sts {
    /// The ARN of each role, with the external id that it asks for.
    roles: BTreeSet<(String, Option<String>)>,
}

impl Sts {
    /// The role may be assumed, with this external id if it asks for one.
    pub fn trust(&mut self, role_arn: &str, external_id: Option<&str>) {
        self.roles.insert((role_arn.to_owned(), external_id.map(str::to_owned)));
    }

    pub(crate) fn perform(
        &mut self,
        operation: Operation,
        body: &Value,
        home: &Home,
        now: Timestamp,
    ) -> Result<Vec<u8>, ApiError> {
        match operation {
            Operation::GetCallerIdentity => Ok(result(operation.name(), &identity(home))),
            _ => self.assume(operation, body, now),
        }
    }

    fn assume(&self, operation: Operation, body: &Value, now: Timestamp) -> Result<Vec<u8>, ApiError> {
        let field = |name: &str| body.get(name).and_then(Value::as_str);
        let required = |name: &str| {
            field(name).ok_or_else(|| ApiError::validation(format!("Value null at '{name}' must not be null")))
        };
        let (role, session) = (required("RoleArn")?, required("RoleSessionName")?);
        let account = role.split(':').nth(4).ok_or_else(|| ApiError::validation(format!("{role} is invalid")))?;
        if !self.roles.contains(&(role.to_owned(), field("ExternalId").map(str::to_owned))) {
            let message = format!("User is not authorized to perform: sts:AssumeRole on resource: {role}");
            return Err(ApiError::new("AccessDenied", message));
        }
        let credentials = text("AccessKeyId", &access_key(account))
            + &text("SecretAccessKey", "secret")
            + &text("SessionToken", session)
            + &text("Expiration", &after(now, SESSION).to_string());
        Ok(result(operation.name(), &element("Credentials", &credentials)))
    }
}

/// The identity of every caller in this account.
fn identity(home: &Home) -> String {
    let Home { partition, account, .. } = home;
    let arn = format!("arn:{partition}:sts::{account}:assumed-role/operator/simulator");
    text("UserId", "AROASIMULATEDOPERATOR:simulator") + &text("Account", account) + &text("Arn", &arn)
}

/// The beginning of an access key. Every key that is handed out here names its account.
const ACCESS_KEY: &str = "ASIA";

/// The access key of an account's credentials.
pub(crate) fn access_key(account: &str) -> String {
    format!("{ACCESS_KEY}{account}")
}

/// The account whose credentials have this access key.
#[cfg(feature = "sdk")]
pub(crate) fn account_of(access_key: &str) -> Option<&str> {
    access_key.strip_prefix(ACCESS_KEY)
}
