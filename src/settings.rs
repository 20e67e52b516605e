//! The settings: environment variables, all validated before anything runs.

mod reader;
pub(crate) mod table;

use std::collections::BTreeMap;

use jiff::SignedDuration;
use judgement::{
    Arn, Policy, Way,
    arn::is_account,
    event::SIGNALS,
    is_region,
    policy::{AlarmPatterns, Limit, Reach, ServicePatterns},
};
use tracing_subscriber::filter::LevelFilter;

pub use self::reader::WrongSettings;
use self::reader::{Reader, word};
use crate::{
    aws::{ExternalIds, Role},
    follow_up::Follow,
    locate::LookUps,
    notice::{Kind, NoticeSettings},
};

/// All settings of the function.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The settings that decisions depend on.
    pub(crate) policy: Policy,
    /// The look-ups that lead from an alarm to its services.
    pub(crate) look_ups: LookUps,
    /// `evidence` in `LookUps`: `true` to take a closer look at the evidence before a rollback.
    pub(crate) closer_look: bool,
    /// The role for services in other accounts.
    pub(crate) role: Role,
    /// The number of execution environments that poll the queue.
    pub(crate) environments: u32,
    /// How long an earlier look may decide that a service is left alone.
    pub(crate) memory: SignedDuration,
    /// How deployments are followed.
    pub(crate) follow: Follow,
    /// The channels of the notices, and which are sent.
    pub(crate) notices: NoticeSettings,
    /// The form of the log.
    pub logs: Logs,
    /// `MetricsNamespace`: the namespace of the metrics. `None`: no metrics.
    pub metrics_namespace: Option<String>,
}

/// The role that the function assumes in another account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleElsewhere {
    /// The account's number.
    pub account: String,
    /// The role's ARN.
    pub arn: String,
    /// The external id that is sent.
    pub external_id: Option<String>,
}

/// The form of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logs {
    /// `true` for one flat JSON object per line, `false` for text.
    pub json: bool,
    /// The lowest level that is logged.
    pub level: LevelFilter,
    /// The field `service` of each line.
    pub service_name: String,
    /// `true` to log the whole event.
    pub log_event: bool,
}

impl Settings {
    /// Reads every setting through `look_up`, which gives the value of an environment variable.
    ///
    /// # Errors
    /// All settings that are wrong, at once.
    pub fn read(look_up: impl Fn(&str) -> Option<String>) -> Result<Self, WrongSettings> {
        let mut reader = Reader::new(look_up);
        let (look_ups, closer_look) = reader.look_ups();
        let settings = Self {
            policy: reader.policy(),
            look_ups,
            closer_look,
            role: reader.role(),
            environments: reader.whole(table::ENVIRONMENTS),
            memory: reader.seconds(table::MEMORY),
            follow: reader.word(
                table::FOLLOW_DEPLOYMENTS,
                &[
                    ("none", Follow::Nothing),
                    ("outcomes", Follow::Outcomes),
                    ("outcomes-and-unprotected", Follow::OutcomesAndUnprotected),
                ],
            ),
            notices: reader.notices(),
            logs: reader.logs(),
            metrics_namespace: reader.metrics_namespace(),
        };
        reader.end(settings)
    }

    /// The same settings for a program that shows what the function would do: it rolls nothing back and sends no notice.
    #[must_use]
    pub fn that_only_show(mut self) -> Self {
        self.policy.only_shows = true;
        self.notices.topic_arn = None;
        self.notices.event_bus = None;
        self.metrics_namespace = None;
        self
    }

    /// The roles in other accounts that the function assumes.
    #[must_use]
    pub fn roles_elsewhere(&self, partition: &str) -> Vec<RoleElsewhere> {
        let role = |account: &String| RoleElsewhere {
            account: account.clone(),
            arn: self.role.arn(account, partition),
            external_id: self.role.external_ids.of(account).cloned(),
        };
        self.policy.reach.accounts.iter().map(role).collect()
    }

    /// The settings that decisions depend on.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }
}

impl<L: Fn(&str) -> Option<String>> Reader<L> {
    fn policy(&mut self) -> Policy {
        let max_signal_age = self.seconds(table::MAX_SIGNAL_AGE);
        let (count, window) = (self.whole(table::LIMIT) as usize, self.seconds(table::LIMIT_WINDOW));
        Policy {
            mode: self.typed(table::MODE),
            only_shows: false,
            services: self.parsed(table::SERVICES, ServicePatterns::parse),
            opt_in: self.typed(table::OPT_IN),
            alarms: self.parsed(table::ALARMS, AlarmPatterns::parse),
            ecs_events: self.parsed(table::ECS_EVENTS, |text| {
                some_of(text, |word| SIGNALS.into_iter().find(|name| event_word(name) == word).map(str::to_owned))
            }),
            max_signal_age: Some(max_signal_age).filter(|age| !age.is_zero()),
            limit: (count > 0).then_some(Limit { count, window }),
            too_late: self.seconds(table::TOO_LATE),
            max_services: self.whole(table::MAX_SERVICES) as usize,
            reach: Reach {
                accounts: self.list(table::ACCOUNTS, is_account),
                monitoring_accounts: self.list(table::MONITORING_ACCOUNTS, is_account),
                regions: self.list(table::REGIONS, is_region),
            },
            clock_skew: self.seconds(table::CLOCK_SKEW),
        }
    }

    /// The ways that are switched on, and `true` if the closer look is.
    fn look_ups(&mut self) -> (LookUps, bool) {
        // What leads from a load balancer to its services begins with the target groups behind it.
        let way = |word: &str| match word {
            LOAD_BALANCERS => Some((Way::TargetGroups, true)),
            word => Way::LOOK_UPS.into_iter().find(|way| way.look_up() == word).map(|way| (way, false)),
        };
        let some = self.parsed(table::LOOK_UPS, |text| some_of(text, way));
        let whole_load_balancers = some.iter().any(|(_, is_whole)| *is_whole);
        let ways: Vec<Way> = some.into_iter().map(|(way, _)| way).collect();
        let closer_look = ways.contains(&Way::Contributors);
        let index_max_age = self.seconds(table::INDEX_MAX_AGE);
        (LookUps { ways, whole_load_balancers, index_max_age }, closer_look)
    }

    /// An optional list, whose items `fits` checks.
    fn list(&mut self, setting: &'static table::Setting, fits: impl Fn(&str) -> bool) -> Vec<String> {
        let parse = |text: &str| {
            let items = text.split([' ', ',']).filter(|item| !item.is_empty());
            let items = items.map(|item| fits(item).then(|| item.to_owned())).collect::<Option<Vec<_>>>();
            items.filter(|items| !items.is_empty())
        };
        self.optional(setting, parse).unwrap_or_default()
    }

    fn role(&mut self) -> Role {
        // The character sets are those of IAM and STS (AssumeRole in the API Reference).
        let name = self.parsed(table::SPOKE_ROLE_NAME, |text| {
            let is_name = (1..=512).contains(&text.len()) && !text.starts_with('/') && is_made_of(text, "_+=,.@-/");
            is_name.then(|| text.to_owned())
        });
        let external_ids = self.optional(table::EXTERNAL_IDS, external_ids).unwrap_or(ExternalIds::None);
        let function = self.raw("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default();
        let session_name: String =
            function.chars().filter(|c| is_made_of(&c.to_string(), "_+=,.@-")).take(64).collect();
        let session_name = if session_name.len() < 2 { "ecs-auto-rollback".to_owned() } else { session_name };
        Role { name, external_ids, session_name }
    }

    fn notices(&mut self) -> NoticeSettings {
        NoticeSettings {
            topic_arn: self.text(table::NOTICE_TOPIC, is_topic_arn),
            event_bus: self.text(table::NOTICE_EVENT_BUS, is_event_bus),
            kinds: self.parsed(table::NOTICES, Kind::parse_list),
            documentation: self.parsed(table::DOCUMENTATION_URL, |text| {
                let address = text.strip_prefix("https://")?.trim_end_matches('/');
                let is_address = !address.is_empty() && is_made_of(address, "-._~:/@!$&'()*+,;=%");
                is_address.then(|| format!("https://{address}"))
            }),
            log_group: self.raw("AWS_LAMBDA_LOG_GROUP_NAME").filter(|name| !name.is_empty()),
        }
    }

    fn logs(&mut self) -> Logs {
        const LEVELS: &[(&str, LevelFilter)] = &[
            ("TRACE", LevelFilter::TRACE),
            ("DEBUG", LevelFilter::DEBUG),
            ("INFO", LevelFilter::INFO),
            ("WARN", LevelFilter::WARN),
            ("WARNING", LevelFilter::WARN),
            ("ERROR", LevelFilter::ERROR),
            ("FATAL", LevelFilter::ERROR),
            ("CRITICAL", LevelFilter::ERROR),
        ];
        let lambda = self.optional(table::LOG_LEVEL, |text| word(text, LEVELS));
        let powertools = self.optional(table::POWERTOOLS_LOG_LEVEL, |text| word(text, LEVELS));
        Logs {
            json: self.word(table::LOG_FORMAT, &[("JSON", true), ("Text", false)]),
            // Lambda's own setting comes first, as in Powertools: it is the one that the console shows.
            level: lambda.or(powertools).unwrap_or(LevelFilter::INFO),
            service_name: self.parsed(table::SERVICE_NAME, |name| (!name.trim().is_empty()).then(|| name.to_owned())),
            log_event: self.switch(table::LOG_EVENT),
        }
    }

    fn metrics_namespace(&mut self) -> Option<String> {
        // The names that PutMetricData takes (CloudWatch API Reference), except AWS's own.
        self.parsed(table::METRICS_NAMESPACE, |text| {
            let is_name = (1..=255).contains(&text.len())
                && is_made_of(text, "_.-/#: ")
                && !text.trim().is_empty()
                && !text.starts_with("AWS/");
            is_name.then(|| (text != "none").then(|| text.to_owned()))
        })
    }

    fn seconds(&mut self, setting: &'static table::Setting) -> SignedDuration {
        SignedDuration::from_secs(self.whole(setting).into())
    }

    fn switch(&mut self, setting: &'static table::Setting) -> bool {
        self.word(setting, &[("true", true), ("false", false), ("1", true), ("0", false)])
    }
}

/// The word of `LookUps` for alarms on a whole load balancer.
const LOAD_BALANCERS: &str = "load-balancers";

/// The word of `EcsEvents` for an event: `task-start-impaired` for `SERVICE_TASK_START_IMPAIRED`.
fn event_word(name: &str) -> String {
    name.trim_start_matches("SERVICE_").to_ascii_lowercase().replace('_', "-")
}

/// One external id for all accounts, or one for each account.
fn external_ids(text: &str) -> Option<ExternalIds> {
    let is_id = |id: &str| (2..=1_224).contains(&id.len()) && is_made_of(id, "_+=,.@:/-");
    let by_account = |word: &str| {
        let (account, id) = word.split_once('=')?;
        (is_account(account) && is_id(id)).then(|| (account.to_owned(), id.to_owned()))
    };
    match text.split_whitespace().map(by_account).collect::<Option<BTreeMap<_, _>>>() {
        Some(ids) if !ids.is_empty() => Some(ExternalIds::ByAccount(ids)),
        _ => is_id(text).then(|| ExternalIds::Same(text.to_owned())),
    }
}

/// `none`, or some names separated by spaces, each of which `parse` must know.
fn some_of<T>(text: &str, parse: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    if text.trim() == "none" {
        return Some(Vec::new());
    }
    text.split_whitespace().map(parse).collect::<Option<Vec<T>>>().filter(|names| !names.is_empty())
}

/// The name of a FIFO topic ends in `.fifo`, and no chat channel can subscribe to one.
fn is_topic_arn(text: &str) -> bool {
    Arn::parse(text).is_some_and(|arn| {
        arn.service == "sns" && (1..=256).contains(&arn.resource.len()) && is_made_of(arn.resource, "_-")
    })
}

/// The names that `PutEvents` takes (EventBridge API Reference).
fn is_event_bus(text: &str) -> bool {
    let name = match Arn::parse(text) {
        Some(arn) if arn.service == "events" => arn.resource.strip_prefix("event-bus/").unwrap_or_default(),
        Some(_) => return false,
        None => text,
    };
    (1..=256).contains(&name.len()) && is_made_of(name, "/._-")
}

fn is_made_of(text: &str, besides: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || besides.contains(c))
}

#[cfg(test)]
mod tests;
