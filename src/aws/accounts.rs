//! The gateways of each account and Region that is served: at home with the function's own role, elsewhere with one assumed
//! there.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use aws_config::{Region, SdkConfig, sts::AssumeRoleProvider};
use judgement::Location;
use tokio::sync;

use super::{calls::Calls, cloudwatch::CloudWatch, ecs::Ecs, elb::LoadBalancers, pace::Pace};

/// A role of the same name in every account that is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Role {
    /// `RoleName`: its name, with its path if it has one.
    pub(crate) name: String,
    /// `ExternalId`: the external id that it asks for.
    pub(crate) external_id: Option<String>,
    /// `AWS_LAMBDA_FUNCTION_NAME`: the name of its sessions.
    pub(crate) session_name: String,
}

/// The gateways of one account and Region, and the paces at which they are called.
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
}

impl Account {
    fn new(config: &SdkConfig, calls: &Calls) -> Arc<Self> {
        Arc::new(Self {
            ecs: Ecs::new(config, calls),
            cloudwatch: CloudWatch::new(config, calls),
            load_balancers: LoadBalancers::new(config, calls),
            surveys: sync::Mutex::new(Pace::of_surveys()),
            looks: sync::Mutex::new(Pace::of_looks()),
        })
    }
}

/// All accounts and Regions.
#[derive(Debug)]
pub(crate) struct Accounts {
    calls: Calls,
    config: SdkConfig,
    role: Option<Role>,
    home: Arc<Account>,
    elsewhere: Mutex<BTreeMap<Location, Arc<Account>>>,
}

impl Accounts {
    /// The function's own account, and with a `role` all those where it may be assumed. All count their `calls`.
    pub(crate) fn new(config: SdkConfig, role: Option<Role>, calls: Calls) -> Self {
        let home = Account::new(&config, &calls);
        Self { calls, config, role, home, elsewhere: Mutex::default() }
    }

    /// The number of requests sent to AWS since the function started.
    pub(crate) fn calls(&self) -> u64 {
        self.calls.so_far()
    }

    /// Checks whether other locations than home are served.
    pub(crate) fn reach_beyond_home(&self) -> bool {
        self.role.is_some()
    }

    /// The gateways at `location`. `None` where the function does not reach.
    pub(crate) async fn at(&self, location: &Location, home: &Location) -> Option<Arc<Account>> {
        if home.is_at(location) {
            return Some(Arc::clone(&self.home));
        }
        let role = self.role.as_ref().filter(|_| location.partition == home.partition)?;
        if let Some(account) = self.known().get(location) {
            return Some(Arc::clone(account));
        }
        let number = location.account.as_deref().or(home.account.as_deref())?;
        let arn = format!("arn:{}:iam::{number}:role/{}", location.partition, role.name);
        let mut provider = AssumeRoleProvider::builder(arn).session_name(&role.session_name).configure(&self.config);
        if let Some(external_id) = &role.external_id {
            provider = provider.external_id(external_id);
        }
        let config = self.config.to_builder().region(Region::new(location.region.clone()));
        let credentials = aws_sdk_ecs::config::SharedCredentialsProvider::new(provider.build().await);
        let account = Account::new(&config.credentials_provider(credentials).build(), &self.calls);
        Some(Arc::clone(self.known().entry(location.clone()).or_insert(account)))
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<Location, Arc<Account>>> {
        self.elsewhere.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
