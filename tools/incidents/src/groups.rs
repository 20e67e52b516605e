//! The load balancer and the target groups before services, and the revisions that the groups serve.

use simulator::Home;

use crate::incident::{Deployment, Incident, Service};

/// The load balancer of all services, as metrics name it.
pub(crate) const LOAD_BALANCER: &str = "app/shop/50dc6c495c0c9188";

/// The ARNs of the two groups of a service: its deployments swap them, beginning with the first.
pub(crate) fn arns(service: &Service) -> [String; 2] {
    let home = Home::default();
    ["blue", "green"].map(|colour| {
        format!(
            "arn:aws:elasticloadbalancing:{}:{}:targetgroup/{}-{colour}/6d0ecf831eec9f09",
            home.region, home.account, service.name
        )
    })
}

/// The group that the revision of a deployment serves, and the one of the revision that it replaces, as metrics name them.
pub(crate) struct Groups {
    pub(crate) new: String,
    pub(crate) old: String,
}

/// The groups of the first deployment of a service in the incident.
pub(crate) fn of(incident: &Incident, service: usize) -> Groups {
    let service = &incident.services[service];
    let [new, old] = if service.history.len().is_multiple_of(2) { [0, 1] } else { [1, 0] }.map(|number: usize| {
        let arn = &arns(service)[number];
        arn.rsplit(':').next().unwrap_or(arn).to_owned()
    });
    Groups { new, old }
}

/// True for a deployment to a revision that ran well before.
pub(crate) fn is_way_back(incident: &Incident, deployment: &Deployment) -> bool {
    incident.services[deployment.service].history.contains(&deployment.revision)
}
