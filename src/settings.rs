//! The settings: environment variables, all validated before anything runs.

mod patterns;

use std::{fmt, str::FromStr};

use jiff::SignedDuration;
pub use patterns::{AlarmPatterns, ServicePatterns};
use tracing_subscriber::filter::LevelFilter;

use crate::{
    event::{SIGNALS, shown},
    target::{Arn, Way},
};

/// All settings of the function.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What the judgement goes by.
    pub policy: Policy,
    /// Which look-ups lead from an alarm to its services.
    pub look_ups: LookUps,
    /// The role by which services in other accounts and Regions are served.
    pub role: Option<Role>,
    /// `ROLLBACK_MEMORY_SECONDS`: for how long a look at a service may settle that it is left alone.
    pub memory: SignedDuration,
    /// Where notices go, and how far they look.
    pub notices: Notices,
    /// How the function logs.
    pub logs: Logs,
    /// `POWERTOOLS_METRICS_NAMESPACE`: where its figures go. `None`: nowhere, or `POWERTOOLS_METRICS_DISABLED` says so.
    pub metrics_namespace: Option<String>,
}

/// Which look-ups lead from an alarm to its services, where the alarm itself does not name them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookUps {
    /// `ROLLBACK_LOOK_UPS`: the ways that are switched on.
    pub ways: Vec<Way>,
    /// `ROLLBACK_LOAD_BALANCER_ALARMS`: whether an alarm on a load balancer as a whole is about every service behind it.
    pub whole_load_balancers: bool,
    /// `ROLLBACK_INDEX_MAX_AGE_SECONDS`: how old the index of services may be.
    pub index_max_age: SignedDuration,
}

/// A role of the same name in every account that is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// `ROLLBACK_ROLE_NAME`: its name, with its path if it has one.
    pub name: String,
    /// `ROLLBACK_EXTERNAL_ID`: the external id that it asks for.
    pub external_id: Option<String>,
    /// `AWS_LAMBDA_FUNCTION_NAME`: what its sessions are named after.
    pub session_name: String,
}

/// Where notices go, and how far they look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notices {
    /// `ROLLBACK_NOTICE_TOPIC_ARN`: the SNS topic.
    pub topic_arn: Option<String>,
    /// `ROLLBACK_NOTICE_EVENT_BUS`: the event bus, by its name or ARN.
    pub event_bus: Option<String>,
    /// `ROLLBACK_UNPROTECTED_NOTICES`: whether a deployment is noticed that begins while one of its alarms is in ALARM.
    pub unprotected: bool,
    /// `AWS_LAMBDA_LOG_GROUP_NAME`: where the function's own log is, for a link.
    pub log_group: Option<String>,
}

impl Notices {
    /// Whether anybody is told anything.
    #[must_use]
    pub fn are_on(&self) -> bool {
        self.topic_arn.is_some() || self.event_bus.is_some()
    }
}

/// What the judgement goes by.
#[derive(Debug, Clone)]
pub struct Policy {
    /// `ROLLBACK_MODE`: what the function may do; a service's tag overrides it.
    pub mode: Mode,
    /// `ROLLBACK_SERVICES`: the services that it may touch.
    pub services: ServicePatterns,
    /// `ROLLBACK_OPT_IN`: whether a service must carry the tag.
    pub opt_in: OptIn,
    /// `ROLLBACK_ALARMS`: the alarms that may roll back.
    pub alarms: AlarmPatterns,
    /// `ROLLBACK_ECS_EVENTS`: the ECS events that may roll back.
    pub ecs_events: EcsEvents,
    /// `ROLLBACK_MAX_SIGNAL_AGE_SECONDS`: how old an event may be. `None`: as old as it likes.
    pub max_signal_age: Option<SignedDuration>,
    /// `ROLLBACK_LIMIT` and `ROLLBACK_LIMIT_WINDOW_SECONDS`: how often a service may be rolled back.
    pub limit: Option<Limit>,
    /// `ROLLBACK_CLOCK_SKEW_SECONDS`: by how much a signal may seem to begin before the deployment that it is held against.
    pub clock_skew: SignedDuration,
}

/// What the function may do for a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Roll back.
    Enforce,
    /// Only say what it would do.
    Observe,
    /// Leave it alone.
    Off,
}

impl FromStr for Mode {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "enforce" => Ok(Self::Enforce),
            "observe" => Ok(Self::Observe),
            "off" => Ok(Self::Off),
            _ => Err(()),
        }
    }
}

/// Which services take part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptIn {
    /// All that are allowed.
    All,
    /// Those with the tag `auto-rollback`.
    Tagged,
}

/// How often a service may be rolled back before a person should look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// So many rollbacks are enough.
    pub count: usize,
    /// The time in which they are counted.
    pub window: SignedDuration,
}

/// The names of the ECS events that may roll back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EcsEvents(Vec<String>);

impl EcsEvents {
    /// Whether the event of this name may roll back.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|event| event == name)
    }
}

/// How the function logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logs {
    /// `AWS_LAMBDA_LOG_FORMAT`: one flat JSON object a line, or text.
    pub json: bool,
    /// `AWS_LAMBDA_LOG_LEVEL`, else `POWERTOOLS_LOG_LEVEL`.
    pub level: LevelFilter,
    /// `POWERTOOLS_SERVICE_NAME`: the field `service` of each line.
    pub service_name: String,
    /// `POWERTOOLS_LOGGER_LOG_EVENT`: whether the whole event is logged.
    pub log_event: bool,
}

/// Every setting that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct WrongSettings(Vec<WrongSetting>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct WrongSetting {
    name: &'static str,
    value: String,
    allowed: String,
}

impl fmt::Display for WrongSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ecs-auto-rollback does not start, as its settings are wrong: ")?;
        for (index, WrongSetting { name, value, allowed }) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{name} is {}, allowed is {allowed}", shown(value, 200))?;
        }
        Ok(())
    }
}

impl Settings {
    /// Reads every setting through `look_up`, which gives the value of an environment variable.
    ///
    /// # Errors
    /// All settings that are wrong, at once.
    pub fn read(look_up: impl Fn(&str) -> Option<String>) -> Result<Self, WrongSettings> {
        let mut reader = Reader { look_up, wrong: Vec::new() };
        let settings = Self {
            policy: reader.policy(),
            look_ups: reader.look_ups(),
            role: reader.role(),
            memory: seconds(reader.whole("ROLLBACK_MEMORY_SECONDS", 0, 0..=300)),
            notices: reader.notices(),
            logs: reader.logs(),
            metrics_namespace: reader.metrics_namespace(),
        };
        if reader.wrong.is_empty() { Ok(settings) } else { Err(WrongSettings(reader.wrong)) }
    }
}

/// Reads settings one by one and collects what is wrong with them.
struct Reader<L> {
    look_up: L,
    wrong: Vec<WrongSetting>,
}

impl<L: Fn(&str) -> Option<String>> Reader<L> {
    fn policy(&mut self) -> Policy {
        let mode =
            self.one_of("ROLLBACK_MODE", &[("enforce", Mode::Enforce), ("observe", Mode::Observe), ("off", Mode::Off)]);
        let services = self.parsed(
            "ROLLBACK_SERVICES",
            "*/*",
            "patterns of the form cluster/service, separated by spaces, of letters, digits, _, -, * and ?",
            ServicePatterns::parse,
        );
        let opt_in = self.one_of("ROLLBACK_OPT_IN", &[("all", OptIn::All), ("tagged", OptIn::Tagged)]);
        let alarms = self.parsed(
            "ROLLBACK_ALARMS",
            "*",
            "patterns of alarm names, separated by spaces, with * and ?",
            AlarmPatterns::parse,
        );
        let ecs_events = self.parsed(
            "ROLLBACK_ECS_EVENTS",
            &SIGNALS.join(" "),
            &format!("some of {}, separated by spaces, or none", SIGNALS.join(", ")),
            ecs_events,
        );
        let max_age = self.whole("ROLLBACK_MAX_SIGNAL_AGE_SECONDS", 900, 0..=86_400);
        let count = self.whole("ROLLBACK_LIMIT", 3, 0..=100);
        let window = self.whole("ROLLBACK_LIMIT_WINDOW_SECONDS", 3_600, 60..=604_800);
        let clock_skew = self.whole("ROLLBACK_CLOCK_SKEW_SECONDS", 0, 0..=300);
        Policy {
            mode,
            services,
            opt_in,
            alarms,
            ecs_events,
            max_signal_age: (max_age > 0).then(|| seconds(max_age)),
            limit: (count > 0).then(|| Limit { count: count as usize, window: seconds(window) }),
            clock_skew: seconds(clock_skew),
        }
    }

    fn look_ups(&mut self) -> LookUps {
        let ways = LOOK_UPS.map(Way::as_str);
        LookUps {
            ways: self.parsed(
                "ROLLBACK_LOOK_UPS",
                "none",
                &format!("some of {}, separated by spaces, or none", ways.join(", ")),
                look_ups,
            ),
            whole_load_balancers: self
                .one_of("ROLLBACK_LOAD_BALANCER_ALARMS", &[("ambiguous", false), ("every-service", true)]),
            index_max_age: seconds(self.whole("ROLLBACK_INDEX_MAX_AGE_SECONDS", 300, 10..=86_400)),
        }
    }

    fn role(&mut self) -> Option<Role> {
        // The character sets are those of IAM and STS (AssumeRole in the API Reference).
        let name = self.optional("ROLLBACK_ROLE_NAME", "the name of a role, with its path if it has one", |text| {
            (1..=512).contains(&text.len()) && !text.starts_with('/') && is_made_of(text, "_+=,.@-/")
        });
        let external_id = self.optional("ROLLBACK_EXTERNAL_ID", "2 to 1224 letters, digits and _+=,.@:/-", |text| {
            (2..=1_224).contains(&text.len()) && is_made_of(text, "_+=,.@:/-")
        });
        let function = (self.look_up)("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default();
        let session_name: String =
            function.chars().filter(|c| is_made_of(&c.to_string(), "_+=,.@-")).take(64).collect();
        let session_name = if session_name.len() < 2 { "ecs-auto-rollback".to_owned() } else { session_name };
        name.map(|name| Role { name, external_id, session_name })
    }

    fn notices(&mut self) -> Notices {
        Notices {
            topic_arn: self.optional("ROLLBACK_NOTICE_TOPIC_ARN", "the ARN of a standard SNS topic", is_topic_arn),
            event_bus: self.optional("ROLLBACK_NOTICE_EVENT_BUS", "the name or the ARN of an event bus", is_event_bus),
            unprotected: self.one_of("ROLLBACK_UNPROTECTED_NOTICES", &[("off", false), ("on", true)]),
            log_group: (self.look_up)("AWS_LAMBDA_LOG_GROUP_NAME").filter(|name| !name.is_empty()),
        }
    }

    fn logs(&mut self) -> Logs {
        const LEVELS: &[(&str, LevelFilter)] = &[
            ("INFO", LevelFilter::INFO),
            ("TRACE", LevelFilter::TRACE),
            ("DEBUG", LevelFilter::DEBUG),
            ("WARN", LevelFilter::WARN),
            ("WARNING", LevelFilter::WARN),
            ("ERROR", LevelFilter::ERROR),
            ("FATAL", LevelFilter::ERROR),
            ("CRITICAL", LevelFilter::ERROR),
        ];
        let lambda = self.one_of_caseless("AWS_LAMBDA_LOG_LEVEL", LEVELS);
        let powertools = self.one_of_caseless("POWERTOOLS_LOG_LEVEL", LEVELS);
        Logs {
            json: self.one_of_caseless("AWS_LAMBDA_LOG_FORMAT", &[("JSON", true), ("Text", false)]).unwrap_or(true),
            // Lambda's own setting comes first, as in Powertools: it is what the console shows.
            level: lambda.or(powertools).unwrap_or(LevelFilter::INFO),
            service_name: self.parsed("POWERTOOLS_SERVICE_NAME", "ecs-auto-rollback", "a name", |name| {
                (!name.trim().is_empty()).then(|| name.to_owned())
            }),
            log_event: self.switch("POWERTOOLS_LOGGER_LOG_EVENT"),
        }
    }

    fn metrics_namespace(&mut self) -> Option<String> {
        // What PutMetricData takes as a namespace (CloudWatch API Reference), but for those of AWS.
        let allowed = "1 to 255 letters, digits and _.-/#: , and not AWS/";
        let fits = |text: &str| {
            (1..=255).contains(&text.len())
                && is_made_of(text, "_.-/#: ")
                && !text.trim().is_empty()
                && !text.starts_with("AWS/")
        };
        let namespace = self.optional("POWERTOOLS_METRICS_NAMESPACE", allowed, fits);
        let disabled = self.switch("POWERTOOLS_METRICS_DISABLED");
        namespace.filter(|_| !disabled)
    }

    fn switch(&mut self, name: &'static str) -> bool {
        self.one_of_caseless(name, &[("true", true), ("false", false), ("1", true), ("0", false)]).unwrap_or(false)
    }

    /// A setting of a few words; the first is the default.
    fn one_of<T: Copy>(&mut self, name: &'static str, choices: &[(&str, T)]) -> T {
        let allowed = names(choices);
        let chosen = |text: &str| choices.iter().find(|(choice, _)| *choice == text).map(|(_, value)| *value);
        self.parsed(name, choices[0].0, &allowed, chosen)
    }

    /// A setting of a few words in upper or lower case; `None` if it is not set.
    fn one_of_caseless<T: Copy>(&mut self, name: &'static str, choices: &[(&str, T)]) -> Option<T> {
        let value = (self.look_up)(name)?;
        let chosen = choices.iter().find(|(choice, _)| choice.eq_ignore_ascii_case(&value));
        if chosen.is_none() {
            self.wrong.push(WrongSetting { name, value, allowed: names(choices) });
        }
        chosen.map(|(_, value)| *value)
    }

    /// A setting without a default.
    fn optional(&mut self, name: &'static str, allowed: &str, fits: impl Fn(&str) -> bool) -> Option<String> {
        let value = (self.look_up)(name)?;
        if fits(&value) {
            return Some(value);
        }
        self.wrong.push(WrongSetting { name, value, allowed: allowed.to_owned() });
        None
    }

    fn whole(&mut self, name: &'static str, default: u32, range: std::ops::RangeInclusive<u32>) -> u32 {
        let allowed = format!("a whole number from {} to {}", range.start(), range.end());
        self.parsed(name, &default.to_string(), &allowed, |text| {
            text.parse().ok().filter(|number| range.contains(number))
        })
    }

    /// The value of a setting or of its default. A wrong one is noted, and the default stands in so that reading goes on.
    fn parsed<T>(&mut self, name: &'static str, default: &str, allowed: &str, parse: impl Fn(&str) -> Option<T>) -> T {
        let value = (self.look_up)(name);
        if let Some(parsed) = parse(value.as_deref().unwrap_or(default)) {
            return parsed;
        }
        self.wrong.push(WrongSetting { name, value: value.unwrap_or_default(), allowed: allowed.to_owned() });
        match parse(default) {
            Some(parsed) => parsed,
            None => unreachable!("the default of {name} is one of its allowed values"),
        }
    }
}

fn names<T>(choices: &[(&str, T)]) -> String {
    choices.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

fn seconds(count: u32) -> SignedDuration {
    SignedDuration::from_secs(count.into())
}

/// The ways that are switched on by a setting.
const LOOK_UPS: [Way; 4] = [Way::AlarmTags, Way::CompositeChildren, Way::TargetGroups, Way::DeploymentAlarms];

fn look_ups(text: &str) -> Option<Vec<Way>> {
    if text.trim() == "none" {
        return Some(Vec::new());
    }
    let way = |name: &str| LOOK_UPS.into_iter().find(|way| way.as_str() == name);
    text.split_whitespace().map(way).collect::<Option<Vec<Way>>>().filter(|ways| !ways.is_empty())
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

fn ecs_events(text: &str) -> Option<EcsEvents> {
    if text.trim() == "none" {
        return Some(EcsEvents(Vec::new()));
    }
    let names: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    let known = !names.is_empty() && names.iter().all(|name| SIGNALS.contains(&name.as_str()));
    known.then_some(EcsEvents(names))
}

#[cfg(test)]
mod tests;
