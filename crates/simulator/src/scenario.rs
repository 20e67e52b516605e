//! A scenario file: the initial state of a simulation, as TOML.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Deserialize;

use crate::aws::Aws;
use crate::cloudwatch::{Alarm, HistoryItem, Series};
use crate::ecs::configuration::DeploymentConfiguration;
use crate::ecs::seed::{DeploymentSeed, ServiceSeed};
use crate::ecs::settings::{Behaviour, Timing};
use crate::eventbridge::Rule;
use crate::fault::Fault;
use crate::home::Home;
use crate::lambda::LambdaFunction;
use crate::sns::Subscription;
use crate::time::toml_timestamp;

/// The content of a scenario file.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The start of the simulated clock.
    #[serde(deserialize_with = "toml_timestamp")]
    pub now: Timestamp,
    /// Account, Region and partition.
    #[serde(default)]
    pub home: Home,
    /// The duration of each step.
    #[serde(default)]
    pub timing: Timing,
    /// Behaviour that AWS does not document.
    #[serde(default)]
    pub behaviour: Behaviour,
    /// Names of alarms that are in ALARM.
    #[serde(default)]
    pub alarms: Vec<String>,
    /// The alarms, their history and the time series of CloudWatch.
    #[serde(default)]
    pub cloudwatch: CloudWatchSeed,
    /// Task definitions (`family:revision`) whose tasks fail to start.
    #[serde(default)]
    pub broken_task_definitions: Vec<String>,
    /// Defaults of services and their deployments.
    #[serde(default)]
    pub default: Defaults,
    /// The services, as `[[service]]`.
    #[serde(default, rename = "service")]
    pub services: Vec<ServiceSeed>,
    /// The functions, as `[[lambda]]`.
    #[serde(default, rename = "lambda")]
    pub functions: Vec<LambdaFunction>,
    /// The rules on the default event bus, as `[[rule]]`.
    #[serde(default, rename = "rule")]
    pub rules: Vec<Rule>,
    /// The subscriptions of topics, as `[[subscription]]`.
    #[serde(default, rename = "subscription")]
    pub subscriptions: Vec<Subscription>,
    /// The faults, as `[[fault]]`.
    #[serde(default, rename = "fault")]
    pub faults: Vec<Fault>,
}

/// The table `[default]`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Defaults {
    /// The cluster of services that name none.
    pub cluster: Option<String>,
    /// The number of tasks.
    pub desired: Option<u32>,
    /// The deployment configuration of services that have none of their own.
    pub configuration: Option<DeploymentConfiguration>,
    /// For each of the deployments in `finished`.
    pub finished: DeploymentSeed,
    /// For each of the deployments in `in_flight`.
    pub in_flight: DeploymentSeed,
}

/// The table `[cloudwatch]`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CloudWatchSeed {
    /// The alarms, as `[[cloudwatch.alarm]]`.
    #[serde(rename = "alarm")]
    pub alarms: Vec<Alarm>,
    /// The entries of their history, as `[[cloudwatch.history]]`.
    pub history: Vec<HistoryItem>,
    /// The time series, as `[[cloudwatch.series]]`.
    pub series: Vec<Series>,
}

/// The reason why a scenario cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// The text is not TOML, or not a scenario. The message names the line.
    #[error("{0}")]
    Form(#[from] toml::de::Error),
    /// Two services have one name.
    #[error("the service {0} is there twice")]
    TwoServices(String),
    /// Something that can be there once is there twice.
    #[error("the service deployment id {id} of {service} is there twice")]
    TwoDeployments {
        /// `cluster/service`
        service: String,
        /// The id.
        id: String,
    },
    /// A service has no name.
    #[error("service number {0} has no name")]
    Nameless(usize),
    /// A deployment is listed where its status does not fit.
    #[error("{service} lists a deployment that is {status} as {listed}")]
    WrongList {
        /// `cluster/service`
        service: String,
        /// The deployment's status.
        status: String,
        /// The list.
        listed: &'static str,
    },
}

impl std::str::FromStr for Scenario {
    type Err = ScenarioError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(toml::from_str(text)?)
    }
}

impl Aws {
    /// An account in the initial state of the scenario.
    ///
    /// # Errors
    /// A scenario that contradicts itself, for example by naming one service twice.
    pub fn from_scenario(scenario: &Scenario) -> Result<Self, ScenarioError> {
        let mut aws = Self::new(scenario.home.clone(), scenario.now);
        *aws.ecs.timing_mut() = scenario.timing.clone();
        *aws.ecs.behaviour_mut() = scenario.behaviour.clone();
        scenario.alarms.iter().for_each(|alarm| aws.ecs.set_alarm(alarm, true));
        scenario.cloudwatch.alarms.iter().for_each(|alarm| aws.cloudwatch.put_alarm(alarm.clone()));
        scenario.cloudwatch.history.iter().for_each(|item| aws.cloudwatch.put_history(item.clone()));
        scenario.cloudwatch.series.iter().for_each(|series| aws.cloudwatch.put_series(series.clone()));
        scenario.broken_task_definitions.iter().for_each(|name| aws.ecs.break_task_definition(name));
        scenario.functions.iter().for_each(|function| aws.lambda.put_function(function.clone()));
        scenario.rules.iter().for_each(|rule| aws.eventbridge.put_rule(rule.clone()));
        scenario.subscriptions.iter().for_each(|subscription| aws.sns.add(subscription.clone()));
        for seed in scenario.seeds()? {
            aws.ecs.plant(seed);
        }
        scenario.faults.iter().for_each(|fault| aws.inject(fault.clone()));
        Ok(aws)
    }
}

impl Scenario {
    /// The services with the defaults filled in.
    fn seeds(&self) -> Result<Vec<ServiceSeed>, ScenarioError> {
        let mut paths = BTreeSet::new();
        let mut filled = Vec::with_capacity(self.services.len());
        for (index, service) in self.services.iter().enumerate() {
            if service.name.is_empty() {
                return Err(ScenarioError::Nameless(index + 1));
            }
            let seed = self.default.under(service.clone());
            let path = format!("{}/{}", seed.cluster.as_deref().unwrap_or("default"), seed.name);
            check(&seed, &path)?;
            if !paths.insert(path.clone()) {
                return Err(ScenarioError::TwoServices(path));
            }
            filled.push(seed);
        }
        Ok(filled)
    }
}

fn check(seed: &ServiceSeed, path: &str) -> Result<(), ScenarioError> {
    let wrong_list = |over: bool, listed: &'static str| {
        let deployments = if over { &seed.finished } else { &seed.in_flight };
        let mut statuses = deployments.iter().filter_map(|deployment| deployment.status.as_ref());
        statuses.find(|status| status.is_final() != over).map(|status| ScenarioError::WrongList {
            service: path.to_owned(),
            status: status.to_string(),
            listed,
        })
    };
    if let Some(error) = wrong_list(true, "finished").or_else(|| wrong_list(false, "in flight")) {
        return Err(error);
    }
    let mut ids = BTreeSet::new();
    let all = seed.finished.iter().chain(&seed.in_flight);
    match all.filter_map(|deployment| deployment.id.as_ref()).find(|id| !ids.insert(*id)) {
        Some(id) => Err(ScenarioError::TwoDeployments { service: path.to_owned(), id: id.clone() }),
        None => Ok(()),
    }
}

impl Defaults {
    fn under(&self, seed: ServiceSeed) -> ServiceSeed {
        let name = seed.name.clone();
        let fill = |deployments: Vec<DeploymentSeed>, defaults: &DeploymentSeed| {
            deployments.into_iter().map(|deployment| deployment.or(defaults, &name)).collect()
        };
        ServiceSeed {
            cluster: seed.cluster.or_else(|| self.cluster.clone()),
            desired: seed.desired.or(self.desired),
            configuration: seed.configuration.or_else(|| self.configuration.clone()),
            finished: fill(seed.finished, &self.finished),
            in_flight: fill(seed.in_flight, &self.in_flight),
            ..seed
        }
    }
}
