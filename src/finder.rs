//! Finds the services of a signal: from what it says itself, else by the look-ups that are switched on, one way after the
//! other until one leads to services.

mod children;
mod survey;

use std::sync::Arc;

use jiff::Timestamp;

use crate::{
    aws::{CallError, Kind, Place, Places},
    decision::Leave,
    error::chain,
    event::shown,
    index::{Index, suffix},
    reason::Reason,
    settings::{LookUps, ServicePatterns},
    signal::{Clues, Origin, SERVICES_TAG},
    target::{Found, Target, Unresolved, Way, Whereabouts, by_tag, resolve},
};

/// Finds the services of signals.
#[derive(Debug)]
pub struct Finder {
    look_ups: LookUps,
    allowed: ServicePatterns,
    places: Arc<Places>,
}

/// Why a signal leads to no service.
#[derive(Debug)]
pub enum Miss {
    /// No way leads to one.
    Left(Leave),
    /// A look-up did not succeed, and may do so another time.
    Failed(CallError),
}

impl From<CallError> for Miss {
    fn from(error: CallError) -> Self {
        Self::Failed(error)
    }
}

/// What one way leads to; empty if nowhere.
type Targets = Vec<Result<Target, Leave>>;

/// One search: when and where from, and what to say if it is in vain.
struct Search<'a> {
    home: &'a Whereabouts,
    now: Timestamp,
    leave: Leave,
    notes: Vec<String>,
}

impl Finder {
    /// A finder that may look up so much.
    #[must_use]
    pub fn new(look_ups: LookUps, allowed: ServicePatterns, places: Arc<Places>) -> Self {
        Self { look_ups, allowed, places }
    }

    /// Whether these clues say enough by themselves, or so much wrong that no look-up is made.
    #[must_use]
    pub fn knows(&self, clues: &Clues, home: &Whereabouts) -> bool {
        self.look_ups.ways.is_empty() || !matches!(resolve(clues, home), Err(Unresolved::Silent(_)))
    }

    /// Finds the services that these clues lead to.
    ///
    /// # Errors
    /// When they lead to none, with the reason.
    pub async fn find(&self, clues: &Clues, home: &Whereabouts, now: Timestamp) -> Result<Found, Miss> {
        self.first_way(clues, home, now, true).await
    }

    async fn first_way(
        &self,
        clues: &Clues,
        home: &Whereabouts,
        now: Timestamp,
        with_children: bool,
    ) -> Result<Found, Miss> {
        let leave = match resolve(clues, home) {
            Ok(found) => return Ok(found),
            Err(Unresolved::Wrong(leave)) => return Err(Miss::Left(leave)),
            Err(Unresolved::Silent(leave)) => leave,
        };
        let mut search = Search { home, now, leave, notes: Vec::new() };
        for way in [Way::AlarmTags, Way::CompositeChildren, Way::TargetGroups, Way::DeploymentAlarms] {
            if !self.look_ups.ways.contains(&way) || (way == Way::CompositeChildren && !with_children) {
                continue;
            }
            let targets = match way {
                Way::AlarmTags => self.by_alarm_tags(clues, &search).await,
                Way::CompositeChildren => self.by_children(clues, &search).await,
                Way::TargetGroups => self.by_target_groups(clues, &mut search).await,
                _ => self.by_deployment_alarms(clues, &mut search).await,
            };
            match targets {
                Ok(targets) if targets.is_empty() => {}
                Ok(targets) => return Ok(Found::by(way, targets)),
                Err(Miss::Failed(error)) if error.kind == Kind::AccessDenied => {
                    search.notes.push(format!("the look-up {} was denied {}", way.as_str(), error.action));
                }
                Err(Miss::Failed(error)) if !error.kind.may_pass() => {
                    search.notes.push(format!("the look-up {} was refused: {}", way.as_str(), chain(&error)));
                }
                Err(miss) => return Err(miss),
            }
        }
        Err(Miss::Left(search.in_vain()))
    }

    async fn by_alarm_tags(&self, clues: &Clues, search: &Search<'_>) -> Result<Targets, Miss> {
        let Some(arn) = clues.alarm.as_ref().and_then(|alarm| alarm.arn.as_deref()) else { return Ok(Vec::new()) };
        let Some(place) = self.place_of(&clues.origin, search).await else { return Ok(Vec::new()) };
        let tags = place.cloudwatch.tags(arn).await?;
        let tag = tags.get(SERVICES_TAG);
        Ok(tag.map_or_else(Vec::new, |tag| by_tag(tag, &clues.origin, search.home)))
    }

    async fn by_target_groups(&self, clues: &Clues, search: &mut Search<'_>) -> Result<Targets, Miss> {
        let mut targets = Vec::new();
        for metric in &clues.metrics {
            let origin = clues.origin.of_metric(metric);
            let groups = match (metric.dimensions.get("TargetGroup"), metric.dimensions.get("LoadBalancer")) {
                (Some(group), _) => vec![group.clone()],
                (None, Some(_)) if !self.look_ups.whole_load_balancers => {
                    search.leave = Leave::new(
                        Reason::Ambiguous,
                        "Its metric is of a whole load balancer; the dimension TargetGroup, or \
                         ROLLBACK_LOAD_BALANCER_ALARMS=every-service, would help."
                            .to_owned(),
                    );
                    continue;
                }
                (None, Some(balancer)) => self.groups_of(balancer, &origin, search).await?,
                (None, None) => continue,
            };
            let Some(place) = self.place_of(&origin, search).await else { continue };
            for group in groups {
                let whereabouts = search.whereabouts(&origin);
                let behind = self.look_in(&place, &whereabouts, search, |index| index.behind(&group).to_vec()).await?;
                if behind.is_empty() {
                    search.notes.push(format!("no allowed service is behind {}", shown(&group, 255)));
                }
                targets
                    .extend(behind.into_iter().map(Ok).filter(|target| !targets.contains(target)).collect::<Vec<_>>());
            }
        }
        Ok(targets)
    }

    /// The target groups of a load balancer, given as metrics name it: `app/name/id`.
    async fn groups_of(&self, balancer: &str, origin: &Origin, search: &mut Search<'_>) -> Result<Vec<String>, Miss> {
        let Whereabouts { partition, region, account } = search.whereabouts(origin);
        let (Some(account), Some(place)) = (account, self.place_of(origin, search).await) else {
            return Ok(Vec::new());
        };
        let arn = format!("arn:{partition}:elasticloadbalancing:{region}:{account}:loadbalancer/{balancer}");
        let groups = place.load_balancers.target_groups(&arn).await?;
        if groups.is_empty() {
            search.notes.push(format!("the load balancer {} has no target group", shown(balancer, 255)));
        }
        Ok(groups.iter().filter_map(|arn| suffix(arn)).map(str::to_owned).collect())
    }

    async fn by_deployment_alarms(&self, clues: &Clues, search: &mut Search<'_>) -> Result<Targets, Miss> {
        let Some(alarm) = &clues.alarm else { return Ok(Vec::new()) };
        let Some(place) = self.place_of(&clues.origin, search).await else { return Ok(Vec::new()) };
        let whereabouts = search.whereabouts(&clues.origin);
        let look = |index: &Index| index.watched_by(&alarm.name).to_vec();
        let watched = self.look_in(&place, &whereabouts, search, look).await?;
        if watched.is_empty() {
            search.notes.push("no allowed service names it among its deployment alarms".to_owned());
        }
        Ok(watched.into_iter().map(Ok).collect())
    }

    /// The gateways where the alarm is, if the function reaches there.
    async fn place_of(&self, origin: &Origin, search: &Search<'_>) -> Option<Arc<Place>> {
        self.places.at(&search.whereabouts(origin), search.home).await
    }
}

impl Search<'_> {
    fn whereabouts(&self, origin: &Origin) -> Whereabouts {
        Whereabouts::of_origin(origin, self.home)
    }

    /// What to say when no way led anywhere.
    fn in_vain(self) -> Leave {
        let Self { mut leave, notes, .. } = self;
        if !notes.is_empty() {
            let sentence = leave.detail.trim_end_matches('.');
            leave.detail = format!("{sentence}; {}.", notes.join("; "));
        }
        leave
    }
}
