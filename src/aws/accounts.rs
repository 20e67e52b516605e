//! The gateways of each account and Region that is served: at home with the function's own role, elsewhere with one assumed
//! there.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use aws_config::{Region, SdkConfig, sts::AssumeRoleProvider};
use aws_sdk_ecs::config::SharedCredentialsProvider;
use judgement::Location;
use tokio::sync;

use super::{calls::Calls, cloudwatch::CloudWatch, ecs::Ecs, elb::LoadBalancers, pace::Pace};
use crate::recent::Recent;

/// A role of the same name in every account that is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Role {
    /// `SpokeRoleName`: its name, with its path if it has one.
    pub(crate) name: String,
    /// `ExternalIds`: the external ids that it requires.
    pub(crate) external_ids: ExternalIds,
    /// `AWS_LAMBDA_FUNCTION_NAME`: the name of its sessions.
    pub(crate) session_name: String,
}

impl Role {
    /// Its ARN in this account.
    pub(crate) fn arn(&self, account: &str, partition: &str) -> String {
        format!("arn:{partition}:iam::{account}:role/{}", self.name)
    }
}

/// The external ids that roles require.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ExternalIds {
    /// None.
    None,
    /// The same one in every account.
    Same(String),
    /// One for each account.
    ByAccount(BTreeMap<String, String>),
}

impl ExternalIds {
    pub(crate) fn of(&self, account: &str) -> Option<&String> {
        match self {
            Self::None => None,
            Self::Same(id) => Some(id),
            Self::ByAccount(ids) => ids.get(account),
        }
    }
}

/// The gateways of one account and Region, and the rate limits of their calls.
#[derive(Debug)]
pub(crate) struct Account {
    /// Amazon ECS.
    pub(crate) ecs: Ecs,
    /// Amazon CloudWatch.
    pub(crate) cloudwatch: CloudWatch,
    /// Elastic Load Balancing.
    pub(crate) load_balancers: LoadBalancers,
    /// The pace at which an index of services is built.
    pub(crate) surveys: sync::Mutex<Pace>,
    /// The pace at which many services are looked at.
    pub(crate) looks: sync::Mutex<Pace>,
    /// The pace at which deployments are followed up.
    pub(crate) news: sync::Mutex<Pace>,
}

impl Account {
    fn new(config: &SdkConfig, calls: &Calls, environments: u32) -> Arc<Self> {
        Arc::new(Self {
            ecs: Ecs::new(config, calls),
            cloudwatch: CloudWatch::new(config, calls),
            load_balancers: LoadBalancers::new(config, calls),
            surveys: sync::Mutex::new(Pace::of_surveys(environments)),
            looks: sync::Mutex::new(Pace::of_looks(environments)),
            news: sync::Mutex::new(Pace::of_news()),
        })
    }
}

/// The most accounts and Regions to which connections are kept.
const MOST_ELSEWHERE: usize = 100;

/// All accounts and Regions.
#[derive(Debug)]
pub(crate) struct Accounts {
    calls: Calls,
    /// The number of execution environments that share ECS's rates.
    environments: u32,
    config: SdkConfig,
    role: Role,
    home: Arc<Account>,
    elsewhere: Mutex<Recent<Location, Arc<Account>>>,
}

impl Accounts {
    /// The function's own account, and all accounts where the `role` may be assumed. All count their `calls`.
    pub(crate) fn new(config: SdkConfig, role: Role, calls: Calls, environments: u32) -> Self {
        let home = Account::new(&config, &calls, environments);
        Self { calls, environments, config, role, home, elsewhere: Mutex::new(Recent::new(MOST_ELSEWHERE)) }
    }

    /// The number of requests sent to AWS since the function started.
    pub(crate) fn calls(&self) -> u64 {
        self.calls.so_far()
    }

    /// The same by IAM action.
    pub(crate) fn calls_by_action(&self) -> BTreeMap<String, u64> {
        self.calls.by_action()
    }

    /// The gateways at `location`. `None` if it is in another partition, in which no role of this one counts.
    pub(crate) async fn at(&self, location: &Location, home: &Location) -> Option<Arc<Account>> {
        if home.is_at(location) {
            return Some(Arc::clone(&self.home));
        }
        if location.partition != home.partition {
            return None;
        }
        if let Some(account) = self.known().get(location) {
            return Some(Arc::clone(account));
        }
        let config = self.config.to_builder().region(Region::new(location.region.clone()));
        let number = location.account.as_deref().filter(|number| home.account.as_deref() != Some(number));
        let config = match number {
            // The function's own role works in every Region of its account.
            None => config.build(),
            Some(number) => {
                let credentials = self.role_in(number, &location.partition).await;
                config.credentials_provider(credentials).build()
            }
        };
        let account = Account::new(&config, &self.calls, self.environments);
        self.known().insert(location.clone(), Arc::clone(&account));
        Some(account)
    }

    /// The credentials of the role in another account.
    async fn role_in(&self, account: &str, partition: &str) -> SharedCredentialsProvider {
        let role = &self.role;
        let arn = role.arn(account, partition);
        let mut provider = AssumeRoleProvider::builder(arn).session_name(&role.session_name).configure(&self.config);
        if let Some(external_id) = role.external_ids.of(account) {
            provider = provider.external_id(external_id);
        }
        SharedCredentialsProvider::new(provider.build().await)
    }

    fn known(&self) -> MutexGuard<'_, Recent<Location, Arc<Account>>> {
        self.elsewhere.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
