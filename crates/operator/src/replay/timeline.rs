//! The deployments of one service, as far as a picture of them needs.

use jiff::Timestamp;
use judgement::{Service, observation::Status};

use crate::past::Past;

/// The deployments of one service since the beginning of what is replayed, oldest first.
#[derive(Debug)]
pub(super) struct Timeline {
    pub(super) service: Service,
    pub(super) bars: Vec<Bar>,
}

/// One deployment.
#[derive(Debug)]
pub(super) struct Bar {
    pub(super) status: Status,
    pub(super) began: Timestamp,
    /// `None` while it is in flight.
    pub(super) ended: Option<Timestamp>,
    /// The task definition that it brings, if its revision was described: `web:42`.
    pub(super) brings: Option<String>,
}

impl Timeline {
    pub(super) fn of(service: &Service, past: &Past, from: Timestamp) -> Self {
        let since = past.deployments.iter().map(|deployment| &deployment.listed);
        let since = since.filter(|listed| listed.finished.is_none_or(|finished| finished >= from));
        let mut bars: Vec<Bar> = since
            .filter_map(|listed| {
                Some(Bar {
                    status: listed.status.clone(),
                    began: listed.created?,
                    ended: listed.finished,
                    brings: past.task_definition(listed.target_revision.as_deref()?),
                })
            })
            .collect();
        bars.sort_by_key(|bar| bar.began);
        Self { service: service.clone(), bars }
    }
}
