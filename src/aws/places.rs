//! The gateways of each account and Region that is served: at home with the function's own role, elsewhere with one assumed
//! there.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use aws_config::{Region, SdkConfig, sts::AssumeRoleProvider};
use tokio::sync;

use super::{Calls, CloudWatch, Ecs, LoadBalancers, Pace, retries, timeouts};
use crate::{index::Index, settings::Role, target::Whereabouts};

/// The gateways of one account and Region, and what is remembered of it.
#[derive(Debug)]
pub struct Place {
    /// Amazon ECS.
    pub ecs: Ecs,
    /// Amazon CloudWatch.
    pub cloudwatch: CloudWatch,
    /// Elastic Load Balancing.
    pub load_balancers: LoadBalancers,
    /// The services there, as far as they have been indexed. Whoever builds on it holds it.
    pub index: sync::Mutex<Index>,
    /// The pace at which it is built.
    pub surveys: sync::Mutex<Pace>,
    /// The pace at which many services are looked at.
    pub looks: sync::Mutex<Pace>,
}

impl Place {
    fn new(config: &SdkConfig, calls: &Calls) -> Arc<Self> {
        let config = config.to_builder().timeout_config(timeouts()).retry_config(retries()).build();
        Arc::new(Self {
            ecs: Ecs::new(&config, calls),
            cloudwatch: CloudWatch::new(&config, calls),
            load_balancers: LoadBalancers::new(&config, calls),
            index: sync::Mutex::default(),
            surveys: sync::Mutex::new(Pace::of_surveys()),
            looks: sync::Mutex::new(Pace::of_looks()),
        })
    }
}

/// All places.
#[derive(Debug)]
pub struct Places {
    calls: Calls,
    config: SdkConfig,
    role: Option<Role>,
    home: Arc<Place>,
    elsewhere: Mutex<BTreeMap<Whereabouts, Arc<Place>>>,
}

impl Places {
    /// The function's own place, and with a `role` all those where it may be assumed. All count their `calls`.
    #[must_use]
    pub fn new(config: SdkConfig, role: Option<Role>, calls: Calls) -> Self {
        let home = Place::new(&config, &calls);
        Self { calls, config, role, home, elsewhere: Mutex::default() }
    }

    /// How many requests went to AWS since the function started.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.calls.so_far()
    }

    /// Whether other places than home are served.
    #[must_use]
    pub fn reach_beyond_home(&self) -> bool {
        self.role.is_some()
    }

    /// The gateways at `whereabouts`. `None` where the function does not reach.
    pub async fn at(&self, whereabouts: &Whereabouts, home: &Whereabouts) -> Option<Arc<Place>> {
        if home.is_at(whereabouts) {
            return Some(Arc::clone(&self.home));
        }
        let role = self.role.as_ref().filter(|_| whereabouts.partition == home.partition)?;
        if let Some(place) = self.known().get(whereabouts) {
            return Some(Arc::clone(place));
        }
        let account = whereabouts.account.as_deref().or(home.account.as_deref())?;
        let arn = format!("arn:{}:iam::{account}:role/{}", whereabouts.partition, role.name);
        let config = self.config.to_builder().timeout_config(timeouts()).retry_config(retries()).build();
        let mut provider = AssumeRoleProvider::builder(arn).session_name(&role.session_name).configure(&config);
        if let Some(external_id) = &role.external_id {
            provider = provider.external_id(external_id);
        }
        let config = self.config.to_builder().region(Region::new(whereabouts.region.clone()));
        let credentials = aws_sdk_ecs::config::SharedCredentialsProvider::new(provider.build().await);
        let place = Place::new(&config.credentials_provider(credentials).build(), &self.calls);
        Some(Arc::clone(self.known().entry(whereabouts.clone()).or_insert(place)))
    }

    fn known(&self) -> std::sync::MutexGuard<'_, BTreeMap<Whereabouts, Arc<Place>>> {
        self.elsewhere.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
