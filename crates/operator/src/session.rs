//! What every command works with: the account, the function's settings, the time, and the screen.

use std::{
    collections::BTreeMap,
    fs, io,
    sync::{Arc, Mutex, PoisonError},
};

use ecs_auto_rollback::{CallError, ErrorKind, Function, Invocation, Settings, WrongSettings};
use jiff::Timestamp;
use judgement::{Location, Policy, text::chain};

use crate::{
    arguments::Common,
    aws::{CloudWatch, Deployed, Ecs, Lambda, SdkConfig, identify},
    output::Screen,
};

/// What every command works with.
#[derive(Debug)]
pub(crate) struct Session {
    /// The place to write to.
    pub(crate) screen: Screen,
    /// The account and Region that are read.
    pub(crate) home: Location,
    /// The time.
    pub(crate) now: Timestamp,
    /// The settings that decisions depend on.
    pub(crate) policy: Arc<Policy>,
    /// The function, which never acts here.
    pub(crate) function: Function,
    /// The function as it is deployed, if the command line names it.
    pub(crate) deployed: Option<Deployed>,
    /// The configuration of further clients.
    pub(crate) config: SdkConfig,
    /// Amazon ECS.
    pub(crate) ecs: Ecs,
    /// Amazon CloudWatch.
    pub(crate) cloudwatch: CloudWatch,
    unknown: Mutex<Vec<String>>,
}

/// The reason why a command has no answer.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The settings are wrong.
    #[error(transparent)]
    Settings(#[from] WrongSettings),
    /// A call to AWS without which there is no answer.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The output could not be written.
    #[error("could not write the answer")]
    Output(#[from] io::Error),
    /// The answer is not JSON.
    #[error("could not write the answer as JSON")]
    Json(#[from] serde_json::Error),
    /// Something is wrong with the command line, or with what it names.
    #[error("{0}")]
    Usage(String),
}

impl Failure {
    /// The failure with all its causes, and what to do about it.
    #[must_use]
    pub fn sentence(&self) -> String {
        let causes = chain(self);
        let Self::Call(error) = self else { return causes };
        let says = |words: &[&str]| words.iter().any(|word| causes.contains(word));
        if says(&[
            "no credentials found in chain",
            "no providers in chain",
            "no identity resolver",
            "CredentialsNotLoaded",
        ]) {
            return "there are no credentials: give --profile, set AWS_PROFILE, or sign in with `aws sso login`"
                .to_owned();
        }
        let advice =
            if says(&["RequestTimeTooSkewed", "Signature not yet current", "Signature expired", "RequestExpired"]) {
                "The clock of this machine is off by more than AWS accepts: set it, and try again.".to_owned()
            } else if says(&["ExpiredToken"]) {
                "The credentials have expired: sign in again, for example with `aws sso login`.".to_owned()
            } else if says(&["InvalidClientTokenId", "UnrecognizedClientException"]) {
                "The credentials are not known in this Region: check both, and that the account has the Region enabled."
                    .to_owned()
            } else {
                match error.kind {
                    ErrorKind::Unreachable => {
                        "AWS could not be reached: check the network, and that the Region exists.".to_owned()
                    }
                    ErrorKind::AccessDenied => {
                        format!("Allow these credentials {}, as deploy/operator-policy.json does.", error.action)
                    }
                    _ => return causes,
                }
            };
        format!("{}. {advice}", causes.trim_end_matches('.'))
    }
}

impl Session {
    /// Begins: finds out which account is read, and by which settings it is judged.
    pub(crate) async fn begin(
        options: &Common,
        config: SdkConfig,
        screen: Screen,
        now: Timestamp,
    ) -> Result<Self, Failure> {
        if config.region().is_none() {
            let text = "no Region is set: give --region, or set AWS_REGION or the Region of the profile";
            return Err(Failure::Usage(text.to_owned()));
        }
        let identity = identify(&config).await?;
        let deployed = match &options.function {
            Some(name) => Some(Lambda::new(&config).function(name).await?),
            None => None,
        };
        let variables = variables(options, deployed.as_ref())?;
        let settings = Settings::read(|name| variables.get(name).cloned())?.that_only_show();
        Ok(Self {
            screen,
            now: options.now.unwrap_or(now),
            policy: Arc::new(settings.policy().clone()),
            ecs: Ecs::new(&config, &identity.home),
            cloudwatch: CloudWatch::new(&config),
            function: Function::new(settings, config.clone()),
            home: identity.home,
            deployed,
            config,
            unknown: Mutex::default(),
        })
    }

    /// The circumstances under which the function would run now.
    pub(crate) fn invocation(&self) -> Invocation {
        Invocation { home: self.home.clone(), now: self.now, time_left: None }
    }

    /// Notes that something is not known, and why. It is shown with the answer.
    pub(crate) fn note(&self, what: impl Into<String>) {
        let mut unknown = self.unknown.lock().unwrap_or_else(PoisonError::into_inner);
        let what = what.into();
        if !unknown.contains(&what) {
            unknown.push(what);
        }
    }

    /// Takes the result of a call without which the rest of the answer still stands. A failure is noted, with the IAM action.
    pub(crate) fn unless_failed<T>(&self, result: Result<T, CallError>) -> Option<T> {
        result.map_err(|error| self.note(format!("{} ({})", chain(&error).trim_end_matches('.'), error.action))).ok()
    }

    /// All that is not known.
    pub(crate) fn unknown(&self) -> Vec<String> {
        self.unknown.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The function's variables: of the deployed function, if one is named; then of the file; then of the command line.
fn variables(options: &Common, deployed: Option<&Deployed>) -> Result<BTreeMap<String, String>, Failure> {
    let mut variables = deployed.map(|deployed| deployed.variables.clone()).unwrap_or_default();
    if let Some(file) = &options.settings {
        let text = fs::read_to_string(file)
            .map_err(|error| Failure::Usage(format!("could not read {}: {error}", file.display())))?;
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (name, value) = setting(line).ok_or_else(|| {
                Failure::Usage(format!("{} has a line that is not NAME=value: {line}", file.display()))
            })?;
            variables.insert(name, value);
        }
    }
    for given in &options.set {
        let (name, value) =
            setting(given).ok_or_else(|| Failure::Usage(format!("--set takes NAME=VALUE, not \"{given}\"")))?;
        variables.insert(name, value);
    }
    Ok(variables)
}

fn setting(text: &str) -> Option<(String, String)> {
    let (name, value) = text.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
    (!name.is_empty()).then(|| (name.to_owned(), value.to_owned()))
}
