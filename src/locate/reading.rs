//! Combines names and ARNs that state parts of a service.

use judgement::{Arn, Reason, Verdict, arn::is_ecs_name, signal::Named, text::shown};

/// The parts of a service that one name or ARN states.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Reading<'a> {
    pub(super) partition: Option<&'a str>,
    pub(super) region: Option<&'a str>,
    pub(super) account: Option<&'a str>,
    pub(super) cluster: Option<&'a str>,
    pub(super) name: Option<&'a str>,
}

impl<'a> Reading<'a> {
    /// Reads a name or an ARN. An `Err` returns text that is neither.
    pub(super) fn of(named: &'a Named) -> Result<Self, &'a str> {
        let (text, kind) = match named {
            Named::Cluster(text) => (text, "cluster"),
            Named::Service(text) => (text, "service"),
            Named::ServiceDeployment(text) => (text, "service-deployment"),
        };
        if is_ecs_name(text) {
            return match named {
                Named::Cluster(name) => Ok(Self { cluster: Some(name), ..Self::default() }),
                Named::Service(name) => Ok(Self { name: Some(name), ..Self::default() }),
                Named::ServiceDeployment(_) => Err(text),
            };
        }
        let arn = Arn::parse(text).filter(|arn| arn.service == "ecs").ok_or(text.as_str())?;
        let parts: Vec<&str> = arn.resource.split('/').collect();
        let (cluster, name) = match (kind, parts.as_slice()) {
            ("cluster", ["cluster", cluster]) => (Some(*cluster), None),
            ("service", ["service", name]) => (None, Some(*name)),
            ("service", ["service", cluster, name])
            | ("service-deployment", ["service-deployment", cluster, name, _]) => (Some(*cluster), Some(*name)),
            _ => return Err(text),
        };
        if ![cluster, name].into_iter().flatten().all(is_ecs_name) {
            return Err(text);
        }
        Ok(Self { partition: Some(arn.partition), region: Some(arn.region), account: Some(arn.account), cluster, name })
    }

    /// Adds the parts of another reading, which must not disagree.
    pub(super) fn merge(&mut self, other: Self) -> Result<(), Verdict> {
        let fields = [
            ("partition", &mut self.partition, other.partition),
            ("Region", &mut self.region, other.region),
            ("account", &mut self.account, other.account),
            ("cluster", &mut self.cluster, other.cluster),
            ("service", &mut self.name, other.name),
        ];
        for (what, mine, theirs) in fields {
            match (*mine, theirs) {
                (Some(one), Some(two)) if one != two => {
                    let detail = format!(
                        "The event names both the {what} {} and the {what} {}.",
                        shown(one, 255),
                        shown(two, 255)
                    );
                    return Err(Verdict::new(Reason::Ambiguous, detail));
                }
                _ => *mine = mine.or(theirs),
            }
        }
        Ok(())
    }
}
