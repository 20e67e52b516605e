//! The services of the account, and the alarms that watch them.

use serde_json::{Value, json};
use signals::Metric;
use simulator::{Alarm, CircuitBreaker, Controller, DeploymentAlarms, DeploymentConfiguration, ServiceSeed, Strategy};

/// The number of services.
pub(super) const SERVICES: usize = 150;

/// The load balancer in front of the shop.
pub(super) const BALANCER: &str = "app/shop/50dc6c495c0c9188";

/// The query of the alarms on many time series.
const QUERY: &str =
    "SELECT MAX(CPUUtilization) FROM SCHEMA(\"AWS/ECS\", ClusterName, ServiceName) GROUP BY ClusterName, ServiceName";

/// Names that would do harm on a page that did not escape them.
const HOSTILE: [&str; 3] =
    ["<img src=x onerror=document.title=1>", "\"><script>document.title=2</script>", "</td><!--put script-->'&amp;"];

const FUNCTION: &str = "arn:aws:lambda:us-east-1:123456789012:function:ecs-auto-rollback";

/// A service. Its task definitions have its name as their family.
#[derive(Debug, Clone)]
pub(super) struct Service {
    pub(super) path: String,
    pub(super) is_blue_green: bool,
    pub(super) has_breaker: bool,
    pub(super) bake_minutes: u32,
    pub(super) own_alarm: Option<String>,
    group: Option<String>,
    tag: Option<&'static str>,
    is_by_code_deploy: bool,
}

impl Service {
    pub(super) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    pub(super) fn task_definition(&self, version: u32) -> String {
        format!("{}:{version}", self.name())
    }

    pub(super) fn seed(&self) -> ServiceSeed {
        let configuration = DeploymentConfiguration {
            strategy: Some(if self.is_blue_green { Strategy::BlueGreen } else { Strategy::Rolling }),
            bake_time_in_minutes: Some(self.bake_minutes),
            deployment_circuit_breaker: self.has_breaker.then_some(CircuitBreaker {
                enable: true,
                rollback: true,
                reset_on_healthy_task: None,
                threshold_configuration: None,
            }),
            alarms: self.own_alarm.clone().map(|name| DeploymentAlarms {
                alarm_names: vec![name],
                rollback: true,
                enable: true,
            }),
            ..DeploymentConfiguration::default()
        };
        let seed = ServiceSeed::new(&self.path).configured(configuration).deployed(&self.task_definition(1));
        let seed = match &self.group {
            Some(group) if self.is_blue_green => seed.between(&arn(group), &arn(&green(group))),
            Some(group) => seed.behind(&arn(group)),
            None => seed,
        };
        let seed = self.tag.map_or(seed.clone(), |tag| seed.tag("auto-rollback", tag));
        if self.is_by_code_deploy { seed.controller(Controller::CodeDeploy) } else { seed }
    }
}

/// All services.
pub(super) fn services() -> Vec<Service> {
    const NAMES: [&str; 30] = [
        "web", "cart", "checkout", "search", "billing", "img", "mail", "auth", "users", "orders", "stock", "price",
        "promo", "feed", "chat", "push", "geo", "tax", "fraud", "audit", "reports", "export", "import", "sync",
        "media", "video", "thumbs", "cms", "blog", "help",
    ];
    const SUFFIXES: [&str; 5] = ["", "-api", "-worker", "-jobs", "-admin"];
    let service = |index: usize| {
        let name = format!("{}{}", NAMES[index % 30], SUFFIXES[index / 30]);
        let cluster = if index % 4 == 3 { "data" } else { "prod" };
        Service {
            is_blue_green: index % 12 == 5,
            has_breaker: !index.is_multiple_of(3) || index == 0,
            bake_minutes: [0, 0, 2, 5][index % 4],
            own_alarm: (index % 25 == 13).then(|| format!("{name}-lag")),
            group: (85..100).contains(&index).then(|| format!("targetgroup/{name}/{index:016x}")),
            tag: [(10, "observe"), (40, "off"), (70, "off reason=migration")]
                .iter()
                .find_map(|(tagged, tag)| (*tagged == index).then_some(*tag)),
            is_by_code_deploy: index == 50,
            path: format!("{cluster}/{name}"),
        }
    };
    (0..SERVICES).map(service).collect()
}

/// The ARN of a target group that metrics name so.
pub(super) fn arn(group: &str) -> String {
    format!("arn:aws:elasticloadbalancing:us-east-1:123456789012:{group}")
}

fn green(group: &str) -> String {
    group.replacen("targetgroup/", "targetgroup/green-", 1)
}

/// An alarm.
#[derive(Debug, Clone)]
pub(super) struct Watch {
    pub(super) name: String,
    pub(super) on: On,
    /// The services that it is about, by their numbers.
    pub(super) services: Vec<usize>,
    pub(super) period: i64,
    /// `true` if it invokes the function itself.
    pub(super) acts: bool,
    pub(super) is_muted: bool,
    tag: Option<String>,
}

/// The subject of an alarm.
#[derive(Debug, Clone)]
pub(super) enum On {
    Metric {
        namespace: &'static str,
        name: &'static str,
        dimensions: Vec<(&'static str, String)>,
    },
    /// A query with a time series for each service.
    Query,
    Alarms {
        children: Vec<String>,
        suppressor: Option<String>,
    },
}

impl Watch {
    fn on(name: String, dimensions: Vec<(&'static str, String)>, services: Vec<usize>) -> Self {
        let on = On::Metric { namespace: "Shop", name: "Errors", dimensions };
        Self { name, on, services, period: 60, acts: true, is_muted: false, tag: None }
    }

    pub(super) fn action(&self) -> Option<&'static str> {
        self.acts.then_some(FUNCTION)
    }

    pub(super) fn rule(children: &[String]) -> String {
        children.iter().map(|child| format!("ALARM(\"{child}\")")).collect::<Vec<_>>().join(" OR ")
    }

    /// As its events show it.
    pub(super) fn signal(&self) -> signals::Alarm {
        let alarm = match &self.on {
            On::Metric { namespace, name, dimensions } => {
                let metric = dimensions
                    .iter()
                    .fold(Metric::new(namespace, name), |metric, (key, value)| metric.dimension(key, value));
                signals::Alarm::of(metric).period(self.period)
            }
            On::Query => signals::Alarm::of_insights(QUERY).period(self.period),
            On::Alarms { children, suppressor } => {
                let alarm = signals::Alarm::composite(&Self::rule(children));
                suppressor.iter().fold(alarm, |alarm, suppressor| alarm.with_suppressor(suppressor))
            }
        };
        let alarm = alarm.named(&self.name);
        if self.is_muted { alarm.muted_by("night") } else { alarm }
    }

    /// As CloudWatch describes it, in OK.
    pub(super) fn described(&self) -> Alarm {
        let alarm = match &self.on {
            On::Metric { namespace, name, dimensions } => {
                let alarm = Alarm::metric(&self.name).on_metric(namespace, name, "Sum");
                let alarm = alarm.compares("GreaterThanThreshold", 5.0).evaluates(
                    u32::try_from(self.period).expect("a period"),
                    3,
                    1,
                );
                dimensions.iter().fold(alarm, |alarm, (key, value)| alarm.dimension(key, value))
            }
            On::Query => Alarm::metrics_insights(&self.name, QUERY, 60).compares("GreaterThanThreshold", 90.0),
            On::Alarms { children, suppressor } => {
                let alarm = Alarm::composite(&self.name, &Self::rule(children));
                suppressor.iter().fold(alarm, |alarm, suppressor| alarm.member("ActionsSuppressor", json!(suppressor)))
            }
        };
        let alarm = self.tag.iter().fold(alarm, |alarm, tag| alarm.tagged("auto-rollback:services", tag));
        let alarm = alarm.member("ActionsEnabled", Value::Bool(true));
        self.action().map_or(alarm.clone(), |action| alarm.action(action))
    }
}

/// All alarms: 140.
pub(super) fn watches(services: &[Service]) -> Vec<Watch> {
    let path = |index: usize| services[index].path.clone();
    let of_service = |index: usize, suffix: &str| {
        let (cluster, name) = services[index].path.split_once('/').expect("a path");
        let dimensions = vec![("ClusterName", cluster.to_owned()), ("ServiceName", name.to_owned())];
        Watch::on(format!("{name}-{suffix}"), dimensions, vec![index])
    };
    let of_queue = |name: &str| Watch::on(name.to_owned(), vec![("Queue", name.to_owned())], Vec::new());
    let mut all: Vec<Watch> = (0..85)
        .map(|index| {
            let period = if index % 5 == 2 { 300 } else { 60 };
            Watch { period, acts: index % 3 != 1, ..of_service(index, "5xx") }
        })
        .collect();
    all.extend((85..100).map(|index| {
        let group = services[index].group.clone().unwrap_or_default();
        let dimensions = vec![("LoadBalancer", BALANCER.to_owned()), ("TargetGroup", group)];
        let name = "HTTPCode_Target_5XX_Count";
        Watch {
            on: On::Metric { namespace: "AWS/ApplicationELB", name, dimensions },
            ..of_service(index, "target-5xx")
        }
    }));
    all.extend((100..108).map(|index| Watch {
        tag: Some(path(index)),
        services: vec![index],
        ..of_queue(&format!("{}-errors", services[index].name()))
    }));
    let owners = services.iter().enumerate().filter_map(|(index, service)| Some((index, service.own_alarm.as_ref()?)));
    all.extend(owners.map(|(index, alarm)| Watch { services: vec![index], acts: false, ..of_queue(alarm) }));
    let composite = |name: &str, children: &[usize], suppressor: Option<&str>| Watch {
        on: On::Alarms {
            children: children.iter().map(|index| format!("{}-5xx", services[*index].name())).collect(),
            suppressor: suppressor.map(str::to_owned),
        },
        ..of_queue(name)
    };
    all.extend([
        composite("shop-down", &[0, 1, 2], None),
        composite("payment-down", &[4, 34], None),
        composite("data-down", &[3, 7, 11], None),
        composite("media-down", &[24, 25, 26], None),
        composite("content-down", &[27, 28, 29], None),
        composite("night-watch", &[8, 9], Some("maintenance")),
    ]);
    let of_query = |name: &str, services: std::ops::Range<usize>| Watch {
        on: On::Query,
        services: services.collect(),
        ..of_queue(name)
    };
    all.extend([of_query("cpu-by-service", 110..130), of_query("memory-by-service", 120..140)]);
    all.extend(["db-connections", "kafka-lag", "redis-evictions"].map(of_queue));
    // An alarm may be called almost anything.
    all.extend(HOSTILE.map(of_queue));
    let dozen: Vec<String> = (60..72).map(path).collect();
    all.push(Watch { tag: Some(dozen.join(" ")), ..of_queue("platform-errors") });
    all.push(Watch {
        on: On::Metric {
            namespace: "AWS/ApplicationELB",
            name: "HTTPCode_ELB_5XX_Count",
            dimensions: vec![("LoadBalancer", BALANCER.to_owned())],
        },
        ..of_queue("shop-lb-5xx")
    });
    all.extend([0, 1, 2].map(|index| Watch {
        acts: false,
        ..of_service(index, "scaling").renamed(&format!("TargetTracking-service/{}-AlarmHigh", path(index)))
    }));
    all.extend([4, 8].map(|index| Watch { is_muted: true, ..of_service(index, "nightly") }));
    // Deleted, renamed: an alarm that is there at first, and that the plan removes.
    all.extend([12, 16].map(|index| of_service(index, "old-name")));
    all.push(of_service(SERVICES - 1, "5xx"));
    let more = 140 - all.len();
    all.extend((0..more).map(|index| of_service(index * 7, "p99")));
    all
}

impl Watch {
    fn renamed(self, name: &str) -> Self {
        Self { name: name.to_owned(), ..self }
    }
}
